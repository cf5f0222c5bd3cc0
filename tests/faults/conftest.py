"""A simulation for all tests, and the shortest history: one driver, at the first terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from faults.orders import Order
from faults.parts import Part, Visit
from faults.plan import Plan
from faults.simulation import Result, Simulation

VISIT = Visit(
    at=1.0, till="till-1", connector=0, hold_minor=4000, card="visa-1", pays="tap", taps_after=3.0,
    plugs="early", plugs_after=0.0, soc=10, stays=300.0, ends="unplug",
)  # fmt: skip


@pytest.fixture(scope="session")
def simulation(django_db_blocker: Any) -> Iterator[Simulation]:
    """It has a database of its own and leaves the tests' alone."""
    with django_db_blocker.unblock():
        yield Simulation(patience_s=3 * 3600.0)


@pytest.fixture
def history(simulation: Simulation) -> Callable[..., Result]:
    """A history of these parts."""
    return lambda *parts: simulation.run(plan(*parts))


def plan(*parts: Part, terminal: str = "payproxy") -> Plan:
    """The plan of these parts, with terminals that are connected so."""
    return Plan(seed=1, begins=(123, 0), interleaving=0.0, parts=parts, terminal=terminal)


def lose(kind: str, target: str) -> Order:
    """A fault on the line to the terminal."""
    return Order(kind, "line", target=target)
