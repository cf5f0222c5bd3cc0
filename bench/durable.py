"""Durable money on both databases: operations, the recovery sweep, and the check of the journal.

What measures runs in processes of its own and tells its result as JSON; here they are started and read.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from bench.databases import DATABASES, Environment, started, told
from bench.figures import Times


@dataclass(frozen=True)
class Kind:
    """One kind of money operation. Times in seconds; ``bare`` is for the same rows by bare SQL.

    ``steps`` has the times of intent, claim and answer; ``statements``, ``commits`` and ``rows`` (inserted or updated)
    are those of one operation.
    """

    name: str
    steps: tuple[Sequence[float], Sequence[float], Sequence[float]]
    bare: Sequence[float]
    statements: int
    commits: int
    rows: int

    @property
    def times(self) -> Times:
        """What whole operations took."""
        return Times([sum(each) for each in zip(*self.steps, strict=True)])


@dataclass(frozen=True)
class Sweep:
    """Rounds of the sweep, in seconds: with what is open alone, and with what is finished beside it."""

    open: int
    finished: int
    alone: Sequence[float]
    beside: Sequence[float]


@dataclass(frozen=True)
class Verifying:
    """``verify_journal``: seconds for so many entries, beside reading the same rows and hashing the same bytes."""

    entries: int
    seconds: float
    bound: float


@dataclass(frozen=True)
class Durable:
    """Everything of one database; what was not asked for is empty."""

    database: str
    money: Sequence[Kind] = ()
    sweep: Sweep | None = None
    journal: Verifying | None = None


@dataclass(frozen=True)
class Amounts:
    """How much is measured."""

    visits: int = 200
    finished: int = 1_000_000
    entries: int = 200_000


#: Two databases each: one for operations and their journal, one for the sweep.
_Places = Mapping[str, tuple[Environment, Environment]]


def measure(wanted: Collection[str], amounts: Amounts) -> list[Durable]:
    """Those of ``money``, ``sweep`` and ``journal`` that are wanted, on each database."""
    if not set(wanted) & {"money", "sweep", "journal"}:
        return []
    with ExitStack() as stack:
        places = {name: stack.enter_context(database()) for name, database in DATABASES.items()}
        results = {name: Durable(name) for name in places}
        if "money" in wanted:
            for name, (place, _) in places.items():
                kinds = told(started(place, f"bench.money.measure({amounts.visits})"))
                results[name] = replace(results[name], money=[Kind(**kind) for kind in kinds])
                _say(f"money operations on {name}: done")
        if "sweep" in wanted:
            for name, sweep in _sweeps(places, amounts.finished).items():
                results[name] = replace(results[name], sweep=sweep)
        if "journal" in wanted:
            _at_once({name: (place, f"bench.verifying.fill({amounts.entries})") for name, (place, _) in places.items()})
            for name, (place, _) in places.items():
                verifying = Verifying(**told(started(place, "bench.verifying.measure()")))
                results[name] = replace(results[name], journal=verifying)
                _say(f"journal on {name}: checked")
    return list(results.values())


def _sweeps(places: _Places, finished: int) -> dict[str, Sweep]:
    ours = {name: place for name, (_, place) in places.items()}
    opened = {name: told(started(place, "bench.sweeping.make_open()")) for name, place in ours.items()}
    alone = {name: told(started(place, "bench.sweeping.rounds()")) for name, place in ours.items()}
    _say("sweep with what is open alone: done")
    _at_once({name: (place, f"bench.sweeping.make_finished({finished})") for name, place in ours.items()})
    beside = {name: told(started(place, "bench.sweeping.rounds()")) for name, place in ours.items()}
    _say(f"sweep beside {finished:,} finished: done")
    return {name: Sweep(opened[name], finished, alone[name], beside[name]) for name in ours}


def _at_once(calls: Mapping[str, tuple[Environment, str]]) -> None:
    """What is not measured need not wait for its turn."""
    for process in [started(*call) for call in calls.values()]:
        told(process)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
