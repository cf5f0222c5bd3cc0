"""What every payment terminal driver offers, whatever wire it speaks.

A verb ends in exactly one of three ways (docs/architecture.md, "Three outcomes"):

* it returns: the terminal answered, and the answer can be trusted;
* it raises :class:`NotSent`: the request provably never reached the terminal, so it may be sent again;
* it raises :class:`OutcomeUnknown`: it may have been carried out. It is never sent again; only ``recover``
  or a person finds out.

    TerminalError
    ├── NotSent          nothing happened, try again when it suits
    └── OutcomeUnknown   something may have happened, ask before doing anything else

Anything else a driver raises is a defect of the driver. Nothing here imports Django.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from moneyed import Money

#: Told every message on the wire, a line in clear text: without token, reference and card digits.
Trace = Callable[[str], None]


class TerminalError(Exception):
    """Base of both failures. ``reason`` is a short machine word, the text is for the technician.

    Neither may hold a token, a reference or card digits: both are stored and shown to staff.
    """

    def __init__(self, text: str, *, reason: str = "") -> None:
        super().__init__(text)
        self.reason = reason


class NotSent(TerminalError):
    """The request provably never reached the terminal, or the terminal refused to look at it (busy, logged out)."""


#: The reason of a NotSent: another process of ours has the line. Tried again, it may come to that one.
IN_USE = "in_use"


class OutcomeUnknown(TerminalError):
    """The request was sent, and no trustworthy answer came."""


class Capability(StrEnum):
    """A verb that a driver can carry out with the terminal it was opened for."""

    AUTHORISE = "authorise"
    READ_TOKEN = "read_token"
    CAPTURE = "capture"
    RELEASE = "release"
    REFUND = "refund"
    STATUS = "status"
    ABORT = "abort"
    RECOVER = "recover"
    DISPLAY_TEXT = "display_text"
    END_OF_DAY = "end_of_day"


#: Without these a kiosk does not open for business (docs/architecture.md).
REQUIRED_CAPABILITIES = frozenset({Capability.AUTHORISE, Capability.READ_TOKEN, Capability.CAPTURE, Capability.RELEASE})


class Outcome(StrEnum):
    """What a trusted answer says."""

    APPROVED = "approved"
    DECLINED = "declined"
    ABORTED = "aborted"  # the cancel key, or our own abort
    TIMED_OUT = "timed_out"  # nobody presented a card in time


class Reason(StrEnum):
    """Why the captured amount is what it is. Drivers map it to the words of their protocol."""

    NORMAL_END = "normal_end"
    NOT_STARTED = "not_started"  # the driver did not plug in, or walked away
    NO_ENERGY = "no_energy"  # it started, and nothing was delivered
    CHARGER_FAULT = "charger_fault"
    CHARGER_SILENT = "charger_silent"
    FUNDS_TOO_SMALL = "funds_too_small"  # approved for too little to deliver anything


class TokenType(StrEnum):
    """The kinds of card token a CCV terminal hands out (reference: CCV one-way tokens)."""

    CARD = "card"
    WEB = "web"
    UID = "uid"


@dataclass(frozen=True, slots=True)
class Card:
    """The card that was presented. ``token`` and ``par`` identify it and stay out of every log."""

    token_type: TokenType
    token: str = field(repr=False)
    par: str = field(default="", repr=False)
    brand: str = ""
    last_four: str = ""


@dataclass(frozen=True, slots=True)
class Handle:
    """What a terminal needs back to settle an authorisation. Opaque, sensitive, never parsed."""

    request_id: int
    reference: str = field(repr=False)
    version: str = ""
    stan: str = ""


@dataclass(frozen=True, slots=True)
class Receipts:
    """The terminal's own receipt lines, already redacted (no run of 12 or more digits)."""

    customer: tuple[str, ...] = ()
    merchant: tuple[str, ...] = ()
    journal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A trusted answer to a money verb.

    ``amount`` is what the terminal moved or held: for an approved authorisation it may be less than asked
    (partial approval), for anything that was not approved it is zero.
    """

    outcome: Outcome
    amount: Money
    request_id: int
    reason: str = ""  # the terminal's or host's word for a refusal, for staff
    card: Card | None = None
    handle: Handle | None = None  # present on an approved authorisation
    stan: str = ""
    at: datetime | None = None  # the terminal's clock, aware
    receipts: Receipts = Receipts()


@dataclass(frozen=True, slots=True)
class TokenResult:
    """The answer to ``read_token``; ``card`` is present exactly when ``outcome`` is approved."""

    outcome: Outcome
    request_id: int
    card: Card | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """The answer to ``end_of_day``: whether the terminal handed its totals to the host, and what it printed.

    ``total`` is what was captured less what was refunded since the last closing, ``count`` how often either was done;
    None where the terminal does not tell.
    """

    outcome: Outcome
    reason: str = ""
    receipts: Receipts = Receipts()
    count: int | None = None
    total: Money | None = None


class Readiness(StrEnum):
    """What a status says, reduced to what a kiosk must know."""

    READY = "ready"
    BUSY = "busy"
    ATTENTION = "attention"  # answers, but will not take a payment (logged out, reprint due, locked)
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Status:
    """The terminal's state: ``readiness`` for the kiosk, ``detail`` (the terminal's own word) for the technician.

    ``wants_closing``: it takes no payment until its day is closed.
    """

    readiness: Readiness
    detail: str = ""
    terminal_id: str = ""
    wants_closing: bool = False


class Verb(StrEnum):
    """The money verbs that ``recover`` can be asked about."""

    AUTHORISE = "authorise"
    CAPTURE = "capture"
    RELEASE = "release"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of an earlier request. ``result`` is None when the terminal is certain that nothing was done."""

    result: Result | None


