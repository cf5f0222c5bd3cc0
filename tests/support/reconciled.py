"""Comparisons and differences, written straight to the database: what the admin is asked to show."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hardware.models import Terminal
from payments.models import Authorisation, DayClosing, Difference, Operation, Reconciliation


def reconciliation(terminal: Terminal, now: datetime, state: str = "agrees", **more: Any) -> Reconciliation:
    """A comparison that ended at ``now``."""
    values: dict[str, Any] = {
        "source": Reconciliation.Source.TERMINAL,
        "origin": "10.0.0.5:8080/list",
        "since": now - timedelta(days=1),
        "until": now,
        "nightly": True,
        "created_at": now,
        "started_at": now,
        "finished_at": None if state in Reconciliation.OPEN else now,
        "totals": [
            {"kind": "capture", "currency": "EUR", "ours": 2, "theirs": 2, "our_minor": 2460, "their_minor": 2461}
        ],
    }
    return Reconciliation.objects.create(terminal=terminal, state=state, **values | more)


def difference(row: Authorisation, now: datetime, **more: Any) -> Difference:
    """One cent between our capture and theirs."""
    values: dict[str, Any] = {
        "source": Reconciliation.Source.TERMINAL,
        "what": "amount_differs",
        "matter": f"amount_differs:{row.pk}",
        "kind": Operation.Kind.CAPTURE,
        "at": now,
        "our_fate": "done",
        "our_minor": 1230,
        "our_currency": "EUR",
        "their_outcome": "approved",
        "their_minor": 1231,
        "their_currency": "EUR",
        "request_id": 42,
        "place": "line 7",
        "first_seen_at": now,
        "last_seen_at": now,
    }
    return Difference.objects.create(terminal=row.terminal, authorisation=row, **values | more)


def closing(terminal: Terminal, now: datetime, state: DayClosing.State, **fields: Any) -> DayClosing:
    """An end of day of a minute ago."""
    began = now - timedelta(minutes=1)
    ended = None if state in DayClosing.OPEN else now
    return DayClosing.objects.create(
        terminal=terminal, state=state, created_at=began, due_at=began, until=now, finished_at=ended, **fields
    )
