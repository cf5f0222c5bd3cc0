"""The one writer of Operation.state. Every step is a compare-and-set; losing one is a normal return.

QUEUED → IN_FLIGHT → ANSWERED | NOT_SENT | UNKNOWN      QUEUED → CANCELLED
IN_FLIGHT → QUEUED      provably not sent, tried again later
UNKNOWN → ANSWERED | NOT_SENT      a late answer, recovery, or a person
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from hardware import bus
from hardware.models import Terminal
from hardware.redaction import redact
from hardware.terminals import next_request_id, recovers_only_the_last
from payments import wakeups
from payments.delays import before_recovery
from payments.errors import TerminalBusy
from payments.models import Authorisation, CardToken, Operation, Refund

Kind = Operation.Kind
State = Operation.State

_SETTLING = frozenset(Kind) - Operation.AT_THE_TERMINAL - {Kind.END_OF_DAY}

#: How long a worker may be silent about an operation before it counts as dead.
LEASE = timedelta(seconds=15)
#: How long a cardholder's operation may wait for its turn; after that nobody stands there any more.
PATIENCE = timedelta(seconds=90)


def enqueue(
    kind: Operation.Kind,
    terminal: Terminal,
    now: datetime,
    *,
    authorisation: Authorisation | None = None,
    refund: Refund | None = None,
    amount_minor: int = 0,
    currency: str = "",
    language: str = "en",
    reason: str = "",
    due_at: datetime | None = None,
    request_id: int = 0,
) -> Operation:
    """Write the intent, and wake a worker after commit. Call inside the transaction that writes what it is for.

    With ``due_at`` it is not asked before then, and the sweep wakes it. ``request_id`` 0: a new one.

    Raises TerminalBusy for a cardholder's operation while another cardholder is served.
    """
    try:
        with transaction.atomic():
            operation = Operation.objects.create(
                kind=kind,
                terminal=terminal,
                authorisation=authorisation,
                refund=refund,
                request_id=request_id or next_request_id(terminal, now),
                amount_minor=amount_minor,
                currency=currency,
                language=language,
                reason=reason,
                created_at=now,
                due_at=due_at or now,
            )
    except IntegrityError:
        if kind in Operation.AT_THE_TERMINAL and cardholder_at(terminal).exists():
            raise TerminalBusy(terminal) from None
        raise
    if due_at is None:
        wakeups.wake(operation)
    return operation


def cardholder_at(terminal: Terminal) -> QuerySet[Operation]:
    """The operation of the cardholder who is being served at ``terminal``, if any."""
    return Operation.objects.filter(
        terminal=terminal, kind__in=Operation.AT_THE_TERMINAL, state__in=[State.QUEUED, State.IN_FLIGHT]
    )


def releases_at(terminal: Terminal) -> QuerySet[Operation]:
    """Holds that wait at ``terminal`` to be released, for their turn or for their next try."""
    waiting = Operation.objects.filter(terminal=terminal, kind=Kind.RELEASE, state=State.QUEUED)
    return waiting.order_by("due_at")  # as the index of what waits has them


def claimable(now: datetime) -> QuerySet[Operation]:
    """What could be asked now, if its terminal is free."""
    gone = Q(kind__in=Operation.AT_THE_TERMINAL, created_at__lt=now - PATIENCE)
    return Operation.objects.filter(~gone, state=State.QUEUED, due_at__lte=now)


def next_for(terminal_id: int, now: datetime) -> Operation | None:
    """What ``terminal`` should do next, or None while it is busy: what settles money goes first, the end of day last."""
    turn = Case(
        When(kind__in=Operation.AT_THE_TERMINAL, then=Value(1)),
        When(kind=Kind.END_OF_DAY, then=Value(2)),
        default=Value(0),
    )
    waiting = claimable(now).filter(~in_flight_there(), terminal_id=terminal_id).select_related("terminal")
    operation = waiting.order_by(turn, "due_at").first()
    return None if operation is None or is_blocked(operation.terminal) else operation


def is_blocked(terminal: Terminal) -> bool:
    """Whether ``terminal`` must first be asked about an operation in doubt, which it would forget otherwise."""
    return recovers_only_the_last(terminal) and _to_be_recovered(terminal.pk).exists()


def _to_be_recovered(terminal_id: int) -> QuerySet[Operation]:
    return Operation.objects.filter(terminal=terminal_id, state=State.UNKNOWN, recovery_at__isnull=False)


def wake_next(terminal_id: int, now: datetime) -> None:
    """Wake a worker for what ``terminal`` should do next."""
    if (operation := next_for(terminal_id, now)) is not None:
        wakeups.wake(operation)


def claim(operation_id: UUID, now: datetime, lease: timedelta = LEASE) -> Operation | None:
    """Take a waiting operation to ask its terminal; None when somebody else has it, or the terminal is not free.

    A cardholder's operation is not given out while the same terminal has money to settle.
    """
    rows = claimable(now).select_related("terminal", "authorisation", "refund")
    operation = rows.filter(pk=operation_id).first()
    if operation is None:
        return None
    mine = Operation.objects.filter(pk=operation_id, state=State.QUEUED, tries=operation.tries)
    if operation.kind in Operation.AT_THE_TERMINAL:
        settles_first = claimable(now).filter(terminal_id=operation.terminal_id, kind__in=_SETTLING)
        mine = mine.filter(~Exists(settles_first))
    if recovers_only_the_last(operation.terminal):
        mine = mine.filter(~Exists(_to_be_recovered(operation.terminal_id)))
    fields = {"state": State.IN_FLIGHT, "started_at": now, "lease_until": now + lease, "tries": operation.tries + 1}
    fields |= {"display": ""}
    try:
        with transaction.atomic():
            claimed = mine.update(**fields)
    except IntegrityError:  # one_operation_in_flight_per_terminal
        return None
    for name, value in fields.items():
        setattr(operation, name, value)
    return operation if claimed else None


def presume_asked(operation: Operation, now: datetime) -> bool:
    """It waits in our books, but may have been asked in a time that these know nothing of (payments.restoring)."""
    return _move(operation, State.IN_FLIGHT, started_at=operation.due_at, lease_until=now)


def renew(operation_id: UUID, now: datetime, lease: timedelta = LEASE) -> bool:
    """The worker that claimed it is alive. False when it no longer is under way."""
    return bool(Operation.objects.filter(pk=operation_id, state=State.IN_FLIGHT).update(lease_until=now + lease))


def want_abort(operation: Operation) -> None:
    """The driver changed their mind while the card is asked for. A wish, heard by whoever asks (payments.attending)."""
    if Operation.objects.filter(pk=operation.pk, state=State.IN_FLIGHT).update(abort_wanted=True):
        wakeups.after_commit("payments.abort", str(operation.pk))


def take_abort(operation_id: UUID) -> bool:
    """Take the driver's wish, if there is one, so that the terminal is asked once."""
    wish = Operation.objects.filter(pk=operation_id, state=State.IN_FLIGHT, abort_wanted=True)
    return wish.exists() and bool(wish.update(abort_wanted=False))


