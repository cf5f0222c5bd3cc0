"""The status words of the terminal and what they mean to us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum


class Meaning(StrEnum):
    """What a status word of the terminal means to us."""

    APPROVED = "approved"
    DECLINED = "declined"
    ABORTED = "aborted"
    TIMED_OUT = "timed_out"
    BUSY = "busy"
    LOGGED_OUT = "logged_out"
    REPRINT_REQUIRED = "reprint_required"
    INOPERABLE = "inoperable"
    INVALID_REQUEST = "invalid_request"
    NOT_FOUND = "not_found"  # recovery only: the terminal is certain that it never carried this request out
    UNKNOWN = "unknown"


#: The terminal looked at the request and says that it did not start on it.
NOT_PROCESSED = frozenset(
    {
        Meaning.BUSY,
        Meaning.LOGGED_OUT,
        Meaning.REPRINT_REQUIRED,
        Meaning.INOPERABLE,
        Meaning.INVALID_REQUEST,
    }
)

#: ``SUCCESS`` is documented; the others follow the results of OPI one layer below (chapter 4.5).
STATUS_WORDS: Mapping[str, Meaning] = {
    "SUCCESS": Meaning.APPROVED,
    "DECLINED": Meaning.DECLINED,
    "FAILURE": Meaning.DECLINED,
    "FAILED": Meaning.DECLINED,
    "UNKNOWN_CARD": Meaning.DECLINED,
    "ABORTED": Meaning.ABORTED,
    "CANCELLED": Meaning.ABORTED,
    "CANCELED": Meaning.ABORTED,
    "TIMED_OUT": Meaning.TIMED_OUT,
    "TIMEOUT": Meaning.TIMED_OUT,
    "BUSY": Meaning.BUSY,
    "DEVICE_UNAVAILABLE": Meaning.BUSY,
    "LOGGED_OUT": Meaning.LOGGED_OUT,
    "PRINT_LAST_TICKET": Meaning.REPRINT_REQUIRED,
    "REPRINT_TICKET": Meaning.REPRINT_REQUIRED,
    "INOPERABLE": Meaning.INOPERABLE,
    "LOCKED": Meaning.INOPERABLE,
    "FORMAT_ERROR": Meaning.INVALID_REQUEST,
    "PARSING_ERROR": Meaning.INVALID_REQUEST,
    "VALIDATION_ERROR": Meaning.INVALID_REQUEST,
    "MISSING_MANDATORY_DATA": Meaning.INVALID_REQUEST,
    "NOT_FOUND": Meaning.NOT_FOUND,
}


def normalise(word: str) -> str:
    """Return ``word`` without case and punctuation: ``TimedOut``, ``TIMED_OUT`` and ``timed-out`` are one word."""
    return re.sub(r"[^A-Z0-9]", "", word.upper())


def normalised(words: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """Return the table with normalised words."""
    return {normalise(word): meaning for word, meaning in words.items()}
