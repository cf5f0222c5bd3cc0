"""The recovery sweep: what a round costs with a thousand open authorisations, and with a million finished ones beside.

Runs inside the product's Django, on the database that DATABASE_URL names (bench.databases).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from time import perf_counter

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from bench.filling import TAKEN, answered, captured, held, multiply, terminals
from hardware.models import Terminal
from hardware.terminal.interface import OutcomeUnknown, Reason
from payments import authorisations
from payments.journal.sealing import EVERY
from payments.lifecycle import State
from payments.models import Authorisation, Operation
from payments.sweep import sweep

_TERMINALS = 100
#: Ids of what is open, and of what is finished. Their request ids are ten times as high: no clock gives those.
_OPEN_FROM, _FINISHED_FROM = 1_000_000, 90_000_000
_WARM_UP, _ROUNDS = 3, 20
_LONG = timedelta(days=1000)


def make_open() -> int:
    """A fleet of terminals, and authorisations in every state that the sweep looks for. How many there are."""
    now = timezone.now()
    fleet = terminals(_TERMINALS, now)
    captured(fleet[0], now)  # make_finished multiplies it: later the terminals have something else to do first
    mix = {_due: 50, _later: 200, _doubtful: 50, _with_a_person: 100, held: 500, _near: 100}
    ones = [(make(terminal, now), count) for terminal, (make, count) in zip(fleet, mix.items(), strict=False)]
    first = _OPEN_FROM
    for authorisation, count in ones:
        multiply(authorisation, count - 1, fleet, first)
        first += count
    return sum(mix.values())


def make_finished(count: int) -> None:
    """So many finished ones, all but one copied.

    PostgreSQL's triggers (ours and those of foreign keys) would take several minutes for that, so there they are off;
    the rows are copies of rows that they have seen.
    """
    one, fleet = Authorisation.objects.get(state=State.CAPTURED), list(Terminal.objects.order_by("pk"))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        multiply(one, count - 1, fleet, _FINISHED_FROM)
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")  # as autovacuum does, sooner or later


def rounds() -> list[float]:
    """Seconds of rounds of the sweep. The first ones, which write what has to be written once, do not count."""
    now = timezone.now() + timedelta(minutes=1)
    seconds = []
    for _ in range(_WARM_UP + _ROUNDS):
        now += EVERY + timedelta(minutes=1)  # in each round the journal looks for what is to be sealed
        started = perf_counter()
        sweep(now)
        seconds.append(perf_counter() - started)
    return seconds[_WARM_UP:]


def _due(terminal: Terminal, now: datetime) -> Authorisation:
    """To be captured, now."""
    authorisation = held(terminal, now)
    authorisations.capture(authorisation, amount=TAKEN, reason=Reason.NORMAL_END, now=now)
    return authorisation


def _later(terminal: Terminal, now: datetime) -> Authorisation:
    """To be captured, but later."""
    authorisation = _due(terminal, now)
    _capture_of(authorisation).update(due_at=now + _LONG)
    return authorisation


def _doubtful(terminal: Terminal, now: datetime) -> Authorisation:
    """A capture in doubt; the terminal is to be asked about it."""
    authorisation = _due(terminal, now)
    answered(_capture_of(authorisation).get(), now, OutcomeUnknown("the answer was lost", reason="lost"))
    return authorisation


def _with_a_person(terminal: Terminal, now: datetime) -> Authorisation:
    """A capture in doubt; the terminal could not tell."""
    authorisation = _doubtful(terminal, now)
    _capture_of(authorisation).update(recovery_at=None)
    return authorisation


def _near(terminal: Terminal, now: datetime) -> Authorisation:
    """Held, and its deadline is near, but not so near that one of the rounds would bring it forward once more."""
    authorisation = held(terminal, now)
    Authorisation.objects.filter(pk=authorisation.pk).update(deadline_at=now + timedelta(hours=20))
    return authorisation


def _capture_of(authorisation: Authorisation) -> QuerySet[Operation]:
    return authorisation.operations.filter(kind=Operation.Kind.CAPTURE)
