"""The time by which a hold must be settled: how near it is, what is tried, and when a person decides."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money
from pytest_django import Settings

from hardware.terminal.interface import Handle, Outcome, OutcomeUnknown, Recovered, Result
from payments import deadlines, recovery
from payments.delays import before_retry
from payments.lifecycle import Event
from payments.models import Authorisation, Operation
from payments.models.authorisation import Escalation
from payments.sweep import sweep
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import CashDesk
from tests.payments.conftest import Announcements
from tests.payments.scripted import ScriptedTerminal

NOW = datetime(2026, 3, 28, 12, tzinfo=timezone.get_default_timezone())  # the clocks are set forward the next night


def approve(request_id: int, amount: Money, **_: object) -> Result:
    return Result(Outcome.APPROVED, amount, request_id, handle=Handle(request_id, "reference"), at=timezone.now())


def take(request_id: int, currency: str, **_: object) -> Result:
    return Result(Outcome.APPROVED, Money(0, currency), request_id)


def refuse(request_id: int, **_: object) -> Result:
    return Result(Outcome.DECLINED, Money(0, "EUR"), request_id, at=timezone.now())


def lose(**_: object) -> Result:
    raise OutcomeUnknown("the line broke", reason="cut")


def test_a_hold_lasts_as_long_as_its_brand_says(settings: Settings) -> None:
    settings.HOLD_DAYS = {"": 5, "ecmc": 7}
    assert deadlines.hold_until(NOW) == NOW + timedelta(days=5)
    assert deadlines.hold_until(NOW, " ECMC ") == NOW + timedelta(days=7)
    assert deadlines.hold_until(NOW, "JCB") == NOW + timedelta(days=5)


def test_the_deadline_of_an_approved_hold_is_that_of_its_brand(
    desk: CashDesk, simulator: Simulator, settings: Settings
) -> None:
    settings.HOLD_DAYS = {"": 5, "ecmc": 7}
    assert desk.hold(simulator, card="visa-1").deadline_at == desk.clock() + timedelta(days=5)
    assert desk.hold(simulator, card="mastercard-1").deadline_at == desk.clock() + timedelta(days=7)


@pytest.mark.parametrize(
    ("hours_left", "level"),
    [(72.1, "NONE"), (72, "WARNED"), (24.1, "WARNED"), (24, "RAISED"), (4.1, "RAISED"), (4, "LAST_CALL"),
     (0, "LAST_CALL"), (-0.16, "LAST_CALL"), (-0.17, "PASSED")],
)  # fmt: skip
def test_the_nearer_the_deadline_the_more_urgent(hours_left: float, level: str) -> None:
    assert deadlines.level_at(NOW + timedelta(hours=hours_left), NOW).name == level


@given(tries=st.integers(1, 200), left=st.integers(-100, 500_000))
def test_the_next_try_is_later_and_at_the_latest_at_the_deadline(tries: int, left: int) -> None:
    deadline = NOW + timedelta(seconds=left)
    at = deadlines.next_try(deadline, tries, NOW)
    if left <= 0:
        assert at is None
    else:
        assert at is not None
        assert NOW < at <= deadline


def test_tries_grow_to_an_hour_then_come_hourly_for_a_day_and_then_daily() -> None:
    delays = [before_retry(tries).total_seconds() for tries in range(1, 40)]
    assert all(5 * 2**n <= delay <= 6.25 * 2**n for n, delay in enumerate(delays[:9]))
    assert sum(3600 <= delay <= 4500 for delay in delays) == 24
    assert all(86_400 <= delay <= 108_000 for delay in delays[34:])


def test_a_release_that_is_refused_is_asked_again_later_and_later(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    authorisation = desk.hold(simulator)
    simulator.fault("release", "declined", reason="host unavailable", times=3)
    desk.release(authorisation)
    for refusals in (1, 2, 3):
        refused = desk.run(authorisation)
        assert (refused.state, refused.outcome) == ("answered", "declined")
        waiting = authorisation.operations.latest("request_id")
        assert (authorisation.state, authorisation.reason, waiting.state) == ("releasing", "host unavailable", "queued")
        assert waiting.request_id != refused.request_id
        delay = (waiting.due_at - desk.clock()).total_seconds()
        assert 5 * 2 ** (refusals - 1) <= delay <= 6.25 * 2 ** (refusals - 1)
        desk.clock.now = waiting.due_at
    desk.run(authorisation)
    assert authorisation.state == "released"
    assert announced.events == ["approved", "release", *["release_refused"] * 3, "released"]


def test_a_refusal_that_recovery_finds_is_asked_again_too(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, announced: Announcements
) -> None:
    scripted.script = [approve, lose]
    authorisation = scripted_desk.ask()
    scripted_desk.run(authorisation)
    scripted_desk.release(authorisation)
    lost = scripted_desk.run(authorisation)
    assert lost.recovery_at is not None
    scripted.script = [lambda **asked: Recovered(refuse(**asked)), refuse, take]
    scripted_desk.clock.now = lost.recovery_at
    recovery.recover(lost.pk, scripted_desk.clock)
    for _ in range(2):
        scripted_desk.clock.now = authorisation.operations.latest("request_id").due_at
        scripted_desk.run(authorisation)
    assert authorisation.state == "released"
    assert scripted.verbs == ["authorise", "release", "recover", "release", "release"]
    found = ["release_lost", "found_held", "release", "release_refused", "release_refused", "released"]
    assert announced.events == ["approved", "release", *found]


def test_a_refused_release_is_a_persons_when_the_deadline_has_passed(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    authorisation = desk.hold(simulator)
    simulator.fault("release", "declined")
    desk.clock.now = authorisation.deadline_at
    desk.release(authorisation)
    desk.run(authorisation)
    assert (authorisation.state, authorisation.reason) == ("in_doubt", "overdue")
    assert announced.events[-2:] == ["release_refused", "overdue"]
    assert not authorisation.operations.filter(state="queued").exists()


@pytest.mark.parametrize("kind", ["capture", "release"])
def test_what_could_not_be_sent_by_the_deadline_is_a_persons(
    desk: CashDesk, simulator: Simulator, announced: Announcements, kind: str
) -> None:
    authorisation = desk.hold(simulator)
    operation = desk.capture(authorisation) if kind == "capture" else desk.release(authorisation)
    simulator.fault(kind, "busy", times=2)
    desk.run(authorisation)
    desk.clock.now = authorisation.deadline_at - timedelta(seconds=1)
    Operation.objects.filter(pk=operation.pk).update(due_at=desk.clock())
    desk.run(authorisation)
    operation.refresh_from_db()
    assert (authorisation.state, operation.state) == (f"{kind[:-1]}ing", "queued")
    desk.clock.now = operation.due_at
    assert desk.clock() == authorisation.deadline_at
    simulator.fault(kind, "busy")
    desk.run(authorisation)
    operation.refresh_from_db()
    assert (authorisation.state, authorisation.reason, operation.state) == ("in_doubt", "overdue", "not_sent")
    assert announced.events[-1] == Event.OVERDUE
    assert [each["kind"] for each in simulator.book()] == ["authorise"]


def test_each_step_towards_the_deadline_tries_at_once_and_is_said_once(
    desk: CashDesk, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "payments.escalation")
    authorisation = desk.hold(simulator)
    operation = desk.capture(authorisation)
    far = authorisation.deadline_at
    for hours, level in ((72, "WARNED"), (24, "RAISED"), (4, "LAST_CALL")):
        Operation.objects.filter(pk=operation.pk).update(due_at=far)
        desk.clock.now = authorisation.deadline_at - timedelta(hours=hours)
        for _ in range(2):
            sweep(desk.clock())
        authorisation.refresh_from_db()
        operation.refresh_from_db()
        assert (Escalation(authorisation.escalation).name, operation.due_at) == (level, desk.clock())
    said = [record.getMessage().rpartition(" ")[2] for record in caplog.records if record.name == "payments.escalation"]
    assert said == ["WARNED", "RAISED", "LAST_CALL"]


def test_what_nobody_tried_is_given_up_after_the_deadline(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    authorisation = desk.hold(simulator)
    operation = desk.capture(authorisation)
    sweep(authorisation.deadline_at + timedelta(minutes=10))
    authorisation.refresh_from_db()
    operation.refresh_from_db()
    assert (authorisation.state, operation.state, operation.detail) == ("in_doubt", "not_sent", "overdue")
    assert announced.events[-1] == "overdue"
    desk.run(operation)
    assert [each["kind"] for each in simulator.book()] == ["authorise"]


def test_what_is_under_way_at_the_deadline_is_left_alone(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.hold(simulator)
    operation = desk.capture(authorisation)
    late = authorisation.deadline_at + timedelta(minutes=11)
    Operation.objects.filter(pk=operation.pk).update(state="in_flight", lease_until=late + timedelta(hours=1))
    sweep(late)
    authorisation.refresh_from_db()
    assert (authorisation.state, authorisation.escalation) == ("capturing", Escalation.PASSED)


def test_a_settled_hold_has_no_deadline_any_more(desk: CashDesk, simulator: Simulator) -> None:
    sweep(desk.captured(simulator).deadline_at)
    assert Authorisation.objects.get().escalation == Escalation.NONE


def test_an_earlier_hold_that_waits_to_be_released_goes_before_a_new_one(desk: CashDesk, simulator: Simulator) -> None:
    first = desk.hold(simulator)
    desk.release(first)
    simulator.fault("release", "busy")
    desk.run(first)
    second = desk.ask()
    desk.run(second)
    assert second.state == "pending"  # not asked: money is to be settled first
    desk.run(first)
    assert first.state == "released"
