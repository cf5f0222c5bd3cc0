"""One product for each process of pytest, a new driver for each test, and the table in the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from operator import itemgetter
from time import monotonic

import pytest

from tests.fire import table
from tests.fire.driver import Driver
from tests.fire.table import Row
from tests.journeys.tidying import tidy
from tests.support.processes import Product, product

Tell = Callable[..., None]

#: A charge point that loses its power forgets that it waits for a plug; so long the driver gets to plug in.
PLUG_IN_S = 25

_began = monotonic()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write", action="store_true", help="write the table to docs/fire.md")


@pytest.fixture(scope="session")
def site() -> Iterator[Product]:
    """Web, worker, beat, Valkey, terminal and charge points."""
    with product() as running:
        Driver(running).change_site(plug_in_s=PLUG_IN_S)
        yield running


@pytest.fixture
def driver(site: Product) -> Driver:
    """Somebody who finds everything in order."""
    tidy(site)
    return Driver(site)


@pytest.fixture
def tell(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Tell:
    """Add a row to the table: step, accident, the driver, what the books said, and the seconds that recovery took."""
    place = request.session.items.index(request.node)

    def told(step: str, accident: str, driver: Driver | None, books: str, seconds: float | None = None) -> None:
        took = "" if seconds is None else f"{seconds:.1f}"
        row = Row(step, accident, " → ".join(driver.read) if driver else "", books, took)
        record_property(table.PROPERTY, json.dumps([place, asdict(row)]))

    return told


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table; write it too, if asked and nothing failed."""
    reports = terminalreporter.getreports("passed")
    told = [json.loads(str(text)) for each in reports for name, text in each.user_properties if name == table.PROPERTY]
    if not told:
        return
    rows = [Row(**row) for _, row in sorted(told, key=itemgetter(0))]
    terminalreporter.section("under fire")
    terminalreporter.write_line(table.plain(rows))
    if terminalreporter.config.getoption("--write"):
        if terminalreporter.getreports("failed") or terminalreporter.getreports("error"):
            terminalreporter.write_line("Not written: something failed.")
        else:
            table.write(rows, monotonic() - _began, datetime.now(UTC).date())
