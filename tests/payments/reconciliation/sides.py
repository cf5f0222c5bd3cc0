"""The two sides of a comparison, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from moneyed import Money

from hardware.terminal.interface import Outcome, Verb
from hardware.terminal.statements import StatementLine
from payments.reconciliation.compare import Comparison, Entry, Fate, What, compare

SINCE = datetime(2026, 6, 9, 22, 0, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=1)
NOON = SINCE + timedelta(hours=12)


def euros(amount: str) -> Money:
    return Money(amount, "EUR")


def ours(kind: Verb, request_id: int | None, amount: str = "12.34", fate: Fate = Fate.DONE, **more: Any) -> Entry:
    values: dict[str, Any] = {
        "kind": kind,
        "fate": fate,
        "amount": euros(amount),
        "at": NOON,
        "authorisation": more.get("of", 1),
        "operation": UUID(int=request_id) if request_id else None,
        "request_id": request_id,
        "of": 1,
    }
    return Entry(**values | more)


def theirs(kind: Verb, request_id: int | None, amount: str = "12.34", **more: Any) -> StatementLine:
    values: dict[str, Any] = {
        "kind": kind,
        "outcome": Outcome.APPROVED,
        "amount": euros(amount),
        "at": NOON,
        "request_id": request_id,
        "of": None if kind is Verb.AUTHORISE else 1,
    }
    return StatementLine(**values | more)


def compared(entries: list[Entry], lines: list[StatementLine], **more: Any) -> Comparison:
    return compare(entries, lines, since=SINCE, until=UNTIL, **more)


def found(entries: list[Entry], lines: list[StatementLine], **more: Any) -> list[What]:
    return [each.what for each in compared(entries, lines, **more).findings]
