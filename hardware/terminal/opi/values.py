"""Texts of a message as money, moments and card details, and back. Pure; what is missing or unreadable is None."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from moneyed import CURRENCIES, Money

from hardware.redaction import redact
from hardware.terminal.amounts import to_number
from hardware.terminal.interface import TokenType
from hardware.terminal.opi.errors import OpiError

HIGHEST_REQUEST_ID = 999_999_999  # at most 9 digits

_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_PAR = re.compile(r"(V001|5001)[A-Z0-9]{25}")
_TOKEN_TYPES = {"99": TokenType.CARD, "95": TokenType.WEB, "96": TokenType.WEB}


def to_money(text: str, currency: str) -> Money | None:
    """Read ``50.00`` and ``EUR``."""
    text, currency = text.strip(), currency.strip().upper()
    if not _AMOUNT.fullmatch(text) or currency not in CURRENCIES:
        return None
    try:
        return Money(to_number(Money(Decimal(text), currency)), currency)
    except ValueError:
        return None


def from_money(money: Money) -> str:
    """Return ``50.00``. Raises OpiError where the currency has fewer decimals than the amount."""
    try:
        return f"{to_number(money):f}"
    except ValueError as error:
        raise OpiError(str(error)) from None


def to_moment(text: str, zone: ZoneInfo) -> datetime | None:
    """Read an ISO 8601 time; one that names no offset is meant in ``zone``."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def request_number(request_id: int) -> str:
    """Return a request id as OPI writes it. Raises OpiError above nine digits."""
    if not 0 < request_id <= HIGHEST_REQUEST_ID:
        raise OpiError("a request id has at most 9 digits")
    return str(request_id)


def is_number(text: str, request_id: int) -> bool:
    """Whether ``text`` is that request id, with or without leading zeros."""
    return text.isascii() and text.isdigit() and len(text) <= 20 and int(text) == request_id


def split_id(text: str) -> tuple[str, str]:
    """Return both parts of ``12.3``: the request on channel 0, and the sequence within it (or an empty text)."""
    first, _, second = text.strip().partition(".")
    return first, second


def token_type(token: str) -> TokenType:
    """Return the kind of a CCV token by its first two digits (reference: chapter 2.8)."""
    return _TOKEN_TYPES.get(token[:2], TokenType.UID)


def to_par(text: str) -> str:
    """Return a payment account reference, or an empty text for what is none."""
    return text if _PAR.fullmatch(text) else ""


def last_four(masked: str) -> str:
    """Return the last four digits of a masked card number, or an empty text where they are masked too."""
    found = re.search(r"[0-9]{4}$", masked.strip())
    return found.group() if found else ""


def line(text: str) -> str:
    """Return a receipt or display line as it may be kept: printable, and without card digits."""
    return redact("".join(each if each.isprintable() else " " for each in text)).rstrip()[:200]


def short(word: str) -> str:
    """Return a word of the terminal as it may be stored and shown to staff."""
    return line(word).strip()[:120]
