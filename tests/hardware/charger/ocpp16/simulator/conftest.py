"""Simulated charge points that reach nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hardware.charger.ocpp16.simulator.main import Wanted
from tests.hardware.charger.conftest import KEY
from tests.hardware.charger.simulated import Simulator, simulated

NOWHERE = "ws://127.0.0.1:1/ocpp"


@pytest.fixture
def alone() -> Iterator[Simulator]:
    """Two charge points without a central system."""
    with simulated(NOWHERE, [Wanted("CP001", 2, KEY), Wanted("CP002", 1, KEY, 50_000)]) as simulator:
        yield simulator
