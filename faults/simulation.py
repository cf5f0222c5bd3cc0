"""Runs histories, one after the other, in this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import time_machine
from django.db import DatabaseError

from faults import checks, plan, site
from faults.checks import Verdict
from faults.database import Database
from faults.world import World
from kiosk.refusals import Refused
from payments.errors import NotInDoubt, RefundRefused
from payments.lifecycle import Forbidden

#: What the product may answer a person with, or a disk that fails.
_EXPECTED = (DatabaseError, Refused, RefundRefused, NotInDoubt, Forbidden, ConnectionError)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one history. ``story``: what happened when, in seconds since it began."""

    seed: int
    verdict: Verdict
    struck: Counter[str]
    visited: Counter[str]
    decided: int
    digest: str
    story: Sequence[tuple[float, str]] = ()


class Simulation:
    """The place of many histories. Use ``opened``."""

    def __init__(self, database: Database, traveller: time_machine.Traveller) -> None:
        self._database, self._traveller = database, traveller

    def run(self, seed: int, left_out: frozenset[int] = frozenset()) -> Result:
        """The history of ``seed``, without the parts that are left out."""
        world = World(plan.make(seed), self._database, self._traveller, left_out=left_out)
        try:
            world.live()
        except Exception as error:
            world.ears.defects.append(f"the simulation broke: {error!r}")
        said = [*world.ears.heard, *world.box.said]
        verdict = checks.check({name: till.book for name, till in world.tills.items()}, said)
        verdict.wrong += world.ears.defects
        verdict.wrong += [
            f"{name} failed with {error!r}"
            for name, error in world.scheduler.failures
            if not isinstance(error, _EXPECTED)
        ]
        return Result(
            seed, verdict, world.orders.struck, world.coverage.visited, world.decided, world.digest, world.story
        )


@contextmanager
def opened() -> Iterator[Simulation]:
    """A simulation with a database of its own, for the length of the block. Time stands still outside histories."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    database = Database()
    with database.in_use(), time_machine.travel(begin, tick=False) as traveller:
        database.make(lambda: site.furnish(begin))
        yield Simulation(database, traveller)
