"""One product of real processes for all journeys, and a new driver for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.tidying import tidy
from tests.journeys.visitor import Visitor
from tests.support.processes import Product, product


@pytest.fixture(scope="package")
def site() -> Iterator[Product]:
    """Web, worker, beat, Valkey, terminal and charge points, started once; ``visitor`` mends what a test broke."""
    with product() as running:
        yield running


@pytest.fixture
def visitor(site: Product) -> Visitor:
    """A driver who finds everything in order."""
    tidy(site)
    return Visitor(site)
