"""What each process of the pool does with the seeds that it is dealt."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from faults import environment

environment.apply()  # before anything reads the settings

import django

django.setup()

from faults.simulation import Result, Simulation, opened

_opened = ExitStack()
_simulations: list[Simulation] = []


def run(seed: int) -> Result:
    """The history of ``seed``; only one that failed keeps its story."""
    result = simulation().run(seed)
    return result if result.verdict.failed else replace(result, story=())


def simulation() -> Simulation:
    """The simulation of this process, made when it is first asked for."""
    if not _simulations:
        _simulations.append(_opened.enter_context(opened()))
    return _simulations[0]
