"""What the status informations of one command say together. Pure.

Several 04 0F may come, as after a wrong PIN: of each value the latest counts, and what a later one leaves out stays as
it was (reference: chapter 9).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import TypeVar

from hardware.terminal.interface import Card
from hardware.terminal.zvt import cards
from hardware.terminal.zvt.encodings import read_digits, read_text
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.profile import Profile

_RESULT, _TRACE, _TIME, _DATE, _ORIGINAL, _CURRENCY, _RECEIPT, _AID, _TERMINAL = (
    *(0x27, 0x0B, 0x0C, 0x0D, 0x37),
    *(0x49, 0x87, 0x3B, 0x29),
)
_ADDITIONAL = 0x3C
_LONG_TRACE, _EXTENDED_TEXT, _REFERENCE = 0x1F2B, 0x1F17, (0xE9, 0x1F63)
_FULL_DATES = ((0x2E, 0x1F0E), (0x1F0E,))
_NO_RECEIPT = "ffff"

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Answer:
    """Each value as the terminal told it, empty or None where it did not. Amounts in minor units.

    ``receipt``, ``trace`` and ``currency`` are digits; ``reference`` is ours, echoed.
    """

    code: int | None = None
    amount: int | None = None
    currency: str = ""
    receipt: str = ""
    trace: str = ""
    original: str = ""
    terminal_id: str = ""
    aid: bytes = field(default=b"", repr=False)
    date: str = ""
    time: str = ""
    reference: str = ""
    text: str = ""
    card: Card | None = None

    def at(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When it was, by the terminal's clock. That tells no year: it is the one that brings it nearest to ``now``."""
        found = [_moment(year, self.date, self.time, zone) for year in range(now.year - 1, now.year + 2)]
        return min((each for each in found if each), key=lambda each: abs(each - now), default=None)


def read_answer(messages: Sequence[Message], profile: Profile) -> Answer:
    """Read the status informations of one command. Raises ZvtError for a value that cannot be read."""

    def latest(read: Callable[[Message], Value | None], default: Value) -> Value:
        found = [value for value in map(read, messages) if value is not None]
        return found[-1] if found else default

    def digits(tag: int) -> str:
        return latest(lambda message: message.digits(tag), "")

    def text_of(message: Message) -> str | None:
        extended = message.object_value(_EXTENDED_TEXT)
        return message.text(_ADDITIONAL, profile.charset) if extended is None else read_text(extended, profile.charset)

    long_trace = latest(lambda message: message.object_value(_LONG_TRACE), b"")
    full_date = latest(_full_date, b"")
    return Answer(
        code=latest(lambda message: message.number(_RESULT), None),
        amount=latest(lambda message: message.amount(), None),
        currency=digits(_CURRENCY)[-3:],
        receipt=latest(_receipt, ""),
        trace=read_digits(long_trace) if long_trace else digits(_TRACE),
        original=digits(_ORIGINAL),
        terminal_id=digits(_TERMINAL),
        aid=latest(lambda message: message.value(_AID), b""),
        date=read_digits(full_date) if len(full_date) == 4 else digits(_DATE),
        time=digits(_TIME),
        reference=read_text(latest(lambda message: message.object_value(*_REFERENCE), b"")).strip(),
        text=latest(text_of, "").strip(),
        card=latest(lambda message: cards.read_card(message, profile), None),
    )


def receipt_of(message: Message) -> str:
    """The receipt number a message names, empty for none and for FFFF. Raises ZvtError for what is no number."""
    return _receipt(message) or ""


def _full_date(message: Message) -> bytes | None:
    found = [message.object_value(*path) for path in _FULL_DATES]
    return next((each for each in found if each), None)


def _receipt(message: Message) -> str | None:
    value = message.value(_RECEIPT)
    return None if value is None or value.hex() == _NO_RECEIPT else read_digits(value)


def _moment(year: int, date: str, time: str, zone: tzinfo) -> datetime | None:
    text = f"{date if len(date) == 8 else f'{year}{date}'}{time}"
    if len(text) != 14:
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=zone)
    except ValueError:
        return None
