"""A terminal whose simulator hands out its book."""

from __future__ import annotations

import pytest

from hardware.models import Terminal
from tests.hardware.terminal.conftest import QUICK
from tests.hardware.terminal.simulated import Simulator

LISTED = QUICK | {"paths": {"statement": "/sim/book"}}


@pytest.fixture
def terminal(db: None, simulator: Simulator) -> Terminal:
    """A terminal that can refund, recover and say what it did."""
    return Terminal.objects.create(name="IM30", url=f"payproxy+{simulator.url}", profile=LISTED, state="ready")
