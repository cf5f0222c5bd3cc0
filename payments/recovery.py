"""Finding out what became of an operation in doubt, where the terminal can tell. It compares, and never guesses."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from hardware.terminal.interface import (
    Capability,
    NotSent,
    OutcomeUnknown,
    Past,
    PaymentTerminal,
    TerminalError,
    Verb,
)
from hardware.terminals import driver
from payments import answers, journal, operations, wakeups
from payments.belief import Answer, believed_later
from payments.delays import RECOVERY_TRIES, before_recovery
from payments.discretion import discreet
from payments.execution import handle_of
from payments.models import Actor, Operation
from payments.money import from_minor
from payments.secrets import Unreadable

logger = logging.getLogger(__name__)

#: How long one question may take before another worker may ask.
_ASKING = timedelta(minutes=2)
#: Of so many transactions a driver is told that we know them; the one in question can only be the last.
_LATEST = 100


def recover(operation_id: UUID, clock: Callable[[], datetime] = timezone.now) -> None:
    """Ask the terminal about an operation in doubt, if that is due; ask again later, or leave it to a person."""
    operation = _claim(operation_id, clock())
    if operation is None:
        return
    try:
        terminal = driver(operation.terminal)
    except ValueError:
        terminal = None
    if terminal is None or Capability.RECOVER not in terminal.capabilities:
        _leave_to_a_person(operation)
        return
    found = _ask(terminal, operation, clock)
    if found is not None:
        with journal.because(actor=Actor.RECOVERY):
            answers.record(operation.pk, found, clock())
    elif operation.recovery_tries >= RECOVERY_TRIES:
        _leave_to_a_person(operation)
    else:
        _in_doubt(operation).update(recovery_at=clock() + before_recovery(operation.recovery_tries))


def ask_again(operation: Operation, now: datetime) -> None:
    """Start over with an operation in doubt, as a person does who has repaired the terminal."""
    _in_doubt(operation).exclude(kind__in=Operation.MOVES_NO_MONEY).update(recovery_at=now, recovery_tries=0)


def hurry(operation: Operation, now: datetime) -> None:
    """Ask now rather than later, at a hint that anybody may have given: it uses up none of the tries.

    What was left to a person stays with them.
    """
    waiting = _in_doubt(operation).filter(recovery_at__gt=now)
    if waiting.update(recovery_at=now, recovery_tries=Greatest(F("recovery_tries") - 1, 0)):
        wakeups.after_commit("payments.recover", str(operation.pk))


def _claim(operation_id: UUID, now: datetime) -> Operation | None:
    """One worker asks at a time, and never while the terminal does something for us."""
    due = Operation.objects.filter(
        ~operations.in_flight_there(), pk=operation_id, state=Operation.State.UNKNOWN, recovery_at__lte=now
    )
    if not due.update(recovery_at=now + _ASKING, recovery_tries=F("recovery_tries") + 1):
        return None
    return Operation.objects.select_related("terminal", "authorisation").get(pk=operation_id)


def _ask(terminal: PaymentTerminal, operation: Operation, clock: Callable[[], datetime]) -> Answer | None:
    """What became of it, or None while that cannot be told."""
    amount, past = from_minor(operation.amount_minor, operation.currency), _past(operation)
    try:
        recovered = terminal.recover(
            request_id=operation.request_id, verb=Verb(operation.kind), amount=amount, past=past
        )
        if recovered.result is None:
            return NotSent("the terminal is certain that nothing was done", reason="not_done")
        found = believed_later(operation, discreet(recovered.result, past.handle), clock())
    except TerminalError as error:
        logger.info("%s: still in doubt: %s", operation, error.reason)
        return None
    except Exception as defect:
        logger.error("%s: the driver failed at recovery with %s", operation, type(defect).__name__)
        return None
    if isinstance(found, OutcomeUnknown):
        logger.warning("%s: what the terminal found is not about it: %s", operation, found.reason)
        return None
    return found


def _past(operation: Operation) -> Past:
    """What our books know of the question, and the driver may not know any more."""
    try:
        handle = handle_of(operation)
    except Unreadable:
        handle = None
    answered = Operation.objects.filter(terminal=operation.terminal_id, state=Operation.State.ANSWERED)
    told = answered.exclude(stan="").order_by("-started_at").values_list("stan", flat=True)[:_LATEST]
    return Past(operation.started_at or operation.created_at, handle, frozenset(told))


def _leave_to_a_person(operation: Operation) -> None:
    _in_doubt(operation).update(recovery_at=None)
    logger.error("%s is in doubt and needs a person", operation)


def _in_doubt(operation: Operation) -> QuerySet[Operation]:
    return Operation.objects.filter(pk=operation.pk, state=Operation.State.UNKNOWN)
