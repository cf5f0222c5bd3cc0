"""Compares what the terminal remembers with what we asked (reference: chapter 4.7). Pure.

``RepeatLastMessage`` is believed when its ``OriginalHeader`` names our workstation and both parts of our request id. If
it does not, the terminal is asked for its last ticket, which settles the matter only if everything on it fits.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from moneyed import Money

from hardware.terminal.interface import OutcomeUnknown, Recovered, Result, Verb
from hardware.terminal.opi.profile import Profile
from hardware.terminal.opi.values import is_number, split_id
from hardware.terminal.opi.verdict import Heard, judge_payment
from hardware.terminal.opi.words import REPEAT, Meaning


class Named(Enum):
    """Which request a repeated message is about."""

    OURS = auto()
    UNDELIVERED = auto()  # ours, but the last thing it wanted of us is not known to have been delivered
    ANOTHER = auto()
    NONE = auto()  # it does not say, or there was nothing to repeat


@dataclass(slots=True)
class Memory:
    """What this process knows of the requests it made itself. After a restart it knows nothing, and believes less."""

    request_id: int = 0
    sent_at: datetime | None = None  # when the last money request was sent
    sequence: str = ""  # the last device request served for it
    seen: deque[str] = field(default_factory=lambda: deque(maxlen=100), repr=False)  # references already reported

    def sent(self, request_id: int, at: datetime) -> None:
        self.request_id, self.sent_at, self.sequence = request_id, at, ""

    def report(self, heard: Heard) -> None:
        """Remember that the caller was told of this transaction."""
        self.seen.append(_mark(heard))

    def knows(self, heard: Heard) -> bool:
        return _mark(heard) in self.seen


@dataclass(frozen=True, slots=True)
class _Original:
    """The header of the message that was repeated; the repeater's own, where it repeats word for word."""

    request_type: str
    request_id: str
    workstation_id: str

    @classmethod
    def of(cls, repeated: Heard) -> _Original:
        response, told = repeated.response, repeated.response.values
        if not told.original_request and response.request_type not in ("", REPEAT):
            return cls(response.request_type, response.request_id, response.workstation_id)
        return cls(told.original_type, told.original_request, told.original_workstation)


def named(profile: Profile, repeated: Heard, request_id: int, memory: Memory) -> Named:
    """Return which request the answer to ``RepeatLastMessage`` is about."""
    original = _Original.of(repeated)
    first, second = split_id(original.request_id)
    if not first:
        return Named.NONE
    if original.workstation_id not in ("", profile.workstation_id) or not is_number(first, request_id):
        return Named.ANOTHER
    delivered = not second or (memory.request_id == request_id and second == memory.sequence)
    return Named.OURS if delivered else Named.UNDELIVERED


def judge_repeated(profile: Profile, verb: Verb, *, request_id: int, asked: Money, repeated: Heard) -> Recovered:
    """Return what a repeated message that is ours says. Raises OutcomeUnknown."""
    if _Original.of(repeated).request_type not in ("", getattr(profile.mapping.request_types, verb)):
        raise OutcomeUnknown("the terminal told about another kind of operation", reason="other_request")
    return Recovered(judge_payment(profile, verb, request_id=request_id, asked=asked, heard=repeated))


def proves_nothing_done(profile: Profile, repeated: Heard, about: Named) -> bool:
    """Whether a message that is not ours shows that the request in doubt was never begun: if the record says so.

    A message about another request must be a money request of our own: what others asked of the terminal says nothing.
    """
    if about is Named.NONE:
        told = repeated.meaning(profile) is Meaning.DECLINED
    else:
        original, types = _Original.of(repeated), profile.mapping.request_types
        about_money = original.request_type in {types.authorise, types.capture, types.release, types.refund}
        told = about is Named.ANOTHER and about_money and original.workstation_id == profile.workstation_id
    return profile.mapping.unheard_means_not_done and told


@dataclass(frozen=True, slots=True)
class Ticket:
    """The answer to ``TicketReprint``, and all there is to compare it with."""

    heard: Heard
    repeated: Heard
    named: Named
    memory: Memory
    now: datetime


def judge_ticket(profile: Profile, verb: Verb, *, request_id: int, asked: Money, ticket: Ticket) -> Result:
    """Return the result that the last ticket proves. Raises OutcomeUnknown when anything on it does not fit."""
    heard = ticket.heard
    doubt = _doubt(profile, request_id, ticket)
    if doubt:
        raise OutcomeUnknown("the last ticket does not settle it", reason=doubt)
    amount = heard.amount
    if amount is None or amount != asked:  # a ticket names no request: it may not even be for less
        raise OutcomeUnknown("the last ticket is about another amount", reason="other_amount")
    return judge_payment(profile, verb, request_id=request_id, asked=asked, heard=heard)


def _doubt(profile: Profile, request_id: int, ticket: Ticket) -> str:
    heard, told = ticket.heard, ticket.heard.response.values
    if heard.meaning(profile) is not Meaning.APPROVED or not heard.took_receipt:
        return "no_receipt"
    if not (heard.approval or heard.reference):
        return "no_approval"
    at = heard.at(profile)
    if at is None:
        return "no_time"
    if told.original_request:  # it names a request after all
        ours = is_number(split_id(told.original_request)[0], request_id)
        return "" if ours and told.original_workstation in ("", profile.workstation_id) else "other_request"
    if ticket.named is Named.ANOTHER or ticket.memory.knows(heard):
        return "other_request"
    if ticket.named is Named.UNDELIVERED:
        return "" if _mark(heard) == _mark(ticket.repeated) else "other_request"
    return "" if _is_of_that_time(profile, request_id, at, ticket) else "other_time"


def _is_of_that_time(profile: Profile, request_id: int, at: datetime, ticket: Ticket) -> bool:
    """Nothing but the time tells this ticket from one of the cardholder before, who was asked for the same amount."""
    if ticket.memory.request_id != request_id or ticket.memory.sent_at is None:
        return False
    tolerance = timedelta(seconds=profile.clock_tolerance)
    return ticket.memory.sent_at - tolerance <= at <= ticket.now + tolerance


def _mark(heard: Heard) -> str:
    """What tells a transaction from others. A capture may repeat the reference of its authorisation, so STAN comes first."""
    return heard.response.values.stan or heard.reference or heard.approval
