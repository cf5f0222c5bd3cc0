"""Looking after terminals beside the money: how they are, and asking them to stop waiting for a card."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from hardware.models import Terminal
from hardware.terminal.hints import give_hint
from hardware.terminal.interface import Capability, PaymentTerminal, Readiness, Status, TerminalError
from hardware.terminals import driver, record_status
from payments import closing
from payments.models import Operation

logger = logging.getLogger(__name__)

#: An unreachable terminal is asked less often: each question may keep a worker for seconds.
_UNREACHABLE_FACTOR = 3


def due_for_poll(now: datetime) -> QuerySet[Terminal]:
    """Terminals to be asked how they are: not those that serve a cardholder or do something for us."""
    # Two lists, each out of a partial index: what is open anywhere, instead of all that each terminal ever did.
    asked = Operation.objects.filter(state=Operation.State.IN_FLIGHT).values("terminal")
    serving = Operation.objects.filter(state=Operation.State.QUEUED, kind__in=Operation.AT_THE_TERMINAL)
    interval = timedelta(seconds=settings.TERMINAL_POLL_SECONDS)
    due = (
        Q(state_at=None)
        | Q(state_at__lte=now - interval * _UNREACHABLE_FACTOR)
        | Q(~Q(state=Terminal.State.UNREACHABLE), state_at__lte=now - interval)
    )
    free = ~Q(pk__in=asked) & ~Q(pk__in=serving.values("terminal"))
    return Terminal.objects.filter(due, free, enabled=True)


def poll(terminal_id: int, clock: Callable[[], datetime] = timezone.now) -> None:
    """Ask a terminal how it is, if that is due and no other worker is asking."""
    now = clock()
    terminal = due_for_poll(now).filter(pk=terminal_id).first()
    if terminal is None or not _take(terminal, now):
        return
    try:
        status = driver(terminal).status()
    except Exception as defect:
        logger.error("%s: the driver failed at status with %s", terminal, type(defect).__name__)
        status = Status(Readiness.ATTENTION, detail="misconfigured" if isinstance(defect, ValueError) else "defect")
    record_status(terminal, status, clock())
    if status.wants_closing:
        closing.demanded(terminal, clock())


def abort_orphan(operation_id: UUID) -> None:
    """Have a terminal stop waiting for a card because of ``operation_id``, for whose answer nobody listens any more.

    Only while it says that it is busy, because a stray abort can make a terminal unavailable (reference:
    ccv-interfaces.md 4.7), and never while it serves somebody else.
    """
    operation = Operation.objects.select_related("terminal").get(pk=operation_id)
    if operation.state != Operation.State.UNKNOWN or _is_serving(operation.terminal):
        return
    try:
        terminal = driver(operation.terminal)
        waits = Capability.ABORT in terminal.capabilities and terminal.status().readiness is Readiness.BUSY
    except Exception as defect:
        logger.error("%s: the driver failed at status with %s", operation, type(defect).__name__)
        return
    if waits:
        stop(terminal, operation)


def stop(terminal: PaymentTerminal, operation: Operation) -> None:
    """Ask ``terminal`` to end ``operation``. A wish: the answer still decides. Never raises."""
    if Capability.ABORT not in terminal.capabilities:
        return
    try:
        terminal.abort()
    except TerminalError as error:
        logger.warning("%s: abort did not arrive: %s", operation, error.reason)
    except Exception as defect:
        logger.error("%s: the driver failed at abort with %s", operation, type(defect).__name__)


def hint(terminal_id: int) -> None:
    """Have a driver of this process, if it is waiting for something to change at the terminal, look at once."""
    terminal = Terminal.objects.filter(pk=terminal_id).first()
    try:
        if terminal is not None:
            give_hint(driver(terminal))
    except ValueError:  # a record that no driver can be opened with
        return


def _take(terminal: Terminal, now: datetime) -> bool:
    return bool(Terminal.objects.filter(pk=terminal.pk, state_at=terminal.state_at).update(state_at=now))


def _is_serving(terminal: Terminal) -> bool:
    return Operation.objects.filter(terminal=terminal, state=Operation.State.IN_FLIGHT).exists()
