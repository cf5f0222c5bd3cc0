"""What a PayProxy device record may say about its terminal.

Most names of this API are inferred rather than documented (reference: ccv-interfaces.md, chapter 1), so each of them is
a setting here with our best guess as its default. ``record.py`` reads them from the device record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hardware.terminal.interface import Reason
from hardware.terminal.payproxy.words import (
    STATUS_WORDS,
    Meaning,
    normalise,
    normalised,
)

LANGUAGES: Mapping[str, str] = {"en": "ENG", "nl": "NLD", "de": "DEU", "fr": "FRA"}

REASON_CODES: Mapping[str, str] = {
    Reason.NORMAL_END: "NO_ERROR",
    Reason.NOT_STARTED: "CLIENT_DID_NOT_TAKE_PRODUCT_IN_TIME",
    Reason.NO_ENERGY: "AMOUNT_ZERO_OR_NO_VOLUME",
    Reason.CHARGER_FAULT: "DISPENSER_BACK_OFFICE_SYSTEM_INTERNAL_FAILURE",
    Reason.CHARGER_SILENT: "DISPENSER_BACK_OFFICE_SYSTEM_NOT_RESPONDING_TO_REQUEST",
    Reason.FUNDS_TOO_SMALL: "AVAILABLE_FUNDS_TOO_SMALL_TO_DELIVER",
}


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths below the base URL."""

    payment: str = "/terminal/payment"
    token: str = "/terminal/token"
    status: str = "/terminal/status"
    display: str = "/terminal/lastDisplayMessage"
    abort: str = "/terminal/abort"
    recover: str = "/terminal/recover"
    #: A list of what the bank did, in the form of the simulator's book; PayProxy itself has none.
    statement: str = ""


@dataclass(frozen=True, slots=True)
class FieldNames:
    """Names of answer fields; a dot reaches into an object (``eJournal.CardNumber``)."""

    request_id: str = "requestId"
    token: str = "token"
    par: str = "par"
    reference: str = "authReference"
    reference_version: str = "authReferenceVersion"
    masked_card_number: str = "maskedCardNumber"
    brand: str = "card"
    reason: str = "declineReason"
    display_text: str = "text"


@dataclass(frozen=True, slots=True)
class PaymentTypes:
    """The words of ``paymentType``."""

    authorise: str = "AUTHORISE"
    capture: str = "CAPTURE"
    release: str = "CAPTURE"  # of zero, with the reason (chapter 1.2)
    refund: str = "REFUND"


@dataclass(frozen=True, slots=True)
class ReadTimeouts:
    """Seconds to wait for an answer. The first two last as long as the cardholder takes."""

    authorise: float = 120.0
    token: float = 120.0
    capture: float = 60.0
    release: float = 60.0
    refund: float = 60.0
    recover: float = 30.0
    status: float = 5.0
    abort: float = 10.0
    display: float = 3.0
    statement: float = 30.0


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything about one PayProxy terminal that its URL does not say."""

    paths: Paths = Paths()
    fields: FieldNames = FieldNames()
    payment_types: PaymentTypes = PaymentTypes()
    read_timeouts: ReadTimeouts = ReadTimeouts()
    connect_timeout: float = 5.0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # may hold an API key
    verify_tls: bool | str = True  # or the path of a CA file
    operating_environment: str = "UNATTENDED"
    access_protocol: str = "OPI_NL"
    environment: str = "EVCHARGING"
    languages: Mapping[str, str] = field(default_factory=lambda: dict(LANGUAGES))
    fallback_language: str = "ENG"
    reason_codes: Mapping[str, str] = field(default_factory=lambda: dict(REASON_CODES))
    status_words: Mapping[str, Meaning] = field(default_factory=lambda: normalised(STATUS_WORDS))
    ready_states: tuple[str, ...] = ("IDLE", "READY")
    busy_states: tuple[str, ...] = ("BUSY",)
    test_marks: tuple[str, ...] = ("TEST SYSTEM",)  # receipt lines that give a test system away
    test_mode: bool = False  # accept a terminal in operating mode TEST (chapter 2.8)
    check_request_id: bool = True
    refund: bool = False
    recover: bool = False
    recovers_only_the_last: bool = False  # asked by request id, so it need not be (inferred)

    def meaning_of(self, word: str) -> Meaning:
        """Return what a status word means; one we never heard of means nothing we could act on."""
        return self.status_words.get(normalise(word), Meaning.UNKNOWN)
