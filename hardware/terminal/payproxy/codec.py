"""The JSON of the PayProxy API: objects, amounts, receipts, times. Pure; what cannot be read raises ValueError."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from moneyed import CURRENCIES, Money

from hardware.redaction import redact
from hardware.terminal.amounts import to_number

_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_LONGEST_RECEIPT = 500  # lines
_LARGEST_RECEIPT = 100_000  # characters

#: Bytes of one answer, and of a whole statement. JSON takes up to thirty times its size in memory.
LARGEST = 200_000
LARGEST_STATEMENT = 1_000_000


def encode(fields: Mapping[str, str | Decimal]) -> bytes:
    """Return a flat JSON object; decimals become numbers with exactly their digits (``50.00`` stays ``50.00``)."""
    members = (
        f"{json.dumps(name)}: {value:f}" if isinstance(value, Decimal) else f"{json.dumps(name)}: {json.dumps(value)}"
        for name, value in fields.items()
    )
    return ("{" + ", ".join(members) + "}").encode()


def decode(body: bytes, *, largest: int = LARGEST) -> dict[str, object]:
    """Return the JSON object in ``body``, its numbers exact. Raises ValueError for anything else."""
    if len(body) > largest:
        raise ValueError("too large")
    try:
        found = json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:  # its text would quote the body
        raise ValueError("not JSON") from None
    if isinstance(found, dict):
        return found
    raise ValueError("not a JSON object")


def pick(fields: Mapping[str, object], name: str) -> object:
    """Return the field ``name``; dots reach into objects; None when it is not there."""
    found: object = fields
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def pick_text(fields: Mapping[str, object], name: str) -> str:
    """Return the field as text, an empty text when it is missing or is not a scalar."""
    found = pick(fields, name)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    text = str(found)
    storable = "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)
    return text if storable else ""


def printable(text: str) -> str:
    """Return ``text`` with blanks for whatever a screen, a printer or a database could choke on."""
    return "".join(each if each.isprintable() else " " for each in text)


def to_money(value: object, currency: str) -> Money:
    """Read an amount that came as a text (``"50.00"``) or as a number. Raises ValueError for anything else."""
    text = value.strip() if isinstance(value, str) else _digits(value)
    if not _AMOUNT.fullmatch(text):
        raise ValueError("not an amount")
    if currency not in CURRENCIES:
        raise ValueError("not a currency")
    return Money(to_number(Money(Decimal(text), currency)), currency)


def decode_lines(value: object) -> tuple[str, ...]:
    """Read receipt lines: a text that holds a JSON array (documented), a plain text, a list, or nothing at all.

    The lines come back redacted; anything else is no receipt, and never an error: the money is what counts.
    """
    if isinstance(value, str):
        if len(value) > _LARGEST_RECEIPT:
            return ()
        try:
            inner = json.loads(value)
        except (ValueError, RecursionError):
            inner = None
        value = inner if isinstance(inner, list) else value.splitlines()
    if not isinstance(value, list):
        return ()
    lines = (line if isinstance(line, str) else "" for line in value[:_LONGEST_RECEIPT])
    return tuple(redact(printable(line)) for line in lines)


def encode_lines(lines: Iterable[str]) -> str:
    """Return receipt lines the way the terminal sends them: a text that contains a JSON array."""
    return json.dumps(list(lines), ensure_ascii=False)


def last_four(masked: str) -> str:
    """Return the last four digits of a masked card number, or an empty text where they are masked too."""
    found = re.search(r"[0-9]{4}$", masked.strip())
    return found.group() if found else ""


def to_moment(value: object) -> datetime | None:
    """Read the terminal's ISO 8601 time; None where it is missing, malformed or without an offset."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _digits(value: object) -> str:
    number = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
    sane = isinstance(number, Decimal) and number.is_finite() and abs(number.adjusted()) < 15
    return format(number, "f") if sane else ""


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is not a JSON number")
