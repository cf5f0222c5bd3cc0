"""A comparison as a worker makes it, and ways to tamper with both sides."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from payments.guards import GUARDS
from payments.models import Difference, Reconciliation
from payments.reconciliation import runs
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import CashDesk


def reconcile(desk: CashDesk, since: datetime | None = None) -> Reconciliation:
    """Compare the last day, as the worker does."""
    now = desk.clock.forward(seconds=30)
    run = runs.request(desk.terminal, since or now - timedelta(days=1), now + timedelta(minutes=5), now)
    runs.perform(run.pk, desk.clock)
    run.refresh_from_db()
    return run


def book(simulator: Simulator, sql: str, *values: Any) -> None:
    """Tamper with the bank's book."""
    with closing(sqlite3.connect(simulator.settings.data / "book.sqlite3")) as database, database:
        database.execute(sql, values)


def with_the_owners_rights(guard: str) -> None:
    """Take away what keeps our own books from being tampered with; the end of the test puts it back."""
    for statement in next(each for each in GUARDS if each.name == guard).drop(connection.vendor):
        with connection.cursor() as cursor:
            cursor.execute(statement)


def open_differences() -> list[str]:
    return sorted(Difference.objects.filter(resolved_at=None).values_list("what", flat=True))
