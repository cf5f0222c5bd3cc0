"""What speaks for what when a person decides about money in doubt: the lists, and what they suggest. It decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from moneyed import Money

from hardware.terminal.interface import Outcome
from payments.lifecycle import Event
from payments.models import Authorisation, Evidence, Operation, Reconciliation, Refund
from payments.money import from_minor
from payments.reconciliation import runs
from payments.reconciliation.compare import CLOCK_TOLERANCE

Kind = Operation.Kind

_BEFORE = timedelta(hours=1)
_FURTHEST = timedelta(days=35)


class Why(StrEnum):
    """What the lists come to."""

    TAKEN = "taken"
    RELEASED = "released"
    DECLINED = "declined"
    NOTHING = "nothing"
    STILL_HELD = "still_held"
    REFUNDED = "refunded"
    NOT_REFUNDED = "not_refunded"
    # These suggest nothing.
    HELD_OUT_OF_REACH = "held_out_of_reach"
    TWICE = "twice"
    SAYS_NOTHING = "says_nothing"


#: The decision that each suggests: an event, or what became of a refund.
SUGGESTS: dict[Why, str] = {
    Why.TAKEN: Event.FOUND_CAPTURED,
    Why.RELEASED: Event.FOUND_RELEASED,
    Why.DECLINED: Event.FOUND_DECLINED,
    Why.NOTHING: Event.FOUND_NOTHING,
    Why.STILL_HELD: Event.FOUND_HELD,
    Why.REFUNDED: "done",
    Why.NOT_REFUNDED: "refused",
}


@dataclass(frozen=True, slots=True)
class Hint:
    """What the lists come to, and how much they say was taken."""

    why: Why
    amount: Money | None = None


def told(authorisation: Authorisation) -> list[tuple[Reconciliation, list[Evidence]]]:
    """The newest list of each kind that was asked about ``authorisation``, with what it says, newest first."""
    rows = Reconciliation.objects.filter(evidence__authorisation=authorisation, state__in=Reconciliation.TOLD)
    newest: dict[str, Reconciliation] = {}
    for run in rows.distinct().order_by("started_at", "pk"):
        newest[run.source] = run
    return [
        (run, list(run.evidence.filter(authorisation=authorisation).select_related("operation")))
        for run in sorted(newest.values(), key=lambda each: each.pk, reverse=True)
    ]


def hint(authorisation: Authorisation, lists: Sequence[tuple[Reconciliation, Sequence[Evidence]]]) -> Hint:
    """What the lists suggest about a hold in doubt."""
    every = [each for _, rows in lists for each in rows]
    taken = _done(every, Kind.CAPTURE)
    requests = {each.request_id for each in taken}
    if len(requests) > 1:
        return Hint(Why.TWICE)
    if taken:
        return Hint(Why.TAKEN, from_minor(taken[0].amount_minor, taken[0].currency))
    if _done(every, Kind.RELEASE):
        return Hint(Why.RELEASED)
    doubtful = authorisation.operations.filter(state=Operation.State.UNKNOWN, refund__isnull=True).first()
    if doubtful is None or doubtful.kind != Kind.AUTHORISE:
        undone = doubtful is not None and _undone(doubtful, lists)
        return Hint(Why.STILL_HELD if undone and authorisation.sealed_handle else Why.SAYS_NOTHING)
    if _done(every, Kind.AUTHORISE):
        return Hint(Why.HELD_OUT_OF_REACH)
    if any(each.kind == Kind.AUTHORISE and each.outcome == Outcome.DECLINED for each in every):
        return Hint(Why.DECLINED)
    return Hint(Why.NOTHING if _undone(doubtful, lists) else Why.SAYS_NOTHING)


def refund_hint(refund: Refund, lists: Sequence[tuple[Reconciliation, Sequence[Evidence]]]) -> Hint:
    """What the lists suggest about a refund in doubt."""
    doubtful = refund.operations.filter(state=Operation.State.UNKNOWN).first()
    if doubtful is None:
        return Hint(Why.SAYS_NOTHING)
    if any(each.outcome == Outcome.APPROVED for _, rows in lists for each in rows if each.operation == doubtful):
        return Hint(Why.REFUNDED)
    return Hint(Why.NOT_REFUNDED if _undone(doubtful, lists) else Why.SAYS_NOTHING)


def ask(authorisation: Authorisation, now: datetime, **user: object) -> Reconciliation:
    """Have the terminal's list asked for everything since the hold was asked for."""
    since = max(authorisation.created_at - _BEFORE, now - _FURTHEST)
    return runs.request(authorisation.terminal, since, now + CLOCK_TOLERANCE, now, **user)  # type: ignore[arg-type]


def _done(rows: Sequence[Evidence], kind: Kind) -> list[Evidence]:
    return [each for each in rows if each.kind == kind and each.outcome == Outcome.APPROVED]


def _undone(doubtful: Operation, lists: Sequence[tuple[Reconciliation, Sequence[Evidence]]]) -> bool:
    """Whether the terminal's own list is certain that it was not done.

    It was asked a good while after the question, so that a slow host or a clock that is off cannot be the reason. A
    file of the bank is no such witness: what is not in it yet may come tomorrow.
    """
    asked_at = doubtful.started_at or doubtful.created_at
    for run, rows in lists:
        late = run.started_at is not None and run.started_at >= asked_at + CLOCK_TOLERANCE
        if run.source == Reconciliation.Source.TERMINAL and late:
            return any(each.operation_id == doubtful.pk and each.outcome != Outcome.APPROVED for each in rows)
    return False
