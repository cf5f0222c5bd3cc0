"""The end of a terminal's day: when it is asked for, what keeps it from being asked for, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from moneyed import Money

from hardware.models import Terminal
from hardware.terminal.interface import Capability, Closing, NotSent, Outcome, OutcomeUnknown, Receipts
from payments import answers, closing, operations, recovery
from payments.models import Authorisation, DayClosing, Operation
from payments.sweep import sweep
from tests.payments.cashdesk import TWELVE, CashDesk, euros
from tests.payments.conftest import Woken
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_answers import approve, lose

Step = Callable[..., Any]

THREE = time(3, 0)
NIGHT = datetime(2026, 6, 10, 3, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))


def closed(count: int | None = None, total: Money | None = None) -> Step:
    return lambda **_: Closing(Outcome.APPROVED, receipts=Receipts(("DAY CLOSED",)), count=count, total=total)


def refused(request_id: int) -> Closing:
    return Closing(Outcome.DECLINED, reason="77 end of day failed")


def busy(request_id: int) -> Closing:
    raise NotSent("", reason="busy")


@pytest.fixture
def night(scripted_desk: CashDesk, settings: Any) -> CashDesk:
    """Three o'clock on the site's wall, at a terminal whose day is closed then."""
    settings.TIME_ZONE = "Europe/Amsterdam"
    Terminal.objects.update(close_at=THREE)
    scripted_desk.terminal.refresh_from_db()
    scripted_desk.clock.now = NIGHT
    return scripted_desk


def tick(desk: CashDesk, **later: float) -> DayClosing:
    """A sweep then, and what a worker does after it; the newest closing."""
    closing.tick(desk.clock.forward(**later))
    for operation in Operation.objects.filter(kind="end_of_day", state="queued"):
        desk.run(operation)
    return DayClosing.objects.latest("created_at")


def end_of_day(desk: CashDesk, scripted: ScriptedTerminal, step: Step, **later: float) -> DayClosing:
    scripted.script = [step]
    return tick(desk, **later)


def captured(desk: CashDesk, scripted: ScriptedTerminal, amount: Money = TWELVE) -> Authorisation:
    scripted.script = [approve, approve]
    held = desk.ask()
    desk.run(held)
    desk.capture(held, amount)
    desk.run(held)
    return held


def held(desk: CashDesk, scripted: ScriptedTerminal) -> Authorisation:
    scripted.script = [approve]
    authorisation = desk.ask()
    desk.run(authorisation)
    return authorisation


# When


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


# What comes of it


@pytest.mark.parametrize(("step", "word"), [(busy, "busy"), (refused, "77 end of day failed")])
def test_what_provably_did_nothing_is_tried_again_until_the_night_is_over(
    night: CashDesk, scripted: ScriptedTerminal, step: Step, word: str
) -> None:
    waiting = end_of_day(night, scripted, step)
    assert (waiting.state, waiting.detail, waiting.due_at) == ("waiting", word, NIGHT + timedelta(minutes=10))
    assert not closing.wrong()
    missed = end_of_day(night, scripted, step, hours=4, minutes=50)
    assert (missed.state, missed.detail) == ("missed", word)
    assert DayClosing.objects.count() == 1
    assert Operation.objects.count() == 2


def test_what_may_have_happened_is_never_asked_again(
    night: CashDesk, scripted: ScriptedTerminal, caplog: pytest.LogCaptureFixture
) -> None:
    doubtful = end_of_day(night, scripted, lose)
    assert (doubtful.state, doubtful.detail, doubtful.finished_at) == ("unknown", "cut", night.clock())
    assert "nobody knows whether the day" in caplog.text
    operation = Operation.objects.get()
    assert (operation.state, operation.recovery_at) == ("unknown", None)
    recovery.ask_again(operation, night.clock())
    operation.refresh_from_db()
    assert operation.recovery_at is None
    tick(night, hours=1)
    assert scripted.verbs == ["end_of_day"]
    assert closing.wrong() == [doubtful]
    end_of_day(night, scripted, closed(), days=1)
    assert closing.wrong() == [], "the next closing has shown it"


def test_a_worker_that_dies_in_the_middle_leaves_a_doubt(night: CashDesk) -> None:
    closing.tick(night.clock())
    assert operations.claim(Operation.objects.get().pk, night.clock()) is not None
    sweep(night.clock.forward(seconds=16))
    assert (DayClosing.objects.get().state, DayClosing.objects.get().detail) == ("unknown", "worker_lost")


@pytest.mark.parametrize(
    ("late", "state"),
    [
        (Closing(Outcome.APPROVED), "done"),
        (Closing(Outcome.DECLINED, reason="77"), "missed"),
        (NotSent("", reason="refused"), "missed"),
        (OutcomeUnknown("", reason="cut"), "unknown"),
    ],
)
def test_an_answer_that_comes_late_is_recorded(
    night: CashDesk, scripted: ScriptedTerminal, late: Any, state: str
) -> None:
    end_of_day(night, scripted, lose)
    answers.record(Operation.objects.get().pk, late, night.clock())
    assert DayClosing.objects.get().state == state


def test_the_answer_to_another_question_closes_no_day(night: CashDesk, scripted: ScriptedTerminal) -> None:
    assert end_of_day(night, scripted, approve).detail == "other_kind"
    assert DayClosing.objects.get().state == "unknown"
    scripted.script = [closed()]
    assert (
        night.run(operations.enqueue(Operation.Kind.READ_TOKEN, night.terminal, night.clock())).detail == "other_kind"
    )


def test_nothing_secret_of_what_it_prints_is_kept(night: CashDesk, scripted: ScriptedTerminal) -> None:
    pan = "4929123456789012"
    said = Closing(Outcome.DECLINED, reason=f"no {pan}", receipts=Receipts(merchant=(f"CARD {pan}",)))
    waiting = end_of_day(night, scripted, lambda request_id: said)
    assert (waiting.detail, Operation.objects.get().receipt) == ("no ****9012", "CARD ****9012")


# The totals


def test_the_totals_of_the_terminal_are_compared_with_our_books_since_the_last_closing(
    night: CashDesk, scripted: ScriptedTerminal
) -> None:
    captured(night, scripted)
    first = end_of_day(night, scripted, closed(1, TWELVE))
    assert (first.their_total, first.their_count, first.our_total, first.our_count) == (TWELVE, 1, None, None)
    assert not first.differs, "nobody knows since when the terminal counts"

    night.clock.forward(hours=12)
    kept = captured(night, scripted, euros("20.00"))
    captured(night, scripted, euros("5.00"))
    scripted.script = [approve]
    night.run(night.refund(kept, euros("3.00")))
    scripted.script = [approve, approve]
    given_up = night.ask()
    night.run(given_up)
    night.release(given_up)
    night.run(given_up)
    second = end_of_day(night, scripted, closed(3, euros("22.00")), hours=12)
    assert (second.our_total, second.our_count, second.since) == (euros("22.00"), 3, NIGHT)
    assert not second.differs
    assert not closing.wrong()


@pytest.mark.parametrize(
    ("count", "total", "differs"),
    [
        *((1, TWELVE, False), (1, euros("12.35"), True), (2, TWELVE, True), (1, Money("12.34", "CHF"), True)),
        *((None, TWELVE, False), (1, None, False), (None, None, False), (None, euros("0.00"), True), (0, None, True)),
    ],
)
def test_a_difference_is_one_for_a_person(
    night: CashDesk, scripted: ScriptedTerminal, count: int | None, total: Money | None, differs: bool
) -> None:
    end_of_day(night, scripted, closed())
    night.clock.forward(hours=1)
    captured(night, scripted)
    found = end_of_day(night, scripted, closed(count, total), hours=23)
    assert (found.state, found.differs, closing.wrong()) == ("done", differs, [found] if differs else [])


def test_after_a_closing_in_doubt_nobody_knows_since_when_the_terminal_counts(
    night: CashDesk, scripted: ScriptedTerminal
) -> None:
    end_of_day(night, scripted, closed())
    end_of_day(night, scripted, lose, days=1)
    assert end_of_day(night, scripted, closed(9, TWELVE), days=1).since is None
    assert end_of_day(night, scripted, closed(), days=1).since == NIGHT + timedelta(days=2)


def test_a_person_looks_into_it_once_and_says_what_they_found(
    night: CashDesk, scripted: ScriptedTerminal, admin_user: User
) -> None:
    doubtful = end_of_day(night, scripted, lose)
    with pytest.raises(ValueError, match="reason"):
        closing.look_into(doubtful, admin_user, " ", night.clock())
    assert closing.look_into(doubtful, admin_user, " it was closed ", night.clock())
    assert closing.wrong() == []
    assert not closing.look_into(doubtful, admin_user, "again", night.clock())
    doubtful.refresh_from_db()
    assert (doubtful.seen_by, doubtful.seen_at, doubtful.note) == (admin_user, night.clock(), "it was closed")
    assert not closing.look_into(doubtful, admin_user, "again", night.clock())
    fine = end_of_day(night, scripted, closed(), days=1)
    assert not closing.look_into(fine, admin_user, "nothing is wrong", night.clock())


# By hand


def test_a_person_has_the_day_closed_at_once(night: CashDesk, scripted: ScriptedTerminal, admin_user: User) -> None:
    night.clock.forward(hours=9)
    asked = closing.close_now(night.terminal, admin_user, night.clock())
    assert closing.close_now(night.terminal, admin_user, night.clock()) == asked
    assert (asked.state, asked.requested_by) == ("asked", admin_user)
    assert end_of_day(night, scripted, closed()).state == "done"
    assert end_of_day(night, scripted, closed(), hours=15) != asked, "the night's own comes all the same"


def test_a_person_is_told_at_once_why_the_day_cannot_be_closed(
    night: CashDesk, scripted: ScriptedTerminal, admin_user: User
) -> None:
    held(night, scripted)
    refused = closing.close_now(night.terminal, admin_user, night.clock())
    assert (refused.state, refused.detail) == ("missed", "holds_open")


def test_a_terminal_that_has_no_end_of_day_gets_no_hour() -> None:
    terminal = Terminal(name="PayProxy", url="payproxy+http://127.0.0.1:9", close_at=THREE)
    with pytest.raises(Exception, match="has no end of day"):
        terminal.clean()
    terminal.close_at = None
    terminal.clean()
    Terminal(name="ZVT", url="zvt+tcp://127.0.0.1:9", close_at=THREE).clean()