@dataclass(frozen=True, slots=True)
class Past:
    """What the caller of ``recover`` knows of the request in question, for a driver that was restarted since."""

    asked_at: datetime
    handle: Handle | None = None  # what it was to settle
    told: Set[str] = frozenset()  # STANs of the terminal's latest transactions that the caller was told of


class PaymentTerminal(Protocol):
    """A payment terminal behind one URL.

    Every verb blocks until the terminal has answered (an authorisation: until the cardholder is done, minutes).
    ``request_id`` is at most 9 digits and unique per terminal; ``key`` is the operation's idempotency key;
    ``language`` is a two-letter code. Amounts are in the terminal's currency.
    """

    @property
    def capabilities(self) -> Set[Capability]:
        """The verbs that may be called; any other raises :class:`NotSent` with the reason ``unsupported``."""

    @property
    def longest_wait(self) -> float:
        """Seconds after which a verb has ended for certain."""

    @property
    def recovers_only_the_last(self) -> bool:
        """Whether ``recover`` knows no more than the last request: then nothing else may be asked before it."""

    @property
    def closes_over_holds(self) -> bool:
        """Whether ``end_of_day`` leaves holds alone, so that it may be asked for while there are some."""

    def authorise(self, *, request_id: int, key: UUID, amount: Money, language: str) -> Result:
        """Hold ``amount`` on the card that is presented."""

    def read_token(self, *, request_id: int, language: str) -> TokenResult:
        """Read the token of the card that is presented; no money is involved."""

    def capture(self, *, request_id: int, key: UUID, amount: Money, handle: Handle, reason: Reason) -> Result:
        """Take ``amount`` (above zero, at most what was authorised); the rest of the hold is released."""

    def release(self, *, request_id: int, key: UUID, currency: str, handle: Handle, reason: Reason) -> Result:
        """Release the whole hold."""

    def refund(self, *, request_id: int, key: UUID, amount: Money, handle: Handle) -> Result:
        """Give back ``amount`` of what was captured."""

    def recover(self, *, request_id: int, verb: Verb, amount: Money, past: Past | None = None) -> Recovered:
        """Find out what became of an earlier request. Raises NotSent or OutcomeUnknown while that cannot be told."""

    def end_of_day(self, *, request_id: int) -> Closing:
        """Hand the day's totals to the host. Only while nothing is held, or ``closes_over_holds``. Raises like a money verb."""

    def status(self) -> Status:
        """Ask how the terminal is. Never raises: an unreachable terminal is a status."""

    def abort(self) -> None:
        """Ask the terminal to end what it is doing. A wish, not a fact: the verb under way still has the say."""

    def display_text(self, *, language: str) -> str:
        """The text on the terminal's screen now, or an empty string."""

    def close(self) -> None:
        """Give back connections."""
