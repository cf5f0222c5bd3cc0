"""The commands that we send, as messages: what a verb says to a terminal with this profile. Pure.

Every function raises ZvtError for values that do not fit. Source: zvt.md, chapters 8 and 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from moneyed import Money

from hardware.terminal.amounts import to_minor
from hardware.terminal.zvt import build, commands
from hardware.terminal.zvt.bmp import Bmp
from hardware.terminal.zvt.encodings import write_digits, write_text
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.flags import RepeatService
from hardware.terminal.zvt.hold import Hold
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.profile import Algorithm, Profile
from hardware.terminal.zvt.sequence import TAG as SEQUENCE_ID
from hardware.terminal.zvt.tlv import Tlv

LOG_OFF, PRE_AUTHORISATION, PARTIAL_REVERSAL, BOOK_TOTAL, RELEASE = 0x0602, 0x0622, 0x0623, 0x0624, 0x0625
REVERSAL, REFUND, REPEAT_RECEIPT, END_OF_DAY, DIAGNOSIS = 0x0630, 0x0631, 0x0620, 0x0650, 0x0670
INITIALISATION, READ_CARD, DISPLAY_TEXT = 0x0693, 0x06C0, 0x06E0

_ALGORITHMS: Mapping[Algorithm, int] = {Algorithm.DEFAULT: 0, Algorithm.ONLINE: 1, Algorithm.OFFLINE: 2}
_WANT_TOKEN, _WANT_UID = 0x80, 0x40
_ALL_TECHNOLOGIES = 0x07
_EURO = "EUR"
_MOST_LINES = 8


def registration(profile: Profile, *, tlv: bool) -> Message:
    """06 00: who prints, who starts what, and whether we understand TLV."""
    objects = []
    if profile.print_blocks:
        objects.append(build.nested(0x26, Tlv(0x0A, b"\x06\xd3")))
    if profile.sequence_ids:
        objects.append(build.digits_object(SEQUENCE_ID, "0", 3))
    positions = (
        ("password", _password(profile)),
        ("config_byte", bytes([profile.config])),
        ("cc", write_digits("978", 2)),
    )
    return Message(commands.REGISTRATION, positions, (build.container(*objects),) if tlv else ())


def pre_authorisation(profile: Profile, request_id: int, amount: Money, language: str, *, tlv: bool) -> Message:
    """06 22: hold an amount on the card that is presented. ``language``: two letters."""
    bmps = [*_payment_type(profile), *_currency(profile, amount), build.amount(to_minor(amount))]
    spoken = Tlv(0x15, write_text(language[:2].upper()))
    return Message(PRE_AUTHORISATION, (), (*bmps, *_container(profile, request_id, tlv, spoken, _wanted(profile))))


def partial_reversal(profile: Profile, request_id: int, hold: Hold, back: Money, *, tlv: bool) -> Message:
    """06 23: give back what was not used, and book the rest."""
    more = (*_currency(profile, back), build.amount(to_minor(back)))
    return _settlement(PARTIAL_REVERSAL, profile, request_id, hold, more, tlv)


def book_total(profile: Profile, request_id: int, hold: Hold, used: Money, *, tlv: bool) -> Message:
    """06 24: book what was used, and give back the rest."""
    more = (*_currency(profile, used), build.amount(to_minor(used)))
    return _settlement(BOOK_TOTAL, profile, request_id, hold, more, tlv)


def release(profile: Profile, request_id: int, hold: Hold, *, tlv: bool) -> Message:
    """06 25: give the whole hold back."""
    bmps = (*_payment_type(profile), build.digits(0x87, hold.receipt), *_currency(profile, hold.money))
    return Message(RELEASE, (), (*bmps, *_container(profile, request_id, tlv)))


def refund(profile: Profile, request_id: int, hold: Hold, amount: Money, *, tlv: bool) -> Message:
    """06 31: give back an amount. Receipt number and authorisation id name the original: where a terminal does not go
    by them, it asks for the card."""
    bmps = (build.amount(to_minor(amount)), *_currency(profile, amount), *_payment_type(profile))
    container = (build.digits(0x87, hold.receipt), *_aid(hold), *_container(profile, request_id, tlv))
    return Message(REFUND, (("password", _password(profile)),), (*bmps, *container))


def reversal(profile: Profile, receipt: str) -> Message:
    """06 30: undo a booking of today."""
    return Message(REVERSAL, (("password", _password(profile)),), (build.digits(0x87, receipt),))


def pending_enquiry(profile: Profile, *, tlv: bool) -> Message:
    """06 23 about receipt FFFF: which pre-authorisations are open."""
    listed = (build.container(),) if profile.list_pending and tlv else ()
    return Message(PARTIAL_REVERSAL, (), (Bmp(0x87, b"\xff\xff"), *listed))


def repeat_receipt(profile: Profile, *, tlv: bool) -> Message:
    """06 20: tell the last transaction again, with the token of its card, and without paper."""
    service = build.byte(0x03, RepeatService.STATUS_INFORMATION | RepeatService.NO_PRINT)
    container = (build.container(_wanted(profile)),) if tlv else ()
    return Message(REPEAT_RECEIPT, (("password", _password(profile)),), (service, *container))


def status_enquiry(profile: Profile) -> Message:
    """05 01: how the terminal is."""
    positions = (("password", _password(profile)),) if profile.status_password else ()
    return Message(commands.STATUS_ENQUIRY, positions)


def read_card(profile: Profile, seconds: int, *, tlv: bool) -> Message:
    """06 C0: read the card that is presented, and take no money."""
    bmps = []
    if profile.card_type is not None:
        bmps.append(build.byte(0x19, profile.card_type))
    if profile.card_dialogue is not None:
        bmps.append(build.byte(0xFC, profile.card_dialogue))
    if tlv:
        wanted = _wanted(profile, _WANT_UID if profile.uid else 0)
        bmps.append(build.container(wanted, Tlv(0x1F60, bytes([_ALL_TECHNOLOGIES]))))
    return Message(READ_CARD, (("timeout", bytes([seconds])),), tuple(bmps))


def with_password(command: int, profile: Profile) -> Message:
    """A command that needs nothing but the password: 06 50, 06 93."""
    return Message(command, (("password", _password(profile)),))


def diagnosis(kind: int, *, tlv: bool) -> Message:
    """06 70. ``kind``: 1 line, 2 extended, 3 configuration, 4 EMV configuration."""
    return Message(DIAGNOSIS, (), (build.container(Tlv(0x1B, bytes([kind]))),) if tlv else ())


def display_text(lines: Iterable[str], seconds: int, charset: str) -> Message:
    """06 E0: up to eight lines on the terminal's display."""
    texts = [build.text(0xF1 + place, line, charset) for place, line in enumerate(lines)]
    if len(texts) > _MOST_LINES:
        raise ZvtError(f"at most {_MOST_LINES} lines")
    return Message(DISPLAY_TEXT, (), (build.byte(0xF0, seconds), *texts))