def show(operation: Operation, text: str) -> None:
    """Tell the screens what the terminal says to the cardholder of ``operation``, while it is under way."""
    with transaction.atomic():
        if Operation.objects.filter(pk=operation.pk, state=State.IN_FLIGHT).update(display=text):
            bus.publish("terminal", operation.terminal_id)


def locked(operation_id: UUID) -> Operation:
    """The operation as it is now; nobody else changes it until the transaction ends."""
    return Operation.objects.select_for_update().get(pk=operation_id)


def finish_answered(
    operation: Operation,
    now: datetime,
    *,
    outcome: str,
    detail: str = "",
    receipt: str = "",
    stan: str = "",
    card: CardToken | None = None,
) -> bool:
    """There is a trusted answer."""
    told = {"outcome": outcome, "detail": _short(detail), "receipt": redact(receipt), "stan": stan[:20], "card": card}
    return _leave(operation, State.ANSWERED, now, **told)


def finish_not_sent(operation: Operation, now: datetime, detail: str) -> bool:
    """Nothing happened, and it is not tried again."""
    return _leave(operation, State.NOT_SENT, now, detail=_short(detail))


def finish_unknown(operation: Operation, now: datetime, detail: str) -> bool:
    """Nobody knows whether it happened. Where money hangs on it, the terminal is asked soon."""
    asked_again = None if operation.kind in Operation.MOVES_NO_MONEY else now + before_recovery(0)
    return _leave(operation, State.UNKNOWN, now, detail=_short(detail), recovery_at=asked_again)


def requeue(operation: Operation, due_at: datetime, detail: str) -> bool:
    """Provably not sent: it waits for its next try. The same intent, so the same request id."""
    return _move(operation, State.QUEUED, due_at=due_at, lease_until=None, detail=_short(detail))


def hurry(operation: Operation, now: datetime) -> None:
    """Do not wait for the next try any longer."""
    if Operation.objects.filter(pk=operation.pk, state=State.QUEUED, due_at__gt=now).update(due_at=now):
        wakeups.wake(operation)


def cancel(operation: Operation, now: datetime, detail: str) -> bool:
    """Take back an operation that nobody has claimed. False when it is too late for that."""
    if operation.state != State.QUEUED:
        return False
    return _leave(operation, State.CANCELLED, now, detail=_short(detail))


def in_flight_there() -> Exists:
    """For a query of operations: whether the terminal of the row is busy with an operation of ours."""
    return Exists(Operation.objects.filter(terminal=OuterRef("terminal"), state=State.IN_FLIGHT))


def _leave(operation: Operation, state: Operation.State, now: datetime, **fields: object) -> bool:
    return _move(operation, state, **{"lease_until": None, "recovery_at": None, "finished_at": now} | fields)


def _move(operation: Operation, state: Operation.State, **fields: object) -> bool:
    moved = Operation.objects.filter(pk=operation.pk, state=operation.state).update(state=state, **fields)
    if moved:
        for name, value in ({"state": state} | fields).items():
            setattr(operation, name, value)
    return bool(moved)


def _short(detail: str) -> str:
    return redact(detail)[:200]
