"""Which card was presented: its token or UID, brand, and last four digits. Pure.

A bank card is known by the token that the terminal makes of it (1F14, or 1F61), never by its UID, which phones draw by
lot, and never by its masked number. Only a card of a closed loop is known by its UID (4C).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hardware.terminal.interface import Card, TokenType
from hardware.terminal.zvt.encodings import read_card_digits
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.profile import Profile, TokenSource
from hardware.terminal.zvt.results import CARD_TYPES

_TOKENS: Mapping[TokenSource, int] = {TokenSource.IDENTIFICATION: 0x1F14, TokenSource.CUSTOMER_INDEX: 0x1F61}
_UID, _APPLICATION_ID = 0x4C, 0x43
_CARD_NUMBER, _CARD_TYPE, _CARD_NAME = 0x22, 0x8A, 0x8B
_BANK_DATA = (0x22, 0x23, 0x24, 0x2D)  # number and tracks

#: Lists of applications: directly, on the stripe, on the chip.
_LISTS = ((0x60,), (0x61, 0x60), (0x62, 0x60))
#: Applications of cards that pay nothing (reference: chapter 10).
_NOT_FOR_PAYMENT = ("a00000083", "a00000066")

#: The codes that the other terminals use too (ccv-interfaces.md, chapter 4.6).
_CIRCUITS: Mapping[int, str] = {
    2: "GIRO",
    5: "GIRO",
    6: "ECMC",
    8: "AMEX",
    10: "VISA",
    11: "VISA",
    12: "DINE",
    13: "VPAY",
    14: "JCB",
    46: "MAES",
    87: "BANC",
    198: "CUP",
}


def read_card(message: Message, profile: Profile) -> Card | None:
    """The card that a status information is about, None where it does not identify one. Raises ZvtError."""
    token = message.object_value(_TOKENS[profile.token])
    number = read_card_digits(message.value(_CARD_NUMBER) or b"")
    told = {"brand": _brand(message, profile), "last_four": number[-4:] if number[-4:].isdigit() else ""}
    if token:
        return Card(TokenType.CARD, token.hex().upper(), **told)
    uid = (message.object_value(_UID) or b"").lstrip(b"\0")
    if uid and profile.uid and not _pays(message):
        return Card(TokenType.UID, uid.hex().upper(), **told)
    return None


def _pays(message: Message) -> bool:
    """Whether it may be a bank card. Applications that nobody listed count as ones that pay."""
    applications = list(_applications(message))
    return any(message.value(tag) for tag in _BANK_DATA) or any(
        not each.startswith(_NOT_FOR_PAYMENT) for each in applications
    )


def _applications(message: Message) -> Iterator[str]:
    for path in ((), *_LISTS):
        yield from (each.value.hex() for each in message.objects(*path, _APPLICATION_ID))


def _brand(message: Message, profile: Profile) -> str:
    kind = message.number(_CARD_TYPE)
    known = _CIRCUITS.get(kind or 0) or CARD_TYPES.get(kind or 0, "")
    return known or (message.text(_CARD_NAME, profile.charset) or "").strip()
