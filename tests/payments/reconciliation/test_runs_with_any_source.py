"""A run, whatever the list comes from: what the list is asked for, what is noted, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from hardware.models import Terminal
from hardware.terminal.interface import Verb
from hardware.terminal.statements import StatementLine, StatementUnavailable
from payments.models import Evidence, Reconciliation
from payments.reconciliation import runs
from payments.reconciliation.compare import CLOCK_TOLERANCE
from tests.payments.approving import QuickDesk
from tests.payments.clock import Clock
from tests.payments.reconciliation.nights import open_differences
from tests.payments.reconciliation.sides import theirs
from tests.support import reconciled

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


class List:
    """Says what the test wants."""

    origin = "bank.csv"

    def __init__(self, *lines: StatementLine, fail: Callable[[], object] = list, covers: Set[Verb] = frozenset(Verb)):
        self.lines, self.fail, self.covers = lines, fail, covers
        self.asked: list[tuple[datetime, datetime]] = []

    def statement(self, since: datetime, until: datetime) -> Iterator[StatementLine]:
        self.asked.append((since, until))
        self.fail()
        yield from self.lines


@pytest.fixture
def terminal(db: None) -> Terminal:
    return Terminal.objects.create(name="IM30", url="payproxy+http://localhost:1")


def compare(
    terminal: Terminal, source: List, clock: Clock, ahead: timedelta = DAY, user: User | None = None
) -> Reconciliation:
    """Yesterday and today."""
    period = clock() - DAY, clock() + ahead
    return runs.compare_with(terminal, source, Reconciliation.Source.FILE, *period, user=user, clock=clock)


@pytest.mark.parametrize("ahead", [-timedelta(hours=1), DAY])
def test_a_list_is_asked_for_a_little_more_than_the_period_and_nothing_of_the_future(
    terminal: Terminal, clock: Clock, ahead: timedelta
) -> None:
    source = List()
    run = compare(terminal, source, clock, ahead)
    assert source.asked == [(run.since - CLOCK_TOLERANCE, min(run.until, clock()) + CLOCK_TOLERANCE)]
    assert (run.state, run.origin, run.finished_at, run.nightly) == ("agrees", "bank.csv", clock(), False)


def test_a_run_notes_who_asked_for_it_and_how_much_was_compared(quick_desk: QuickDesk) -> None:
    quick_desk.taken()
    person = User.objects.create_user("olga")
    now = quick_desk.clock.forward(minutes=1)
    lines = [theirs(Verb.CAPTURE, 800 + number, at=now, of=None) for number in range(3)]
    run = compare(quick_desk.terminal, List(*lines), quick_desk.clock, user=person)
    assert (run.requested_by, run.entries, run.lines, run.state) == (person, 2, 3, "differs")
    assert {row["kind"]: (row["ours"], row["theirs"]) for row in run.totals} == {"authorise": (1, 0), "capture": (1, 3)}


def test_what_a_list_does_not_have_is_neither_missed_nor_counted(quick_desk: QuickDesk) -> None:
    quick_desk.taken()
    lost = quick_desk.lose(quick_desk.release(quick_desk.held()))
    quick_desk.clock.forward(minutes=1)
    run = compare(quick_desk.terminal, List(covers=frozenset({Verb.CAPTURE})), quick_desk.clock)
    assert [row["kind"] for row in run.totals] == ["capture"]
    assert open_differences() == ["missing_there"]
    assert not Evidence.objects.filter(operation=lost).exists()


def fail_unavailable() -> None:
    raise StatementUnavailable(f"no such file 4111111111111111 {'x' * 400}", reason="r" * 80)


def test_a_list_that_cannot_be_had_fails_the_run_in_the_words_of_whoever_looked_for_it(
    terminal: Terminal, clock: Clock
) -> None:
    source = List(fail=fail_unavailable)
    source.origin = "4111111111111111 " + "x" * 200
    run = compare(terminal, source, clock)
    assert (run.state, run.reason, run.finished_at) == ("failed", "r" * 60, clock())
    assert run.detail.startswith("no such file ****1111 xxx")
    assert (len(run.detail), len(run.origin)) == (300, 120)
    assert "4111111" not in run.origin


def test_a_defect_fails_the_run_and_says_no_more_than_what_it_was(
    terminal: Terminal, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    run = compare(terminal, List(fail=[].pop), clock)
    assert (run.state, run.reason, run.detail, run.finished_at) == ("failed", "defect", "IndexError", clock())
    assert "pop from empty list" not in caplog.text


def test_how_one_run_ends_is_how_no_other_ends(terminal: Terminal, clock: Clock) -> None:
    elsewhere = Terminal.objects.create(name="Elsewhere", url="payproxy+http://localhost:1")
    other = reconciled.reconciliation(elsewhere, clock(), "running")
    assert compare(terminal, List(), clock).state == "agrees"
    other.refresh_from_db()
    assert (other.state, other.finished_at) == ("running", None)


def test_only_a_run_that_is_under_way_for_too_long_has_lost_its_worker(
    terminal: Terminal, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = Terminal.objects.create(name="Elsewhere", url="payproxy+http://localhost:1")
    ended = reconciled.reconciliation(terminal, clock())
    fresh = reconciled.reconciliation(elsewhere, clock() + SECOND, "running")
    runs.give_up_lost(clock() + runs.LONGEST + SECOND)
    for each, state in ((ended, "agrees"), (fresh, "running")):
        each.refresh_from_db()
        assert each.state == state
    assert not caplog.records


def test_whoever_asks_by_hand_asks_for_no_night(terminal: Terminal, clock: Clock) -> None:
    assert not runs.request(terminal, clock() - DAY, clock(), clock()).nightly
    night = runs.request(
        Terminal.objects.create(name="Elsewhere", url="payproxy+http://localhost:1"),
        clock() - DAY,
        clock(),
        clock(),
        nightly=True,
    )
    assert (night.nightly, night.requested_by, night.created_at) == (True, None, clock())
