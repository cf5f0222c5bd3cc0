"""Texts, second thoughts, ends of day and restarts over every wire: real drivers, real simulators, nobody woken."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from pathlib import Path

import pytest
from django.db import connection

from hardware import terminals
from hardware.models import Terminal
from payments import attending, authorisations, closing, recovery
from payments.models import Authorisation, DayClosing, Operation
from tests.hardware.terminal.contract import protocols
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import TWELVE, CashDesk
from tests.payments.clock import Clock
from tests.support.waiting import eventually


class Counter:
    """A terminal of one protocol, its simulator, and a desk that has it asked."""

    def __init__(self, protocol: protocols.Terminal, data: Path) -> None:
        place = protocol.place()
        self.simulator = Simulator(data, place.wire)
        url, profile = place.url(self.simulator), dict(place.profile)
        self.terminal = Terminal.objects.create(name=protocol.name, url=url, profile=profile, state="ready")
        self.desk = CashDesk(self.terminal, Clock())

    def restart(self) -> None:
        """Our process begins anew: its driver knows nothing."""
        terminals.driver(self.terminal).close()
        terminals._open.clear()

    def close(self) -> None:
        self.restart()
        self.simulator.stop()


@pytest.fixture
def counter(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Counter]:
    opened = Counter(request.param, tmp_path)
    yield opened
    opened.close()


everywhere = pytest.mark.parametrize("counter", protocols.PROTOCOLS, ids=lambda each: each.name, indirect=True)
over_zvt = pytest.mark.parametrize(
    "counter", [each for each in protocols.PROTOCOLS if each.name == "zvt+tcp"], ids=["zvt+tcp"], indirect=True
)


@everywhere
@pytest.mark.django_db(transaction=True)
def test_a_driver_reads_the_terminal_on_the_screen_and_can_change_their_mind(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attending, "PAUSE", 0.05)
    authorisation = counter.desk.ask()

    def run() -> None:
        try:
            counter.desk.run(authorisation)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(run)
        counter.simulator.wait_for("card")
        said = eventually(lambda: Operation.objects.get().terminal_text)
        assert said.isprintable()
        authorisations.cancel(authorisation, counter.desk.clock())
        done.result(20)
    operation = Operation.objects.get()
    assert (operation.outcome, operation.terminal_text, operation.abort_wanted) == ("aborted", "", False)
    assert Authorisation.objects.get().state == "failed"
    assert not [each for each in counter.simulator.book() if each["outcome"] == "approved"]


@over_zvt
@pytest.mark.django_db
def test_the_totals_of_a_closed_day_are_those_of_our_books(counter: Counter) -> None:
    desk, simulator = counter.desk, counter.simulator
    Terminal.objects.update(close_at=time(3))
    counter.terminal.refresh_from_db()
    for expected in (None, TWELVE):
        desk.clock.now = closing.next_closing(counter.terminal, desk.clock()) or desk.clock()
        closing.tick(desk.clock())
        desk.run(Operation.objects.filter(kind="end_of_day").latest("created_at"))
        row = DayClosing.objects.latest("created_at")
        assert (row.state, row.our_total, row.differs) == ("done", expected, False)
        desk.clock.forward(hours=1)
        held = desk.hold(simulator)
        assert closing.obstacle(counter.terminal) == "holds_open"
        desk.capture(held)
        desk.run(held)
    assert (row.their_total, row.their_count, row.our_count) == (TWELVE, 1, 1)


@over_zvt
@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["authorise", "capture"])
def test_what_was_done_before_a_restart_is_found_without_an_echo(counter: Counter, kind: str) -> None:
    """The answer is lost and the driver with it; our books know enough to tell the last transaction from others."""
    desk, simulator = counter.desk, counter.simulator
    Terminal.objects.update(profile=dict(counter.terminal.profile) | {"reference": False})
    counter.terminal.refresh_from_db()
    other = desk.hold(simulator, card="visa-2")
    authorisation = desk.ask() if kind == "authorise" else desk.hold(simulator)
    simulator.fault(kind, "lost_answer")
    if kind == "capture":
        desk.capture(authorisation)
    else:
        simulator.card()
    operation = desk.run(authorisation)
    assert (operation.state, authorisation.state) == ("unknown", "in_doubt")
    counter.restart()
    operation.terminal.refresh_from_db()
    desk.clock.now = (operation.finished_at or desk.clock()) + timedelta(seconds=10)
    recovery.recover(operation.pk, desk.clock)
    authorisation.refresh_from_db()
    assert authorisation.state == {"authorise": "authorised", "capture": "captured"}[kind]
    assert other.state == "authorised"
