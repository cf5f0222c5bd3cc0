"""Carries out one operation: claim it, ask the terminal outside any transaction, record what it answered."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, connection
from django.utils import timezone

from hardware.terminal.interface import Handle, NotSent, OutcomeUnknown, PaymentTerminal, Reason
from hardware.terminals import driver
from payments import answers, attending, closing, journal, leases, operations
from payments.belief import Answer, Told, believed
from payments.discretion import discreet
from payments.models import Actor, Operation
from payments.money import from_minor
from payments.secrets import Unreadable, unseal_handle

logger = logging.getLogger(__name__)

Kind = Operation.Kind

#: Seconds between tries to write down an answer while the database fails.
_PAUSES = (0.2, 1.0, 5.0, 15.0)


def execute(operation_id: UUID, clock: Callable[[], datetime] = timezone.now) -> None:
    """Carry out a waiting operation; nothing happens when it is not waiting or its terminal is busy.

    Afterwards the next operation that waits for the same terminal is woken.
    """
    operation = operations.claim(operation_id, clock())
    if operation is None:
        _let_others_go_first(operation_id, clock())
        return
    with leases.kept(operation.pk, clock):
        answer = _ask(operation, clock)
        with journal.because(actor=Actor.TERMINAL):
            _record(operation, answer, clock)
    operations.wake_next(operation.terminal_id, clock())


def _let_others_go_first(operation_id: UUID, now: datetime) -> None:
    terminal = Operation.objects.filter(pk=operation_id, state=Operation.State.QUEUED).values_list("terminal_id")
    for (terminal_id,) in terminal:
        operations.wake_next(terminal_id, now)


def _ask(operation: Operation, clock: Callable[[], datetime]) -> Answer:
    try:
        terminal, handle = driver(operation.terminal), handle_of(operation)
    except (ValueError, Unreadable) as error:
        return NotSent(f"{operation} could not be asked: {type(error).__name__}", reason="misconfigured")
    if operation.lease_until is not None and clock() >= operation.lease_until:
        return NotSent(f"{operation}: counted as dead before it was asked", reason="stalled")  # others may have acted
    try:
        if operation.kind == Kind.END_OF_DAY:
            closing.require_free(operation, clock())
        with attending.attended(operation, terminal):
            answer = _call(terminal, operation, handle)
        return believed(operation, discreet(answer, handle))
    except (NotSent, OutcomeUnknown) as failure:
        return failure.with_traceback(None)  # its frames hold what is not for logs
    except Exception as defect:
        frame = traceback.extract_tb(defect.__traceback__)[-1]
        logger.error(
            "%s: the driver failed with %s in %s:%s", operation, type(defect).__name__, frame.name, frame.lineno
        )
        return OutcomeUnknown("the driver failed", reason="defect")


def handle_of(operation: Operation) -> Handle | None:
    """What the terminal needs back for ``operation``. Raises Unreadable."""
    if operation.kind not in (Kind.CAPTURE, Kind.RELEASE, Kind.REFUND):
        return None
    assert operation.authorisation is not None
    return unseal_handle(operation.authorisation.sealed_handle)


def _call(terminal: PaymentTerminal, operation: Operation, handle: Handle | None) -> Told:
    request_id, key = operation.request_id, operation.pk
    if operation.kind == Kind.END_OF_DAY:
        return terminal.end_of_day(request_id=request_id)
    if operation.kind == Kind.READ_TOKEN:
        return terminal.read_token(request_id=request_id, language=operation.language)
    amount = from_minor(operation.amount_minor, operation.currency)
    if operation.kind == Kind.AUTHORISE:
        return terminal.authorise(request_id=request_id, key=key, amount=amount, language=operation.language)
    assert handle is not None
    if operation.kind == Kind.REFUND:
        return terminal.refund(request_id=request_id, key=key, amount=amount, handle=handle)
    reason = Reason(operation.reason)
    if operation.kind == Kind.CAPTURE:
        return terminal.capture(request_id=request_id, key=key, amount=amount, handle=handle, reason=reason)
    return terminal.release(request_id=request_id, key=key, currency=operation.currency, handle=handle, reason=reason)


def _record(operation: Operation, answer: Answer, clock: Callable[[], datetime]) -> None:
    """Write the answer down, whatever it takes. If it cannot be, the lease lapses and the operation is in doubt."""
    _refresh_connection()  # asking may have taken minutes
    for pause in _PAUSES:
        try:
            return answers.record(operation.pk, answer, clock())
        except DatabaseError as error:
            logger.error("%s: the answer could not be written yet: %s", operation, type(error).__name__)
            threading.Event().wait(pause)
            _refresh_connection()
    return answers.record(operation.pk, answer, clock())


def _refresh_connection() -> None:
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
