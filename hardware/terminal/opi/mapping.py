"""Everything that is inferred about OPI-NL, in one place: names, places and codes that CCV does not publish.

Each is a setting of the device record (``mapping`` in its profile) with our best guess as its default. docs/terminals/opi.md
says which are guesses, and what CCV must be asked. A place is what ``places.py`` reads: ``Tender/TotalAmount@Currency``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hardware.terminal.interface import Reason
from hardware.terminal.opi.words import RESULTS, Meaning, normalise

Places = tuple[str, ...]  # tried in this order; the first is where we write


@dataclass(frozen=True, slots=True)
class RequestTypes:
    """The words of ``RequestType`` that differ between builds."""

    authorise: str = "CardPreAuthorisation"
    capture: str = "CardFinancialAdvice"  # one page of CCV spells it CardFinancialAdvise
    release: str = "CardFinancialAdvice"  # of zero, with a reason; or PaymentReversal, PreAuthReversal
    refund: str = "PaymentRefund"
    token: str = "CardSwipe"  # or CardTokenise, CardValidation
    activate: str = "ActivateTerminal"  # or Login


@dataclass(frozen=True, slots=True)
class RequestPlaces:
    """Where we write what a request says of an earlier one."""

    reference: str = "POSdata@TrxReferenceNumber"
    reason_code: str = "POSdata@ReasonCode"


@dataclass(frozen=True, slots=True)
class AnswerPlaces:
    """Where the values of a response stand. The fields are those of ``messages.Values``."""

    terminal_id: Places = ("Terminal@TerminalID", "@TerminalID")
    stan: Places = ("Terminal@STAN",)
    amount: Places = ("Tender/TotalAmount",)
    currency: Places = ("Tender/TotalAmount@Currency",)
    approval: Places = ("Tender/Authorisation@ApprovalCode", "Authorisation@ApprovalCode")
    circuit: Places = ("Tender/Authorisation@CardCircuit", "Authorisation@CardCircuit")
    masked_card_number: Places = ("Tender/Authorisation@MaskedCardNumber", "Authorisation@MaskedCardNumber")
    at: Places = ("Tender/Authorisation@TimeStamp", "Authorisation@TimeStamp")
    reference: Places = ("Tender/Authorisation@TrxReferenceNumber", "Authorisation@TrxReferenceNumber")
    token: Places = (
        "Tender/Authorisation@Token",
        "Authorisation@Token",
        "Tender/Authorisation@CardToken",
        "CardValue/Token",
    )
    par: Places = ("Tender/Authorisation@PaymentAccountReference", "Authorisation@PaymentAccountReference")
    host_reason: Places = ("Diagnosis@HostDeclineReason", "Diagnosis/HostDeclineReason", "HostDeclineReason")
    terminal_reason: Places = (
        "Diagnosis@TerminalDeclineReason",
        "Diagnosis/TerminalDeclineReason",
        "TerminalDeclineReason",
    )
    original_workstation: Places = ("OriginalHeader@WorkstationID",)
    original_request: Places = ("OriginalHeader@RequestID",)
    original_type: Places = ("OriginalHeader@RequestType",)
    state: Places = ("TerminalStatus", "Terminal@TerminalStatus", "@TerminalStatus")
    sub_state: Places = ("TerminalSubStatus", "Terminal@TerminalSubStatus", "@TerminalSubStatus")


#: Only 25 (amount zero, no volume) is confirmed; an empty code is not sent.
REASON_CODES: Mapping[str, str] = {
    Reason.NORMAL_END: "",
    Reason.NOT_STARTED: "25",
    Reason.NO_ENERGY: "25",
    Reason.CHARGER_FAULT: "25",
    Reason.CHARGER_SILENT: "25",
    Reason.FUNDS_TOO_SMALL: "25",
}


@dataclass(frozen=True, slots=True)
class Inferred:
    """The whole mapping."""

    request_types: RequestTypes = RequestTypes()
    request_places: RequestPlaces = RequestPlaces()
    answer_places: AnswerPlaces = AnswerPlaces()
    reason_codes: Mapping[str, str] = field(default_factory=lambda: dict(REASON_CODES))
    results: Mapping[str, Meaning] = field(default_factory=lambda: dict(RESULTS))
    ready_states: tuple[str, ...] = ("IDLE", "READY")
    busy_states: tuple[str, ...] = ("BUSY",)
    reprint_states: tuple[str, ...] = ("REPRINT_TICKET",)
    logged_out_states: tuple[str, ...] = ("LOGGED_OUT",)
    deliver: bool = True  # the answer to DeliveryBox: the charge point was chosen and is ready
    confirm: bool = False  # the answer to a yes/no question: nobody stands behind an unattended terminal
    #: RepeatLastMessage that tells of another request of ours, or fails because there is nothing to tell, proves that
    #: the one in doubt was never begun.
    unheard_means_not_done: bool = False

    def meaning_of(self, word: str) -> Meaning:
        """Return what an ``OverallResult`` means; one we never heard of means nothing we could act on."""
        known = {normalise(each): meaning for each, meaning in self.results.items()}
        return known.get(normalise(word), Meaning.UNKNOWN)