def _settlement(command: int, profile: Profile, request_id: int, hold: Hold, more: Iterable[Bmp], tlv: bool) -> Message:
    bmps = [*_payment_type(profile), build.digits(0x87, hold.receipt), *more]
    if profile.booking_names_trace:
        bmps += [*([build.digits(0x0B, hold.trace)] if 0 < len(hold.trace) <= 6 else []), *_aid(hold)]
    return Message(command, (), (*bmps, *_container(profile, request_id, tlv)))


def _wanted(profile: Profile, more: int = 0) -> Tlv:
    """1F15: what we want told of the card."""
    return Tlv(0x1F15, bytes([_WANT_TOKEN | _ALGORITHMS[profile.algorithm] | more]))


def _password(profile: Profile) -> bytes:
    return write_digits(profile.password, 3)


def _payment_type(profile: Profile) -> tuple[Bmp, ...]:
    return () if profile.payment_type is None else (build.byte(0x19, profile.payment_type),)


def _currency(profile: Profile, amount: Money) -> tuple[Bmp, ...]:
    if profile.currency:
        return (build.digits(0x49, str(amount.currency.numeric)),)
    if amount.currency.code != _EURO:
        raise ZvtError("without BMP 49 the terminal takes every amount for euro")
    return ()


def _aid(hold: Hold) -> tuple[Bmp, ...]:
    return (Bmp(0x3B, hold.aid),) if hold.aid else ()


def _container(profile: Profile, request_id: int, tlv: bool, *objects: Tlv) -> tuple[Bmp, ...]:
    """Our reference, and what else is wanted; nothing to a terminal that refuses TLV."""
    if profile.reference:
        kind = Tlv(0x1F62, write_text(profile.reference_kind))
        objects = (build.nested(0xE9, kind, Tlv(0x1F63, write_text(str(request_id)))), *objects)
    return (build.container(*objects),) if tlv and objects else ()
