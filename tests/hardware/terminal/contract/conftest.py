"""For each protocol: its simulator, its driver, and a rig of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.terminal.interface import PaymentTerminal
from hardware.terminal.registry import open_terminal
from tests.hardware.terminal.contract.protocols import PROTOCOLS, Place, Terminal
from tests.hardware.terminal.contract.rig import Rig
from tests.hardware.terminal.simulated import Simulator


@pytest.fixture(params=PROTOCOLS, ids=lambda each: each.name)
def protocol(request: pytest.FixtureRequest) -> Terminal:
    found: Terminal = request.param
    return found


@pytest.fixture
def place(protocol: Terminal) -> Place:
    return protocol.place()


@pytest.fixture
def simulator(place: Place, tmp_path: Path) -> Iterator[Simulator]:
    started = Simulator(tmp_path / "terminal", place.wire)
    yield started
    started.stop()


@pytest.fixture
def open_driver(protocol: Terminal, place: Place, simulator: Simulator) -> Iterator[Callable[..., PaymentTerminal]]:
    """A factory of drivers for the simulator; ``impatient``: with short timeouts."""
    opened: list[PaymentTerminal] = []

    def build(*, impatient: bool = False, **more: Any) -> PaymentTerminal:
        profile = {**place.profile, **(protocol.impatient if impatient else {})}
        opened.append(open_terminal(place.url(simulator), profile, **more))
        return opened[-1]

    yield build
    for terminal in opened:
        terminal.close()


@pytest.fixture
def rig(simulator: Simulator, open_driver: Callable[..., PaymentTerminal]) -> Rig:
    return Rig(simulator, open_driver)
