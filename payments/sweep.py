"""Finds what a lost wake-up, a dead worker or a passed deadline left behind.

Every step looks at a partial index of what is open, so a sweep costs by what is open and not by what is finished.
Any number of sweeps may run at once: every change is a compare-and-set.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from hardware.terminal.interface import OutcomeUnknown
from payments import answers, authorisations, closing, journal, operations, terminals, tokens, wakeups
from payments.escalation import escalate
from payments.models import Operation

logger = logging.getLogger(__name__)

#: A wake-up that was sent a moment ago is not lost yet.
_FRESH = timedelta(seconds=1)


def sweep(now: datetime) -> None:
    """One round of everything; a step that fails does not keep the others from theirs."""
    steps: tuple[Callable[[datetime], object], ...] = (
        lapse_leases,
        dismiss_cardholders,
        escalate,
        closing.tick,
        wake_queued,
        wake_recovery,
        wake_polls,
        journal.seal,
    )
    for step in steps:
        try:
            step(now)
        except Exception:
            logger.exception("sweep step %s failed", step.__name__)


def lapse_leases(now: datetime) -> None:
    """A worker that stopped renewing its lease is dead: what it asked is in doubt.

    If it asked for a card, the terminal may still be waiting for one, for nobody: it is asked to stop. An approval
    that comes all the same is found by recovery.
    """
    lapsed = Operation.objects.filter(state=Operation.State.IN_FLIGHT, lease_until__lt=now)
    for operation_id in lapsed.values_list("pk", flat=True):
        with transaction.atomic():
            operation = operations.locked(operation_id)
            if operation.lease_until is None or operation.lease_until >= now:
                continue  # alive after all
            logger.error("%s: its worker is gone", operation)
            answers.record(operation_id, OutcomeUnknown("its worker is gone", reason="worker_lost"), now)
            if operation.kind in Operation.AT_THE_TERMINAL:
                wakeups.after_commit("payments.abort", str(operation_id))


def dismiss_cardholders(now: datetime) -> None:
    """A cardholder whose turn never came has left: the terminal must not ask an empty place for a card."""
    gone = Operation.objects.select_related("authorisation").filter(
        state=Operation.State.QUEUED,
        kind__in=Operation.AT_THE_TERMINAL,
        created_at__lt=now - operations.PATIENCE,
    )
    for operation in gone:
        if operation.authorisation is not None:
            authorisations.cancel(operation.authorisation, now, "not_served")
        else:
            tokens.cancel_token_read(operation, now, "not_served")


def wake_queued(now: datetime) -> None:
    """Whatever is due and whose terminal is free."""
    free = operations.claimable(now - _FRESH).filter(~operations.in_flight_there())
    for operation in free.select_related("terminal"):
        if not operations.is_blocked(operation.terminal):
            wakeups.wake(operation)


def wake_recovery(now: datetime) -> None:
    """Operations in doubt whose terminal is to be asked."""
    due = Operation.objects.filter(
        Q(recovery_at__lte=now), ~operations.in_flight_there(), state=Operation.State.UNKNOWN
    )
    for operation_id in due.values_list("pk", flat=True):
        wakeups.after_commit("payments.recover", str(operation_id))


def wake_polls(now: datetime) -> None:
    """Terminals to be asked how they are."""
    for terminal_id in terminals.due_for_poll(now).values_list("pk", flat=True):
        wakeups.after_commit("payments.poll_terminal", terminal_id)
