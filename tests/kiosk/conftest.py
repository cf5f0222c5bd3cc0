"""A place where drivers charge, with time standing still."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import time_machine

from tests.kiosk.place import START, Place


@pytest.fixture
def place(db: None) -> Iterator[Place]:
    with time_machine.travel(START, tick=False) as traveller:
        yield Place(traveller)


@pytest.fixture
def no_failures(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that is only logged went wrong meanwhile."""
    with caplog.at_level(logging.ERROR):
        yield
    assert [entry.getMessage() for entry in caplog.records if entry.exc_info] == []
