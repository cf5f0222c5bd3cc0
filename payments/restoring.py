"""After the database came out of a backup: what has happened since then is found out, and nothing is done twice.

A backup is older than the world. What waited to be sent when it was made has been sent since, and what our books show
as held may be captured or released by now. So, before any process starts:

* what waited or was under way is in doubt, as if its answer had been lost;
* a capture or release that the terminal's list tells of, and our books do not, is written down under its own request id
  and in doubt. Its hold is thereby no longer one that could be settled a second time.

From there it is the ordinary recovery: the terminal is asked, and only an answer that fits is believed. What is only on
the list (a hold or a refund of which we know nothing) is for a person: reconciliation shows it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from hardware.models import Terminal
from hardware.terminal.interface import OutcomeUnknown, Reason, Verb
from hardware.terminal.statements import StatementLine
from payments import answers, authorisations, operations
from payments.lifecycle import Event, State
from payments.models import Authorisation, Operation
from payments.money import to_minor
from payments.sweep import lapse_leases

logger = logging.getLogger(__name__)

Kind = Operation.Kind

_SETTLEMENTS = {
    Verb.CAPTURE: (Kind.CAPTURE, Event.CAPTURE, Reason.NORMAL_END),
    Verb.RELEASE: (Kind.RELEASE, Event.RELEASE, Reason.NOT_STARTED),
}


def doubt_what_waited(now: datetime) -> list[Operation]:
    """Whatever was not finished when the backup was made is in doubt now. No process of ours may run."""
    lapse_leases(now + operations.LEASE)
    waiting = list(Operation.objects.filter(state=Operation.State.QUEUED))
    for operation in waiting:
        _doubt(operation, now)
    return waiting


def remember(terminal: Terminal, lines: Iterable[StatementLine], now: datetime) -> list[Operation]:
    """Write down, in doubt, what ``lines`` tell of holds that our books take for open. Twice does nothing."""
    return [made for line in lines if line.approved and (made := _remember(terminal, line, now)) is not None]


def _remember(terminal: Terminal, line: StatementLine, now: datetime) -> Operation | None:
    if line.kind not in _SETTLEMENTS or line.request_id is None or line.of is None:
        return None
    if Operation.objects.filter(terminal=terminal, request_id=line.request_id).exists():
        return None
    asked = Operation.objects.filter(terminal=terminal, request_id=line.of, kind=Kind.AUTHORISE)
    authorisation = Authorisation.objects.filter(operations__in=asked, state=State.AUTHORISED).first()
    if authorisation is None:
        return None
    kind, event, reason = _SETTLEMENTS[line.kind]
    with transaction.atomic():
        if not authorisations.advance(authorisation, event, now):
            return None
        operation = operations.enqueue(
            kind,
            terminal,
            line.at,
            authorisation=authorisation,
            amount_minor=to_minor(line.amount) if kind == Kind.CAPTURE else 0,
            currency=authorisation.currency,
            reason=reason,
            due_at=line.at,
            request_id=line.request_id,
        )
        _doubt(operation, now)
    return operation


def _doubt(operation: Operation, now: datetime) -> None:
    with transaction.atomic():
        if operations.presume_asked(operation, now):
            unknown = OutcomeUnknown("it may have been asked after the backup was made", reason="restored")
            answers.record(operation.pk, unknown, now)
            logger.warning("%s may have been asked after the backup was made", operation)
