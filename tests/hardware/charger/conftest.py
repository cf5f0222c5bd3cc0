"""Charge points on record and a real central system for them to dial in to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from hardware.chargers import set_key
from hardware.models import ChargePoint, Connector
from tests.hardware.charger.central import Wire, central_system, dialled
from tests.support.waiting import eventually

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def charge_point(transactional_db: None) -> ChargePoint:
    """A charge point with two connectors and the key KEY."""
    record = ChargePoint.objects.create(name="Bay", identity="CP001", sample_interval_s=10)
    set_key(record, KEY)
    for number in (1, 2):
        Connector.objects.create(charge_point=record, number=number, label=str(number))
    return record


@pytest.fixture(scope="session")
def central(valkey: object) -> Iterator[str]:
    """The URL of the central system, one for the whole session."""
    with central_system() as url:
        yield url


@pytest.fixture
def dial(central: str, charge_point: ChargePoint) -> Iterator[Callable[[], Wire]]:
    """Connect as the charge point, as often as wanted; every socket is closed in the end."""
    with ExitStack() as sockets:
        yield lambda: sockets.enter_context(dialled(central, charge_point.identity, KEY))
    eventually(lambda: not ChargePoint.objects.exclude(connection="").exists())


@pytest.fixture
def connector(charge_point: ChargePoint) -> Connector:
    """Its first connector."""
    return charge_point.connectors.get(number=1)
