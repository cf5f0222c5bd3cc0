"""A virtual cloud for a module, and the driver for a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hardware.terminal.interface import PaymentTerminal
from hardware.terminal.registry import open_terminal
from tests.hardware.terminal.ccv.cloud import PROFILE, started, url
from tests.hardware.terminal.simulated import Simulator


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with started(tmp_path_factory.mktemp("ccv")) as simulator:
        yield simulator


@pytest.fixture
def terminal(simulator: Simulator) -> Iterator[PaymentTerminal]:
    opened = open_terminal(url(simulator), PROFILE)
    yield opened
    opened.close()
