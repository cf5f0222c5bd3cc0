"""A person says what became of money in doubt: once, under their name, with a reason, in one transaction."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from moneyed import Money

from hardware.terminal.interface import Outcome
from payments import journal, operations, refunds
from payments.authorisations import advance, settle_again, settlement_of
from payments.errors import NotInDoubt
from payments.lifecycle import Event, State
from payments.models import Authorisation, Decision, Operation, Refund
from payments.money import to_minor

#: What can be decided about an authorisation.
EVENTS = (
    Event.FOUND_HELD,
    Event.FOUND_DECLINED,
    Event.FOUND_NOTHING,
    Event.FOUND_CAPTURED,
    Event.FOUND_RELEASED,
)

#: The event that says that an operation of this kind was carried out.
_DONE = {
    Operation.Kind.AUTHORISE: Event.FOUND_HELD,
    Operation.Kind.CAPTURE: Event.FOUND_CAPTURED,
    Operation.Kind.RELEASE: Event.FOUND_RELEASED,
}


def decide(
    authorisation: Authorisation,
    event: Event,
    *,
    amount: Money,
    user: AbstractBaseUser,
    note: str,
    now: datetime,
) -> Decision:
    """Settle what became of an authorisation in doubt.

    ``event`` is one of EVENTS; ``amount`` is what was taken, for FOUND_CAPTURED, and zero otherwise. After FOUND_HELD
    a capture or release that was in doubt is asked again. Raises NotInDoubt when it is decided already, and
    ValueError for a decision that cannot be: no note, an amount that does not fit, a hold we have no handle of.
    """
    with transaction.atomic():
        doubtful = _operation_in_doubt(authorisation)  # locked first, as whoever records an answer does
        authorisation.refresh_from_db()
        if authorisation.state != State.IN_DOUBT:
            raise NotInDoubt(f"{authorisation} is {authorisation.state}")
        _require_possible(authorisation, event, amount, note)
        if doubtful is not None:
            _close(doubtful, event, now)
        minor = to_minor(amount)
        fields: dict[str, object] = {"reason": "decided"}
        if event is Event.FOUND_CAPTURED:
            fields |= {"captured_minor": minor, "authorised_minor": max(minor, authorisation.authorised_minor)}
        decision = Decision.objects.create(
            authorisation=authorisation,
            operation=doubtful,
            event=event,
            amount_minor=minor,
            note=note,
            user_id=user.pk,
            at=now,
        )
        with journal.because(user_id=user.pk, operation_id=decision.operation_id, decision_id=decision.pk):
            if not advance(authorisation, event, now, **fields):
                raise NotInDoubt(f"{authorisation} was settled meanwhile")
            if event is Event.FOUND_HELD and (earlier := settlement_of(authorisation)) is not None:
                settle_again(authorisation, earlier, now)
    return decision


def decide_refund(row: Refund, *, done: bool, user: AbstractBaseUser, note: str, now: datetime) -> Decision:
    """Settle what became of a refund in doubt. Raises NotInDoubt, and ValueError without a note."""
    if not note.strip():
        raise ValueError("a decision needs a reason")
    state = Refund.State.DONE if done else Refund.State.REFUSED
    with transaction.atomic():
        operation = row.operations.select_for_update().filter(state=Operation.State.UNKNOWN).first()
        if operation is None:
            raise NotInDoubt(f"{row} is not in doubt")
        if done:
            operations.finish_answered(operation, now, outcome=Outcome.APPROVED, detail="decided")
        else:
            operations.finish_not_sent(operation, now, "decided")
        decision = Decision.objects.create(
            authorisation=row.authorisation,
            refund=row,
            operation=operation,
            event=state,
            amount_minor=row.amount_minor,
            note=note,
            user_id=user.pk,
            at=now,
        )
        with journal.because(user_id=user.pk, operation_id=operation.pk, decision_id=decision.pk):
            refunds.conclude(row, state, now, "decided")
    return decision


def _operation_in_doubt(authorisation: Authorisation) -> Operation | None:
    """None when the terminal refused to capture or release: that answer is known, what follows from it is not."""
    kinds = list(_DONE)
    rows = authorisation.operations.select_for_update()
    return rows.filter(kind__in=kinds, state=Operation.State.UNKNOWN).first()


def _require_possible(authorisation: Authorisation, event: Event, amount: Money, note: str) -> None:
    if event not in EVENTS:
        raise ValueError(f"{event} is not for a person to decide")
    if not note.strip():
        raise ValueError("a decision needs a reason")
    if event is Event.FOUND_HELD and not authorisation.sealed_handle:
        raise ValueError("without what the terminal said about the hold it can be neither captured nor released here")
    if amount.currency.code != authorisation.currency:
        raise ValueError("another currency")
    if event is Event.FOUND_CAPTURED:
        if not 0 < amount.amount <= (authorisation.authorised or authorisation.requested).amount:
            raise ValueError("what was taken is above zero and at most what was held")
    elif amount.amount:
        raise ValueError("an amount only belongs to what was taken")


def _close(operation: Operation, event: Event, now: datetime) -> None:
    if _DONE[Operation.Kind(operation.kind)] is event:
        operations.finish_answered(operation, now, outcome=Outcome.APPROVED, detail="decided")
    else:
        operations.finish_not_sent(operation, now, "decided")
