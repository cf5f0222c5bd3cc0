"""The Celery tasks: each takes an id, and does nothing that its row does not ask for. Doubled or late ones are harmless."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from payments import attending, recovery, terminals
from payments.execution import execute
from payments.reconciliation import runs, schedule
from payments.sweep import sweep as sweep_once


@shared_task(name="payments.authorise")
def authorise(operation_id: str) -> None:
    execute(UUID(operation_id))


@shared_task(name="payments.read_token")
def read_token(operation_id: str) -> None:
    execute(UUID(operation_id))


@shared_task(name="payments.capture")
def capture(operation_id: str) -> None:
    execute(UUID(operation_id))


@shared_task(name="payments.release")
def release(operation_id: str) -> None:
    execute(UUID(operation_id))


@shared_task(name="payments.refund")
def refund(operation_id: str) -> None:
    execute(UUID(operation_id))


@shared_task(name="payments.end_of_day")
def end_of_day(operation_id: str) -> None:
    execute(UUID(operation_id))


@shared_task(name="payments.recover")
def recover(operation_id: str) -> None:
    recovery.recover(UUID(operation_id))


@shared_task(name="payments.abort")
def abort(operation_id: str) -> None:
    attending.hear(UUID(operation_id))
    terminals.abort_orphan(UUID(operation_id))


@shared_task(name="payments.hint")
def hint(terminal_id: int) -> None:
    terminals.hint(terminal_id)


@shared_task(name="payments.poll_terminal")
def poll_terminal(terminal_id: int) -> None:
    terminals.poll(terminal_id)


@shared_task(name="payments.sweep")
def sweep() -> None:
    sweep_once(timezone.now())


@shared_task(name="payments.reconcile")
def reconcile() -> None:
    schedule.tick(timezone.now())


@shared_task(name="payments.reconcile_with")
def reconcile_with(run_id: int) -> None:
    runs.perform(run_id)
