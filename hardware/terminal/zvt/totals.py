"""What a terminal says of a day that it closes: BMP 04 and 60 of a status information (reference: chapter 9). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from moneyed import CURRENCIES, Money

from hardware.terminal.amounts import from_minor
from hardware.terminal.zvt.message import Message

_TOTALS, _CURRENCY = 0x60, 0x49
_EURO = "978"  # what every amount is in where no currency is told
_FIRST, _PAIR, _PAIRS = 4, 7, 7  # bytes before the first pair of count and amount, bytes of a pair, kinds of card
_MOST = 255  # a count is one byte: so many, or more


def read_totals(messages: Sequence[Message]) -> tuple[int | None, Money | None]:
    """How many bookings, and what they add up to; None for what is not told. Raises ZvtError for what is no number."""
    count: int | None = None
    total: Money | None = None
    for message in messages:
        content = message.value(_TOTALS) or b""
        if len(content) == _FIRST + _PAIR * _PAIRS:
            counts = content[_FIRST::_PAIR]
            count = None if _MOST in counts else sum(counts)
        minor, currency = message.amount(), (message.digits(_CURRENCY) or _EURO)[-3:]
        code = next((each.code for each in CURRENCIES.values() if each.numeric == currency), None)
        if minor is not None and code is not None:
            total = from_minor(minor, code)
    return count, total
