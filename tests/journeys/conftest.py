"""One product of real processes for each module of journeys, and a new driver for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.tidying import tidy
from tests.journeys.visitor import Visitor
from tests.support.processes import Product, product


@pytest.fixture(scope="module")
def site() -> Iterator[Product]:
    """Web, worker, beat, Valkey, terminal and charge points, shared by the tests of a module."""
    with product() as running:
        yield running


@pytest.fixture
def visitor(site: Product) -> Visitor:
    """A driver who finds everything in order."""
    tidy(site)
    return Visitor(site)
