"""The end of a terminal's day: when it is asked for, and what keeps it from being asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hardware.models import Terminal
from hardware.terminal.interface import Capability
from payments import closing, operations, terminals
from payments.models import DayClosing, Operation
from payments.sweep import sweep
from tests.payments.cashdesk import CashDesk
from tests.payments.conftest import Woken
from tests.payments.nights import NIGHT, THREE, busy, closed, end_of_day, held, night, tick
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_answers import approve, lose

__all__ = ["night"]


def test_a_day_is_closed_once_at_its_hour_by_the_clock_on_the_wall(night: CashDesk, scripted: ScriptedTerminal) -> None:
    scripted.script = [closed()]
    closing.tick(night.clock.forward(seconds=-1))
    assert not DayClosing.objects.exists()
    done = tick(night, seconds=1)
    assert (done.state, done.finished_at, done.requested_by, done.detail) == ("done", NIGHT, None, "")
    assert done.operation is not None
    assert (done.operation.state, done.operation.outcome, done.operation.receipt) == (
        *("answered", "approved"),
        "DAY CLOSED",
    )
    assert scripted.asked == [("end_of_day", {"request_id": done.operation.request_id})]
    tick(night, minutes=30)
    assert DayClosing.objects.count() == 1
    assert end_of_day(night, scripted, closed(), hours=24) != done


def test_a_night_without_power_is_not_made_up_for_by_day(night: CashDesk) -> None:
    closing.tick(night.clock.forward(hours=5))
    assert not DayClosing.objects.exists()
    closing.tick(night.clock.forward(minutes=-1))
    assert DayClosing.objects.get().until == NIGHT + timedelta(hours=5)


@pytest.mark.parametrize("change", [{"close_at": None}, {"enabled": False}])
def test_a_terminal_without_an_hour_or_out_of_use_is_left_alone(night: CashDesk, change: dict[str, Any]) -> None:
    Terminal.objects.update(**change)
    closing.tick(night.clock())
    assert not DayClosing.objects.exists()


def test_a_sweep_asks_and_any_number_of_sweeps_ask_once(night: CashDesk, woken: Woken) -> None:
    sweep(night.clock())
    sweep(night.clock())
    operation = Operation.objects.get()
    assert (operation.kind, operation.state, DayClosing.objects.get().operation) == ("end_of_day", "queued", operation)
    assert woken.count(("payments.end_of_day", str(operation.pk))) == 1


def test_the_next_closing_is_told(night: CashDesk) -> None:
    terminal = night.terminal
    assert closing.next_closing(terminal, NIGHT) == NIGHT + timedelta(days=1)
    assert closing.next_closing(terminal, NIGHT - timedelta(seconds=1)) == NIGHT
    for change in ({"close_at": None}, {"close_at": THREE, "enabled": False}):
        for name, value in change.items():
            setattr(terminal, name, value)
        assert closing.next_closing(terminal, NIGHT) is None


def test_a_terminal_that_demands_it_is_closed_at_any_hour_and_not_again_and_again(
    night: CashDesk, scripted: ScriptedTerminal
) -> None:
    Terminal.objects.update(close_at=None)
    noon = night.clock.forward(hours=9)
    _poll(night)
    assert not DayClosing.objects.exists()
    scripted.wants_closing = True
    _poll(night, minutes=1)
    done = end_of_day(night, scripted, closed())
    assert (done.state, done.requested_by, done.until) == ("done", None, noon + timedelta(hours=5, minutes=1))
    _poll(night, hours=4, minutes=59)
    assert list(DayClosing.objects.all()) == [done]
    _poll(night, minutes=1)
    assert DayClosing.objects.latest("created_at") != done


def test_a_terminal_that_demands_it_over_a_hold_waits_for_it(night: CashDesk, scripted: ScriptedTerminal) -> None:
    hold = held(night, scripted)
    Terminal.objects.update(close_at=None)
    scripted.wants_closing = True
    _poll(night)
    assert (tick(night).detail, scripted.verbs.count("end_of_day")) == ("holds_open", 0)
    night.release(hold)
    scripted.script = [approve]
    night.run(hold)
    assert end_of_day(night, scripted, closed(), minutes=10).state == "done"


def _poll(desk: CashDesk, **later: float) -> None:
    """Ask the terminal how it is, then."""
    desk.clock.forward(**later)
    terminals.poll(desk.terminal.pk, desk.clock)


# What keeps it from being asked for


def test_a_day_is_not_closed_over_a_hold_and_tried_again_that_night(
    night: CashDesk, scripted: ScriptedTerminal
) -> None:
    hold = held(night, scripted)
    waiting = tick(night)
    assert (waiting.state, waiting.detail, waiting.due_at) == ("waiting", "holds_open", NIGHT + timedelta(minutes=10))
    night.release(hold)
    assert tick(night, minutes=10).detail == "busy"
    scripted.script = [approve]
    night.run(hold)
    assert tick(night, minutes=9).state == "waiting"
    assert end_of_day(night, scripted, closed(), minutes=1).state == "done"


def test_a_hold_that_lasts_the_night_is_one_for_a_person(
    night: CashDesk, scripted: ScriptedTerminal, caplog: pytest.LogCaptureFixture
) -> None:
    held(night, scripted)
    tick(night)
    missed = tick(night, hours=4, minutes=50)
    assert (missed.state, missed.detail, missed.finished_at) == ("missed", "holds_open", night.clock())
    assert "was not closed: holds_open" in caplog.text
    assert closing.wrong() == [missed]
    assert "end_of_day" not in scripted.verbs


def test_a_terminal_that_leaves_holds_alone_is_closed_over_quiet_ones(
    night: CashDesk, scripted: ScriptedTerminal
) -> None:
    scripted.closes_over_holds = True
    hold = held(night, scripted)
    night.capture(hold)
    assert tick(night).detail == "busy"
    scripted.script = [approve]
    night.run(hold)
    held(night, scripted)
    assert end_of_day(night, scripted, closed(), minutes=10).state == "done"


@pytest.mark.parametrize("harmless", [True, False])
def test_nothing_is_closed_over_money_in_doubt(night: CashDesk, scripted: ScriptedTerminal, harmless: bool) -> None:
    scripted.closes_over_holds = harmless
    scripted.script = [lose]
    night.run(night.ask())
    assert closing.obstacle(night.terminal) == "in_doubt"
    Operation.objects.update(state="not_sent")
    assert closing.obstacle(night.terminal) == "holds_open"


def test_a_card_that_could_not_be_read_keeps_no_day_open(night: CashDesk, scripted: ScriptedTerminal) -> None:
    scripted.script = [lose]
    night.run(operations.enqueue(Operation.Kind.READ_TOKEN, night.terminal, night.clock()))
    assert Operation.objects.get().state == "unknown"
    assert closing.obstacle(night.terminal) == ""


def test_what_happens_at_another_terminal_keeps_no_day_open(night: CashDesk, scripted: ScriptedTerminal) -> None:
    other = Terminal.objects.create(name="other", url="scripted://other", state="ready")
    held(CashDesk(other, night.clock), scripted)
    CashDesk(other, night.clock).ask()
    assert closing.obstacle(night.terminal) == ""


@pytest.mark.parametrize(
    ("change", "word"),
    [({"url": "nonsense://x"}, "misconfigured"), ({"enabled": False}, "disabled"), ({}, "unsupported")],
)
def test_a_terminal_that_cannot_be_asked_is_not(
    night: CashDesk, scripted: ScriptedTerminal, change: dict[str, Any], word: str
) -> None:
    scripted.capabilities = frozenset(Capability) - {Capability.END_OF_DAY}
    for name, value in change.items():
        setattr(night.terminal, name, value)
    assert closing.obstacle(night.terminal) == word


def test_what_comes_up_before_the_question_leaves_goes_first(night: CashDesk, scripted: ScriptedTerminal) -> None:
    """A driver comes between sweep and worker: they are served, and the day is closed later."""
    closing.tick(night.clock())
    asked = night.ask()
    assert operations.next_for(night.terminal.pk, night.clock()) == asked.operations.get()
    night.run(Operation.objects.get(kind="end_of_day"))
    assert scripted.verbs == []
    assert (DayClosing.objects.get().state, DayClosing.objects.get().detail) == ("waiting", "busy")
    assert Operation.objects.get(kind="end_of_day").state == "not_sent"


def test_a_closing_that_waits_for_a_worker_keeps_no_driver_waiting(night: CashDesk, scripted: ScriptedTerminal) -> None:
    closing.tick(night.clock())
    assert held(night, scripted).state == "authorised"


def test_a_worker_that_comes_by_day_closes_nothing(night: CashDesk, scripted: ScriptedTerminal) -> None:
    closing.tick(night.clock())
    night.clock.forward(hours=5)
    night.run(Operation.objects.get())
    assert scripted.verbs == []
    missed = DayClosing.objects.get()
    assert (missed.state, missed.detail) == ("missed", "too_late")


def test_a_try_that_comes_by_day_is_none(night: CashDesk, scripted: ScriptedTerminal) -> None:
    end_of_day(night, scripted, busy)
    assert (tick(night, hours=5).state, DayClosing.objects.get().detail) == ("missed", "too_late")
    assert scripted.verbs == ["end_of_day"]
