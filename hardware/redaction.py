"""Keeps card digits out of anything that is stored, logged or shown. Pure, no Django."""

from __future__ import annotations

import re

#: A run of 12 or more digits, spaces and hyphens allowed in between, as a card number or a CCV card token shows up.
_DIGITS = re.compile(r"(?<!\d)\d(?:[ -]?\d){11,}(?!\d)")


def redact(text: str) -> str:
    """Return ``text`` with every PAN-like run of digits replaced by stars and its last four digits."""
    return _DIGITS.sub(lambda run: "****" + re.sub(r"\D", "", run.group())[-4:], text)
