"""One product of real processes for each module of journeys, and a new driver for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.journeys.visitor import CONNECTOR, IDENTITY, PATIENCE, Visitor
from tests.support.processes import Product, product
from tests.support.waiting import eventually

#: What short waits cost a test: the site's patience is cut in the tests that need it, not here.
_FREE = "SELECT status FROM hardware_connector WHERE number = ? AND charge_point_id = 1"


@pytest.fixture(scope="module")
def site() -> Iterator[Product]:
    """Web, worker, beat, Valkey, terminal and charge points; their last words when a test fails are in the log."""
    with product() as running:
        yield running


@pytest.fixture
def visitor(site: Product) -> Visitor:
    """A driver who finds everything in order, and whose car is gone afterwards."""
    _tidy(site)
    return Visitor(site)


def _tidy(site: Product) -> None:
    """No fault armed, every process up, charge point online, no car, terminal ready, connector free."""
    if missing := [name for name in site.names if name not in site.pids]:
        site.start(*missing)
    requests.delete(f"{site.terminal}/sim/faults", timeout=PATIENCE)
    requests.post(f"{site.terminal}/sim/cancel", timeout=PATIENCE)
    requests.post(f"{site.chargers}/sim/chargers/{IDENTITY}/online", timeout=PATIENCE)
    requests.post(f"{site.chargers}/sim/cars/{IDENTITY}/{CONNECTOR}/unplug", timeout=PATIENCE)
    eventually(
        lambda: (
            not site.rows(
                "SELECT 1 FROM kiosk_session WHERE state IN"
                " ('authorising', 'authorised', 'starting', 'charging', 'stopping', 'settling')"
            )
        ),
        PATIENCE,
        "no session is open",
    )
    eventually(lambda: site.rows(_FREE, CONNECTOR) == [("Available",)], PATIENCE, "the connector is free")
    eventually(
        lambda: site.rows("SELECT state FROM hardware_terminal") == [("ready",)], PATIENCE, "the terminal is ready"
    )
