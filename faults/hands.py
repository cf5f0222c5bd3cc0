"""What each process does with the seeds that it is dealt."""

from __future__ import annotations

from dataclasses import replace

from faults import environment

environment.apply()  # before anything reads the settings

import django

django.setup()

from faults import plan
from faults.simulation import Result, Simulation

_simulations: list[Simulation] = []


def run(history: tuple[int, str]) -> Result:
    """The history of a seed, with terminals that are connected so; only one that failed keeps its story."""
    result = simulation().run(plan.make(*history))
    return result if result.verdict.failed else replace(result, story=())


def simulation() -> Simulation:
    """The simulation of this process, made when it is first asked for."""
    if not _simulations:
        _simulations.append(Simulation())
    return _simulations[0]
