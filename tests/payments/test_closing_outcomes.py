"""What comes of a terminal's end of day: its fate, its totals, and what a person does about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from moneyed import Money

from hardware.models import Terminal
from hardware.terminal.interface import Closing, NotSent, Outcome, OutcomeUnknown, Receipts
from payments import answers, closing, operations, recovery
from payments.models import DayClosing, Operation
from payments.sweep import sweep
from tests.payments.cashdesk import TWELVE, CashDesk, euros
from tests.payments.nights import NIGHT, THREE, Step, busy, captured, closed, end_of_day, held, night, refused, tick
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_answers import approve, lose

__all__ = ["night"]


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
