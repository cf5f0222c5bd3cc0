"""Keeps card digits out of anything that is stored, logged or shown. Pure, no Django."""

from __future__ import annotations

import re
from typing import Any

#: A run of 12 or more digits as a card number or a CCV card token shows up: up to three blanks or hyphens in between.
_DIGITS = re.compile(r"(?<!\d)\d(?:(?:[^\S\n]|[-‐-―]){0,3}\d){11,}(?!\d)")


def redact(text: str) -> str:
    """Return ``text`` with every PAN-like run of digits replaced by stars and its last four digits."""
    return _DIGITS.sub(lambda run: "****" + re.sub(r"\D", "", run.group())[-4:], text)


def redact_all(value: Any) -> Any:
    """The same for every text in what came as JSON; whole numbers of 12 and more digits become such texts too."""
    if isinstance(value, dict):
        return {redact(str(key)): redact_all(each) for key, each in value.items()}
    if isinstance(value, list):
        return [redact_all(each) for each in value]
    if isinstance(value, str):
        return redact(value)
    redacted = redact(str(value))
    return value if redacted == str(value) else redacted
