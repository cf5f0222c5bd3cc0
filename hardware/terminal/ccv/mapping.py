"""Everything about CCV's Payment API that is inferred or may differ, in one place.

Each is a setting of the device record (``mapping`` in its profile) with our best guess as its default. docs/terminals/ccv.md
says which were seen and which are guesses. Source: reference ccv-interfaces.md, chapter 2. A place in an answer is a name;
a dot reaches into an object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """What a transaction's ``status`` says. Only the last three are ends (chapter 2.4)."""

    PENDING = "pending"
    APPROVED = "approved"
    FAILED = "failed"
    MANUAL = "manual"


class Ending(StrEnum):
    """What a failure code means to us. A code that is in no table means ``declined``: it passes through as the reason."""

    DECLINED = "declined"
    ABORTED = "aborted"
    TIMED_OUT = "timed_out"
    NEEDS_TERMINAL = "needs_terminal"  # the card must be presented at the terminal
    BUSY = "busy"
    INOPERABLE = "inoperable"
    INVALID_REQUEST = "invalid_request"
    BAD_KEY = "bad_key"
    UNCERTAIN = "uncertain"  # says nothing of what was done, unless it is the end of a transaction


STATES: Mapping[str, State] = {
    "pending": State.PENDING,
    "success": State.APPROVED,
    "failed": State.FAILED,
    "manualintervention": State.MANUAL,
}

#: The codes are seen (chapter 2.10), but for the three that name a terminal; what they mean to us is ours.
FAILURE_CODES: Mapping[str, Ending] = {
    "expired": Ending.TIMED_OUT,
    "cancelled": Ending.ABORTED,
    "processing_error": Ending.UNCERTAIN,
    "invalid_config": Ending.INVALID_REQUEST,
    "unsupported_currency": Ending.INVALID_REQUEST,
    "bad_credentials": Ending.BAD_KEY,
    "terminal_busy": Ending.BUSY,
    "terminal_unavailable": Ending.INOPERABLE,
    "terminal_required": Ending.NEEDS_TERMINAL,
}


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths below the base URL; ``token`` and ``void`` are inferred."""

    payment: str = "/payment"
    token: str = "/token"
    capture: str = "/capture"
    reversal: str = "/reversal"
    refund: str = "/refund"
    transaction: str = "/transaction"
    void: str = "/void"  # ends what waits for a card


@dataclass(frozen=True, slots=True)
class Types:
    """The words of ``type`` in answers, and of the filter of that name."""

    authorise: str = "authorise"
    capture: str = "capture"
    release: str = "reversal"
    refund: str = "refund"
    token: str = "token"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the values of a transaction stand; inferred are ``original`` but for captures, ``text`` and ``par``."""

    reference: str = "reference"
    original: str = "originalReference"
    order: str = "merchantOrderReference"
    description: str = "description"
    status: str = "status"
    type: str = "type"
    failure_code: str = "failureCode"
    amount: str = "amount"
    authorised_amount: str = "details.authorisedAmount"  # counts instead of ``amount`` where it is there
    token: str = "token"
    par: str = "par"
    masked_card_number: str = "tokenMaskedInput"
    brand: str = "brand"
    stan: str = "methodTransactionId"
    final_at: str = "statusFinalDate"
    terminal: str = "details.terminalId"
    text: str = "details.terminalMessage"


@dataclass(frozen=True, slots=True)
class Mapped:
    """The whole mapping."""

    paths: Paths = Paths()
    types: Types = Types()
    places: Places = Places()
    states: Mapping[str, State] = field(default_factory=lambda: dict(STATES))
    failure_codes: Mapping[str, Ending] = field(default_factory=lambda: dict(FAILURE_CODES))
    #: The member of ``details`` that asks for a card token; empty: it comes without being asked for.
    token_flag: str = "requestToken"
    #: Names under which a list of transactions may stand in an answer that is an object.
    lists: tuple[str, ...] = ("transactions", "data", "items", "content")

    def state_of(self, word: str) -> State:
        """Return what a status means; one we never heard of is no end."""
        return self.states.get(word.lower(), State.PENDING)

    def ending_of(self, code: str) -> Ending:
        """Return what a failure code means."""
        return self.failure_codes.get(code, Ending.DECLINED)
