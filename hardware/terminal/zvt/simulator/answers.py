"""What the terminal says: lines of the book and cards as status information."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hardware.terminal.simulator.book import Entry
from hardware.terminal.simulator.cards import CARDS, SimCard
from hardware.terminal.simulator.cards import Kind as CardKind
from hardware.terminal.zvt import build
from hardware.terminal.zvt.bmp import Bmp
from hardware.terminal.zvt.commands import ABORTED, COMPLETION, INTERMEDIATE_STATUS, STATUS_INFORMATION
from hardware.terminal.zvt.encodings import CP437, write_amount, write_card_digits, write_digits
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.simulator.profiles import Profile
from hardware.terminal.zvt.simulator.registration import number_of
from hardware.terminal.zvt.simulator.turnover import authorisation_id, reference_of
from hardware.terminal.zvt.tlv import Tlv

TIMEOUT_OR_STOP = 0x6C
UNREADABLE_CARD = 0x64
UNKNOWN_CARD = 0x7A
NO_RECEIPT = "FFFF"

#: Result codes for the bank's words; any other word is 05.
_RESULTS = {"insufficient funds": 0x33, "wrong PIN": 0x37, "expired card": 0x36, "card not admitted": UNKNOWN_CARD}
_DECLINED = 0x05
_CONTRACT = "TAPCHARGE0001"

#: By circuit: card type (BMP 8A) and application id (tag 43). A card without them is none that pays.
_APPLICATIONS = {
    "VISA": (10, "A0000000031010"),
    "ECMC": (6, "A0000000041010"),
    "MAES": (46, "A0000000043060"),
    "AMEX": (8, "A00000002501"),
    "GIRO": (5, "A00000035910010001"),
}

_WANT_TOKEN, _WANT_UID, _OFFLINE_HASH = 0x80, 0x40, 0x02
_UID_SIZE = 10  # bytes
_CUSTOMER_INDEX = 0x1F61


def card_objects(card: SimCard, telling: Telling) -> list[Tlv]:
    """What is told of a card, as the bits of 1F15 want it."""
    found = []
    if telling.control & _WANT_TOKEN and card.circuit in _APPLICATIONS:
        found.append(Tlv(telling.profile.token_tag, _identification(card, telling)))
    if telling.control & _WANT_UID:
        found.append(Tlv(0x4C, _uid(card).rjust(_UID_SIZE, b"\0")))
    if telling.profile.highest_hold:
        found.append(Tlv(0x1F0B, write_amount(telling.profile.highest_hold)))
    if card.circuit in _APPLICATIONS:
        application = Tlv(0x43, bytes.fromhex(_APPLICATIONS[card.circuit][1]))
        found.append(build.nested(0x60, application, build.text_object(0x42, card.label)))
    return found


def card_information(card: SimCard, telling: Telling) -> Message:
    """The status information of a card that was only read."""
    return Message(STATUS_INFORMATION, bmps=(build.container(*card_objects(card, telling)),) if telling.tlv else ())


@dataclass(frozen=True, slots=True)
class Telling:
    """How a terminal tells things to one register: ``control`` is 1F15 of the command, the rest what may be told."""

    profile: Profile
    terminal_id: str
    zone: ZoneInfo
    control: int = 0
    currency: bool = False
    tlv: bool = False
    charset: str = CP437


def status_information(entry: Entry, hold: Entry, telling: Telling, amount: int | None = None) -> Message:
    """The status information of a line of the book, which settles ``hold`` or is it; ``amount`` where it is another."""
    approved, original = entry.outcome == "approved", entry is not hold
    at = datetime.fromisoformat(entry.at).astimezone(telling.zone)
    bmps = [build.byte(0x27, 0 if approved else result_code(entry))]
    bmps.append(build.amount(entry.amount_minor if amount is None else amount))
    if telling.currency:
        bmps.append(build.digits(0x49, number_of(entry.currency)))
    bmps += [
        build.digits(0x0B, entry.stan[-6:]),
        *([build.digits(0x37, hold.stan[-6:])] if original else []),
        build.digits(0x0C, f"{at:%H%M%S}"),
        build.digits(0x0D, f"{at:%m%d}"),
        build.digits(0x29, telling.terminal_id),
        Bmp(0x2A, _CONTRACT.encode().ljust(15)),
        build.digits(0x87, hold.receipt),
        *_of_card(CARDS.get(entry.card)),
    ]
    if approved:
        bmps.append(Bmp(0x3B, authorisation_id(hold).encode().ljust(8, b"\0")))
    else:
        bmps.append(build.text(0x3C, entry.reason, telling.charset))
    if telling.tlv:
        card = CARDS.get(entry.card)
        objects = card_objects(card, telling) if card else []
        bmps.append(build.container(*objects, *_reference(entry, telling), _time_stamp(at)))
    return Message(STATUS_INFORMATION, bmps=tuple(bmps))


def intermediate(code: int, minutes: int, text: str = "", charset: str = CP437) -> Message:
    """What happens now, for ``minutes`` at most; with a text where TLV may be sent."""
    positional = (("status", bytes([code])), ("timeout", write_digits(str(min(minutes, 99)), 1)))
    lines = build.container(build.nested(0x24, build.text_object(0x07, text, charset)))
    return Message(INTERMEDIATE_STATUS, positional, (lines,) if text else ())


def completion(*bmps: Bmp) -> Message:
    """The end of a procedure."""
    return Message(COMPLETION, bmps=bmps)


def aborted(code: int, *bmps: Bmp) -> Message:
    """The end of a procedure that failed."""
    return Message(ABORTED, (("result_code", bytes([code])),), bmps)


def ended(reason: str, telling: Telling) -> Message:
    """The end of a procedure that nobody presented a card for. The code is the same for stop key and time limit."""
    text = Tlv(0x1F17, reason.encode())
    return aborted(TIMEOUT_OR_STOP, *([build.container(text)] if telling.tlv else []))


def receipt_number(receipt: str) -> Bmp:
    """BMP 87; ``FFFF`` is none."""
    return Bmp(0x87, bytes.fromhex(receipt))


def totals(entries: list[Entry]) -> tuple[Bmp, ...]:
    """BMPs 04 and 60 of an end of day; everything under the last of the seven kinds of card."""
    taken = sum(each.amount_minor if each.kind == "capture" else -each.amount_minor for each in entries)
    receipts = [each.receipt for each in entries] or ["0000"]
    kinds = (b"\0" + write_amount(0)) * 6 + bytes([min(len(entries), 255)]) + write_amount(max(taken, 0))
    content = write_digits(receipts[0], 2) + write_digits(receipts[-1], 2) + kinds
    return build.amount(max(taken, 0)), Bmp(0x60, content)


def result_code(entry: Entry) -> int:
    """The code for what the bank said."""
    return _RESULTS.get(entry.reason, _DECLINED)


def _of_card(card: SimCard | None) -> list[Bmp]:
    if card is None or card.circuit not in _APPLICATIONS:
        return []
    return [
        Bmp(0x22, write_card_digits(card.masked)),
        build.byte(0x8A, _APPLICATIONS[card.circuit][0]),
        Bmp(0x8B, card.label.encode() + b"\0"),
    ]


def _time_stamp(at: datetime) -> Tlv:
    """Tag 2E: the only place with a year."""
    date, time = build.digits_object(0x1F0E, f"{at:%Y%m%d}", 4), build.digits_object(0x1F0F, f"{at:%H%M%S}", 3)
    return build.nested(0x2E, date, time)


def _reference(entry: Entry, telling: Telling) -> list[Tlv]:
    reference = reference_of(entry) if telling.profile.echoes else ""
    return [build.nested(0xE9, build.text_object(0x1F63, reference))] if reference else []


def _identification(card: SimCard, telling: Telling) -> bytes:
    """The token; at card complete a customer's index, the low byte first, and a hash."""
    token = bytes.fromhex(card.token)
    digest = hashlib.sha256(token).digest()
    if telling.profile.token_tag == _CUSTOMER_INDEX:
        return token[1:3] + digest
    return digest if telling.control & _OFFLINE_HASH else token


def _uid(card: SimCard) -> bytes:
    """What the antenna hears. A phone makes one up each time, which is why it identifies nobody."""
    if card.kind is CardKind.PHONE:
        return b"\x08" + secrets.token_bytes(3)
    return b"\x04" + hashlib.sha256(f"uid of {card.name}".encode()).digest()[:6]
