"""Runs histories, one after the other, in this process."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import time_machine
from django.db import OperationalError

from faults import site
from faults.checks import Verdict
from faults.database import Database
from faults.plan import Plan
from faults.world import World
from kiosk.refusals import Refused
from payments.errors import NotInDoubt, RefundRefused
from payments.lifecycle import Forbidden

#: What the product may answer a person with, and what a disk that fails says.
_EXPECTED = (OperationalError, Refused, RefundRefused, NotInDoubt, Forbidden, ConnectionError)
#: A hold's last call is after a week at the most.
_PATIENCE_S = 10 * 86_400.0
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one history. ``story``: what happened when, in seconds since it began."""

    seed: int
    terminal: str
    verdict: Verdict
    struck: Counter[str]
    visited: Counter[str]
    decided: int
    digest: str
    story: Sequence[tuple[float, str]] = ()


class Simulation:
    """Its database is made once. Outside ``run`` nothing of the product or of time is touched.

    ``patience_s``: how long, after the faults are over, everything may take to come to its end.
    """

    def __init__(self, patience_s: float = _PATIENCE_S) -> None:
        self._database, self._patience_s = Database(), patience_s
        with self._database.in_use(), time_machine.travel(_BEGIN, tick=False):
            self._database.make(site.furnish)
        gc.collect()
        gc.freeze()  # what is loaded by now stays, and need not be looked at again and again
        gc.set_threshold(50_000)

    def run(self, plan: Plan, left_out: frozenset[int] = frozenset()) -> Result:
        """The history of ``plan``, without the parts that are left out."""
        with self._database.in_use(), time_machine.travel(_BEGIN, tick=False) as traveller:
            world = World(plan, self._database, traveller, left_out=left_out)
            try:
                world.live(self._patience_s)
                verdict = world.judge()
            except Exception as error:
                verdict = Verdict(wrong=[f"the simulation broke: {error!r}"])
        verdict.wrong += world.ears.defects
        verdict.wrong += [
            f"{name} failed with {error!r}"
            for name, error in world.scheduler.failures
            if not isinstance(error, _EXPECTED)
        ]
        verdict.wrong += [f"nobody heard of {error!r}" for error in world.loose]
        return Result(
            plan.seed,
            plan.terminal,
            verdict,
            world.orders.struck,
            world.coverage.visited,
            world.decided,
            world.digest,
            world.story,
        )
