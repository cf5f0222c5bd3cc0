"""The words of OPI and what they mean to us (reference: chapters 4.5 and 1.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """The two families of requests; the word is the beginning of the element's name."""

    CARD = "Card"
    SERVICE = "Service"


class Meaning(StrEnum):
    """What an ``OverallResult`` means to us."""

    APPROVED = "approved"
    DECLINED = "declined"
    ABORTED = "aborted"
    TIMED_OUT = "timed_out"
    BUSY = "busy"
    LOGGED_OUT = "logged_out"
    REPRINT_REQUIRED = "reprint_required"  # the receipt before was never delivered
    INVALID_REQUEST = "invalid_request"
    UNKNOWN = "unknown"


#: The terminal looked at the request and says that it did not start on it.
NOT_PROCESSED = frozenset({Meaning.BUSY, Meaning.LOGGED_OUT, Meaning.REPRINT_REQUIRED, Meaning.INVALID_REQUEST})

#: ``PartialFailure`` and ``CommunicationError`` are left out on purpose: with either, money may have moved.
RESULTS: Mapping[str, Meaning] = {
    "Success": Meaning.APPROVED,
    "Activated": Meaning.APPROVED,
    "AlreadyActivated": Meaning.APPROVED,
    "Deactivated": Meaning.APPROVED,
    "AlreadyDeactivated": Meaning.APPROVED,
    "DayClosed": Meaning.APPROVED,
    "Failure": Meaning.DECLINED,
    "UnknownCard": Meaning.DECLINED,
    "Aborted": Meaning.ABORTED,
    "TimedOut": Meaning.TIMED_OUT,
    "Busy": Meaning.BUSY,
    "DeviceUnavailable": Meaning.BUSY,
    "LoggedOut": Meaning.LOGGED_OUT,
    "PrintLastTicket": Meaning.REPRINT_REQUIRED,
    "FormatError": Meaning.INVALID_REQUEST,
    "ParsingError": Meaning.INVALID_REQUEST,
    "ValidationError": Meaning.INVALID_REQUEST,
    "MissingMandatoryData": Meaning.INVALID_REQUEST,
}

#: ``TerminalDeclineReason`` of a failure that was in truth an abort.
ABORTED_REASON = "107"

# Requests whose names are certain; the others are settings (mapping.py).
ABORT = "AbortRequest"
REPEAT = "RepeatLastMessage"
REPRINT = "TicketReprint"
STATUS = "GetStatus"
INFO = "GetInfo"
CIRCUITS = "GetCardCircuits"
TRANSMIT = "TransmitTrx"
CLOSE_DAY = "CloseDay"


def normalise(word: str) -> str:
    """Return ``word`` without case and punctuation: ``TimedOut`` and ``TIMED_OUT`` are one word."""
    return re.sub(r"[^A-Z0-9]", "", word.upper())
