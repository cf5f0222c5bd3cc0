"""A real simulator on a free port, and the real driver pointed at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hardware.terminal.interface import PaymentTerminal
from hardware.terminal.registry import open_terminal
from tests.hardware.terminal.simulated import Simulator

QUICK: dict[str, object] = {
    "refund": True,
    "recover": True,
    "connect_timeout": 5.0,
    "read_timeouts": dict.fromkeys(("authorise", "token", "capture", "release", "refund", "recover"), 20.0),
}


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    started = Simulator(tmp_path / "im30")
    yield started
    started.stop()


@pytest.fixture
def open_driver(simulator: Simulator) -> Iterator[Callable[..., PaymentTerminal]]:
    """A factory of drivers for the simulator; keyword arguments override the quick profile."""
    opened: list[PaymentTerminal] = []

    def build(**profile: object) -> PaymentTerminal:
        opened.append(open_terminal(f"payproxy+{simulator.url}", QUICK | profile))
        return opened[-1]

    yield build
    for terminal in opened:
        terminal.close()


@pytest.fixture
def terminal(open_driver: Callable[..., PaymentTerminal]) -> PaymentTerminal:
    return open_driver()


@pytest.fixture
def background() -> Iterator[Callable[..., Future[Any]]]:
    """Run a blocking verb beside the test."""
    with ThreadPoolExecutor() as pool:
        yield pool.submit
