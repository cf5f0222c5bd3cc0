"""Every night is compared once; one that was missed is made up for, and one that stays away is noticed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hardware.models import Terminal
from payments.models import Authorisation, Difference, Operation, Reconciliation
from payments.reconciliation import schedule
from tests.payments.conftest import Woken
from tests.payments.reconciliation.conftest import LISTED

#: Half past three in the night of 10 June in Amsterdam, and midnight before it.
NIGHT = datetime(2026, 6, 10, 1, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 6, 9, 22, 0, tzinfo=UTC)


@pytest.fixture
def terminal(db: None) -> Terminal:
    return Terminal.objects.create(name="IM30", url="payproxy+http://127.0.0.1:9", profile=LISTED, state="ready")


def night(terminal: Terminal, at: datetime, state: str = "agrees", **more: object) -> Reconciliation:
    ended = None if state in Reconciliation.OPEN else at
    values = {"since": at - timedelta(days=7), "until": at, "nightly": True, "created_at": at, "finished_at": ended}
    return Reconciliation.objects.create(terminal=terminal, state=state, **{"source": "terminal"} | values | more)


def due(now: datetime) -> list[Terminal]:
    return list(schedule.due(now))


def test_a_night_is_due_at_the_time_on_the_wall(terminal: Terminal) -> None:
    night(terminal, NIGHT - timedelta(days=1))
    assert due(NIGHT - timedelta(seconds=1)) == []
    assert due(NIGHT) == [terminal]


def test_a_box_that_was_off_in_the_night_makes_up_for_it(terminal: Terminal) -> None:
    night(terminal, NIGHT - timedelta(days=3))
    assert due(NIGHT + timedelta(hours=9)) == [terminal]


@pytest.mark.parametrize("state", ["agrees", "differs", "waiting", "running"])
def test_a_night_is_asked_for_once(terminal: Terminal, state: str) -> None:
    night(terminal, NIGHT, state)
    assert due(NIGHT + timedelta(hours=2)) == []


def test_a_comparison_by_hand_does_not_stand_in_for_the_night(terminal: Terminal) -> None:
    night(terminal, NIGHT + timedelta(minutes=1), nightly=False)
    assert due(NIGHT + timedelta(hours=2)) == [terminal]


def test_a_night_that_failed_is_tried_again_an_hour_later(terminal: Terminal) -> None:
    night(terminal, NIGHT, "failed")
    assert due(NIGHT + timedelta(minutes=59)) == []
    assert due(NIGHT + timedelta(minutes=61)) == [terminal]


@pytest.mark.parametrize("change", [{"enabled": False}, {"profile": {}}, {"profile": {"nonsense": 1}}])
def test_only_terminals_in_use_that_have_a_list_are_compared(terminal: Terminal, change: dict[str, object]) -> None:
    Terminal.objects.update(**change)
    assert due(NIGHT) == []


def test_a_night_looks_at_the_last_seven_days(terminal: Terminal) -> None:
    assert schedule.period(terminal, NIGHT) == (MIDNIGHT - timedelta(days=7), MIDNIGHT)


@pytest.mark.parametrize(
    ("now", "length"), [(datetime(2026, 3, 30, 2, 0, tzinfo=UTC), 167), (datetime(2026, 10, 26, 3, 0, tzinfo=UTC), 169)]
)
def test_days_begin_at_midnight_also_when_clocks_change(terminal: Terminal, now: datetime, length: int) -> None:
    since, until = schedule.period(terminal, now)
    assert (until - since) == timedelta(hours=length)


@pytest.mark.parametrize(("days", "reaches"), [(20, True), (40, False)])
def test_a_night_looks_back_to_the_oldest_open_difference(terminal: Terminal, days: int, reaches: bool) -> None:
    at = MIDNIGHT - timedelta(days=days)
    Difference.objects.create(
        terminal=terminal,
        source="terminal",
        what="missing_here",
        matter="x",
        kind="capture",
        at=at,
        first_seen_at=at,
        last_seen_at=at,
    )
    assert (schedule.period(terminal, NIGHT)[0] == at) is reaches


def test_what_was_explained_is_looked_back_to_no_more_and_every_terminal_looks_back_to_its_own(
    terminal: Terminal, woken: Woken
) -> None:
    other = Terminal.objects.create(name="other", url="payproxy+http://127.0.0.1:9", profile=LISTED, state="ready")
    at = MIDNIGHT - timedelta(days=20)
    values = {"what": "missing_here", "kind": "capture", "at": at, "first_seen_at": at, "last_seen_at": at}
    ended = {"resolution": "gone", "resolved_at": at}
    Difference.objects.create(terminal=terminal, source="terminal", matter="x", **values | ended)
    Difference.objects.create(terminal=terminal, source="file", matter="x", **values)
    Difference.objects.create(terminal=other, source="terminal", matter="x", **values)
    schedule.tick(NIGHT)
    asked = dict(Reconciliation.objects.values_list("terminal", "since"))
    assert asked == {terminal.pk: MIDNIGHT - timedelta(days=7), other.pk: at}


def test_neither_another_terminals_run_nor_one_with_a_file_stands_in_for_the_night(terminal: Terminal) -> None:
    other = Terminal.objects.create(name="other", url="payproxy+http://127.0.0.1:9", profile=LISTED, state="ready")
    night(other, NIGHT)
    night(terminal, NIGHT, source="file")
    night(terminal, NIGHT, "running", source="file")
    assert due(NIGHT + timedelta(hours=2)) == [terminal]


def test_a_night_that_is_under_way_somewhere_keeps_no_other_terminal_from_its_own(terminal: Terminal) -> None:
    other = Terminal.objects.create(name="other", url="payproxy+http://127.0.0.1:9", profile=LISTED, state="ready")
    for busy, free in ((terminal, other), (other, terminal)):
        under_way = night(busy, NIGHT, "running")
        assert due(NIGHT) == [free]
        under_way.delete()


def test_before_its_time_on_the_wall_the_last_night_is_the_one_before(db: None) -> None:
    assert schedule.last_night(NIGHT) == NIGHT
    assert schedule.last_night(NIGHT - timedelta(seconds=1)) == NIGHT - timedelta(days=1)


def overdue(now: datetime) -> list[Terminal]:
    return [each.terminal for each in schedule.nights(now) if each.overdue]


def used(terminal: Terminal, at: datetime) -> None:
    held = Authorisation.objects.create(
        terminal=terminal, currency="EUR", requested_minor=1, created_at=at, deadline_at=at
    )
    Operation.objects.create(
        kind="authorise",
        terminal=terminal,
        authorisation=held,
        request_id=1,
        amount_minor=1,
        currency="EUR",
        created_at=at,
        due_at=at,
    )


def test_a_terminal_without_a_result_for_more_than_a_night_is_overdue(terminal: Terminal) -> None:
    used(terminal, NIGHT - timedelta(days=9))
    night(terminal, NIGHT - timedelta(hours=31))
    night(terminal, NIGHT - timedelta(hours=1), "failed")
    assert overdue(NIGHT) == [terminal]
    assert [each.failed for each in schedule.nights(NIGHT)] == [True]
    night(terminal, NIGHT)
    assert [each.failed for each in schedule.nights(NIGHT)] == [False]
    assert overdue(NIGHT + timedelta(hours=29)) == []


def test_a_terminal_that_is_new_is_not_overdue(terminal: Terminal) -> None:
    assert overdue(NIGHT) == []
    used(terminal, NIGHT - timedelta(hours=5))
    assert overdue(NIGHT) == []


def test_only_nights_and_only_of_lately_tell_how_it_stands_with_a_terminal(terminal: Terminal) -> None:
    used(terminal, NIGHT - timedelta(days=9))
    night(terminal, NIGHT - timedelta(days=4))
    night(terminal, NIGHT, nightly=False)
    [found] = schedule.nights(NIGHT)
    assert (found.terminal, found.last, found.failed, found.overdue) == (terminal, None, False, True)
    lately = night(terminal, NIGHT - timedelta(days=3))
    assert [each.last for each in schedule.nights(NIGHT)] == [lately]
    night(terminal, NIGHT, "running")
    assert [each.last for each in schedule.nights(NIGHT)] == [lately]  # how that one ends is not known yet


def test_a_terminal_that_is_new_is_not_overdue_because_another_is_old(terminal: Terminal) -> None:
    used(Terminal.objects.create(name="other", url="payproxy+http://127.0.0.1:9"), NIGHT - timedelta(days=9))
    assert overdue(NIGHT) == []


def test_what_ended_long_ago_is_woken_no_more(terminal: Terminal, woken: Woken) -> None:
    night(terminal, NIGHT)
    night(terminal, NIGHT - timedelta(days=1), "failed")
    schedule.tick(NIGHT + timedelta(minutes=1))
    assert woken == []


def test_a_tick_asks_for_what_is_due_wakes_what_waits_and_gives_up_what_is_lost(
    terminal: Terminal, woken: Woken
) -> None:
    schedule.tick(NIGHT)
    run = Reconciliation.objects.get()
    assert (run.state, run.nightly, run.until) == ("waiting", True, MIDNIGHT)
    assert woken == [("payments.reconcile_with", run.pk)]

    schedule.tick(NIGHT + timedelta(seconds=10))
    assert len(woken) == 1  # that one may still be on its way
    schedule.tick(NIGHT + timedelta(minutes=1))
    assert woken == [("payments.reconcile_with", run.pk)] * 2

    Reconciliation.objects.update(state="running", started_at=NIGHT)
    schedule.tick(NIGHT + timedelta(minutes=20))
    run.refresh_from_db()
    assert (run.state, run.reason) == ("failed", "interrupted")
