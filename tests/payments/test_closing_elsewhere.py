"""Two terminals close their days: what happens at one of them is nothing to the other."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from hardware.models import Terminal
from payments import closing
from payments.models import DayClosing
from tests.payments.cashdesk import TWELVE, CashDesk, euros
from tests.payments.nights import NIGHT, busy, captured, closed, end_of_day, held, night, tick
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_answers import lose

__all__ = ["night"]


@pytest.fixture
def elsewhere(night: CashDesk) -> CashDesk:
    """Another terminal, whose day is closed at the same hour."""
    other = Terminal.objects.create(
        name="Elsewhere", url=f"scripted://{uuid4()}", state="ready", close_at=night.terminal.close_at
    )
    return CashDesk(other, night.clock)


def _of(desk: CashDesk) -> DayClosing:
    return DayClosing.objects.filter(terminal=desk.terminal).latest("created_at")


def test_both_are_closed_each_with_its_own_totals(
    night: CashDesk, elsewhere: CashDesk, scripted: ScriptedTerminal
) -> None:
    scripted.script = [closed(), closed()]
    tick(night)
    assert (_of(night).state, _of(elsewhere).state) == ("done", "done")
    night.clock.forward(hours=1)
    captured(night, scripted)
    captured(elsewhere, scripted, euros("5.00"))
    scripted.script = [closed(1, TWELVE), closed(1, euros("5.00"))]
    tick(night, hours=23)
    assert [(_of(desk).our_total, _of(desk).our_count) for desk in (night, elsewhere)] == [
        (TWELVE, 1),
        (euros("5.00"), 1),
    ]
    assert closing.wrong() == []


def test_one_that_has_to_wait_does_not_hold_up_or_take_along_the_other(
    night: CashDesk, elsewhere: CashDesk, scripted: ScriptedTerminal, admin_user: User
) -> None:
    held(night, scripted)
    held(elsewhere, scripted)
    tick(night)
    assert (_of(night).state, _of(elsewhere).state) == ("waiting", "waiting")
    until = _of(elsewhere).until
    assert closing.close_now(elsewhere.terminal, admin_user, night.clock()) == _of(elsewhere)
    scripted.closes_over_holds = True
    Terminal.objects.filter(pk=night.terminal.pk).update(enabled=False)
    scripted.script = [closed()]
    tick(night, minutes=10)
    assert (_of(night).state, _of(night).detail) == ("waiting", "disabled")
    assert (_of(elsewhere).state, _of(elsewhere).detail, _of(elsewhere).until) == ("done", "", until)


def test_a_demand_counts_for_the_terminal_that_makes_it(night: CashDesk, elsewhere: CashDesk) -> None:
    for desk in (night, elsewhere):
        closing.demanded(desk.terminal, NIGHT)
        closing.demanded(desk.terminal, NIGHT + timedelta(minutes=1))
    assert sorted(DayClosing.objects.values_list("terminal", flat=True)) == [night.terminal.pk, elsewhere.terminal.pk]


def test_what_is_looked_into_is_that_one_only(
    night: CashDesk, elsewhere: CashDesk, scripted: ScriptedTerminal, admin_user: User
) -> None:
    scripted.script = [lose, lose]
    tick(night)
    assert closing.look_into(_of(night), admin_user, "it was closed", night.clock())
    assert closing.wrong() == [_of(elsewhere)]


def test_a_sweep_that_is_late_does_not_overwrite_what_came_of_it(night: CashDesk, scripted: ScriptedTerminal) -> None:
    waiting = end_of_day(night, scripted, busy)
    stale = DayClosing.objects.select_related("terminal").get(pk=waiting.pk)
    done = end_of_day(night, scripted, closed(), minutes=10)
    closing._go_on(stale, night.clock())
    done.refresh_from_db()
    assert (done.state, done.operation.state if done.operation else "") == ("done", "answered")
    assert scripted.verbs == ["end_of_day", "end_of_day"]
