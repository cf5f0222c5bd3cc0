"""Durable money operations: how long intent, claim and recorded answer take, beside the same rows by bare SQL.

Runs inside the product's Django, on the database that DATABASE_URL names (bench.databases).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from time import perf_counter
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.bare import Bare
from bench.durable import Kind
from bench.filling import HELD, TAKEN, approval, terminals
from hardware.models import Terminal
from hardware.terminal.interface import Reason
from payments import answers, authorisations, operations, refunds
from payments.models import Authorisation

#: Visits before the first that counts: connections open, caches warm, rows to copy.
_WARM_UP = 20
_BOUNDARY = ("BEGIN", "COMMIT")
_WRITES = re.compile(r'(?:INSERT INTO|UPDATE) "(\w+)"')

#: Runs a step of an operation of that kind, and may note how long it took, or what it asked of the database.
Observer = Callable[[str, Callable[[], object]], None]


def measure(visits: int) -> list[dict[str, Any]]:
    """So many visits, each with an authorisation, a capture and a refund, and after each the same rows by bare SQL."""
    [terminal] = terminals(1, timezone.now())
    times, bare_times = _Times(), _Times()
    for _ in range(_WARM_UP):
        _visit(terminal, _Times())
    counted, bare = Counts(), Bare()
    _visit(terminal, counted)
    for kind in counted.kinds:
        bare.prepare(counted.commits(kind))
        bare.write(counted.commits(kind))
    for _ in range(visits):
        _visit(terminal, times)
        for kind in counted.kinds:
            bare_times(kind, partial(bare.write, counted.commits(kind)))
    bare.close()
    return [asdict(counted.kind(name, times, bare_times)) for name in counted.kinds]


def _visit(terminal: Terminal, observed: Observer) -> None:
    now = timezone.now()
    observed("authorise", partial(authorisations.authorise, terminal=terminal, amount=HELD, language="en", now=now))
    hold = _carry_out("authorise", observed)
    observed("capture", partial(authorisations.capture, hold, amount=TAKEN, reason=Reason.NORMAL_END, now=now))
    paid = _carry_out("capture", observed)
    given: dict[str, Any] = {
        "amount": TAKEN,
        "quoted_refundable": TAKEN,
        "reason": "measured",
        "user": None,
        "refund_id": uuid4(),
    }
    observed("refund", partial(refunds.refund, authorisation=paid, now=now, **given))
    _carry_out("refund", observed)


def _carry_out(kind: str, observed: Observer) -> Authorisation:
    """Claim and answer the newest operation, which is of that kind. What it is about, as it is then."""
    now, authorisation = timezone.now(), Authorisation.objects.latest("pk")
    operation = authorisation.operations.get(kind=kind)
    observed(kind, partial(operations.claim, operation.pk, now))
    observed(kind, partial(answers.record, operation.pk, approval(operation, now), now))
    authorisation.refresh_from_db()
    return authorisation


class _Times(dict[str, list[float]]):
    """Seconds of each step, by kind."""

    def __call__(self, kind: str, step: Callable[[], object]) -> None:
        started = perf_counter()
        step()
        self.setdefault(kind, []).append(perf_counter() - started)


class Counts:
    """What each step of one visit asked of the database."""

    def __init__(self, asked: dict[str, list[str]] | None = None) -> None:
        self._asked = asked or {}

    def __call__(self, kind: str, step: Callable[[], object]) -> None:
        with CaptureQueriesContext(connection) as queries:
            step()
        self._asked.setdefault(kind, []).extend(query["sql"] for query in queries.captured_queries)

    @property
    def kinds(self) -> list[str]:
        return list(self._asked)

    def commits(self, kind: str) -> list[list[str]]:
        """The tables that each commit wrote to."""
        commits: list[list[str]] = [[]]
        for sql in self._asked[kind]:
            if found := _WRITES.match(sql):
                commits[-1].append(found[1])
            elif sql == "COMMIT":
                commits.append([])
        return [tables for tables in commits if tables]

    def kind(self, name: str, times: _Times, bare: _Times) -> Kind:
        """Everything about one kind."""
        steps = times[name]
        commits = self.commits(name)
        return Kind(
            name=name,
            steps=(steps[0::3], steps[1::3], steps[2::3]),
            bare=bare[name],
            statements=sum(not sql.startswith(_BOUNDARY) for sql in self._asked[name]),
            commits=len(commits),
            rows=sum(map(len, commits)),
        )
