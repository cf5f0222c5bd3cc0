"""A person decides what became of money in doubt."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from moneyed import Money

from payments.decisions import EVENTS, decide, decide_refund
from payments.errors import NotInDoubt
from payments.lifecycle import Event
from payments.models import Authorisation, Decision, JournalEntry, Refund
from payments.money import to_minor
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import FIFTY, TWELVE, CashDesk, euros
from tests.payments.conftest import Announcements

NOTHING = euros("0.00")


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create(username="ops")


@pytest.fixture
def lost_hold(desk: CashDesk, simulator: Simulator) -> Authorisation:
    simulator.fault("authorise", "lost_answer")
    authorisation = desk.ask()
    simulator.card()
    desk.run(authorisation)
    return authorisation


@pytest.fixture
def lost_capture(desk: CashDesk, simulator: Simulator) -> Authorisation:
    authorisation = desk.hold(simulator)
    simulator.fault("capture", "lost_answer")
    desk.capture(authorisation)
    desk.run(authorisation)
    return authorisation


def say(desk: CashDesk, authorisation: Authorisation, event: Event, user: User, amount: Money = NOTHING) -> Decision:
    return decide(authorisation, event, amount=amount, user=user, note="the bank's list", now=desk.clock())


@pytest.mark.parametrize(
    ("event", "amount", "state"),
    [
        (Event.FOUND_NOTHING, NOTHING, "failed"),
        (Event.FOUND_DECLINED, NOTHING, "declined"),
        (Event.FOUND_RELEASED, NOTHING, "released"),
        (Event.FOUND_CAPTURED, TWELVE, "captured"),
        (Event.FOUND_CAPTURED, euros("0.01"), "captured"),
        (Event.FOUND_CAPTURED, FIFTY, "captured"),
    ],
)
def test_a_lost_authorisation_is_decided_once_and_under_a_name(
    desk: CashDesk,
    lost_hold: Authorisation,
    user: User,
    announced: Announcements,
    event: Event,
    amount: Money,
    state: str,
) -> None:
    decision = say(desk, lost_hold, event, user, amount)
    operation = lost_hold.operations.get()
    assert (lost_hold.state, lost_hold.captured) == (state, amount)
    assert (decision.user, decision.note, decision.operation) == (user, "the bank's list", operation)
    assert (operation.state, operation.recovery_at, operation.detail) == ("not_sent", None, "decided")
    assert (operation.finished_at, decision.at, decision.amount_minor) == (desk.clock(), desk.clock(), to_minor(amount))
    assert (decision.event, decision.authorisation, decision.refund) == (event, lost_hold, None)
    assert announced.events[-1] == event
    lost_hold.refresh_from_db()
    assert lost_hold.reason == "decided"
    with pytest.raises(NotInDoubt):
        say(desk, lost_hold, event, user, amount)
    assert Decision.objects.count() == 1


def test_a_capture_that_was_done_is_captured(desk: CashDesk, lost_capture: Authorisation, user: User) -> None:
    say(desk, lost_capture, Event.FOUND_CAPTURED, user, TWELVE)
    operation = lost_capture.operations.get(kind="capture")
    assert (lost_capture.state, lost_capture.captured) == ("captured", TWELVE)
    assert (operation.state, operation.outcome, operation.detail) == ("answered", "approved", "decided")
    assert operation.finished_at == desk.clock()


def test_a_capture_that_was_not_done_is_asked_again(
    desk: CashDesk, lost_capture: Authorisation, user: User, announced: Announcements
) -> None:
    say(desk, lost_capture, Event.FOUND_HELD, user)
    states = [each.state for each in lost_capture.operations.order_by("request_id")]
    assert (lost_capture.state, states) == ("capturing", ["answered", "not_sent", "queued"])
    assert announced.events[-2:] == ["found_held", "capture"]


def test_a_refused_capture_can_be_asked_again(desk: CashDesk, simulator: Simulator, user: User) -> None:
    authorisation = desk.hold(simulator)
    simulator.fault("capture", "declined")
    desk.capture(authorisation)
    desk.run(authorisation)
    say(desk, authorisation, Event.FOUND_HELD, user)
    desk.run(authorisation)
    assert (authorisation.state, authorisation.captured) == ("captured", TWELVE)


@pytest.mark.parametrize(
    ("event", "amount"),
    [
        (Event.FOUND_CAPTURED, NOTHING),
        (Event.FOUND_CAPTURED, euros("50.01")),
        (Event.FOUND_CAPTURED, Money("1.00", "GBP")),
        (Event.FOUND_RELEASED, TWELVE),
        (Event.FOUND_HELD, NOTHING),  # nobody knows the reference of that hold
        (Event.APPROVED, NOTHING),
        (Event.CAPTURED, FIFTY),
    ],
)
def test_what_cannot_be_cannot_be_decided(
    desk: CashDesk, lost_hold: Authorisation, user: User, event: Event, amount: Money
) -> None:
    with pytest.raises(ValueError, match=r".+"):
        say(desk, lost_hold, event, user, amount)
    lost_hold.refresh_from_db()
    assert (lost_hold.state, Decision.objects.count()) == ("in_doubt", 0)
    assert lost_hold.operations.get().state == "unknown"


def test_a_decision_needs_a_reason(desk: CashDesk, lost_hold: Authorisation, user: User) -> None:
    with pytest.raises(ValueError, match="reason"):
        decide(lost_hold, Event.FOUND_NOTHING, amount=NOTHING, user=user, note="  ", now=desk.clock())


@pytest.mark.parametrize("event", EVENTS)
def test_what_is_not_in_doubt_is_not_decided(desk: CashDesk, simulator: Simulator, user: User, event: Event) -> None:
    authorisation = desk.hold(simulator)
    with pytest.raises(NotInDoubt):
        say(desk, authorisation, event, user)


@pytest.mark.parametrize(("done", "state", "left"), [(True, "done", "10.34"), (False, "refused", "12.34")])
def test_a_lost_refund_is_decided_once(
    desk: CashDesk, simulator: Simulator, user: User, announced: Announcements, done: bool, state: str, left: str
) -> None:
    authorisation = desk.captured(simulator)
    simulator.fault("refund", "lost_answer")
    refund = desk.refund(authorisation, euros("2.00"))
    desk.run(refund)
    desk.clock.forward(hours=1)
    decision = decide_refund(refund, done=done, user=user, note="the bank's list", now=desk.clock())
    authorisation.refresh_from_db()
    refund.refresh_from_db()
    operation = refund.operations.get()
    assert (operation.state, operation.detail) == ("answered" if done else "not_sent", "decided")
    assert operation.outcome == ("approved" if done else "")
    assert operation.finished_at == refund.finished_at == decision.at == desk.clock()
    assert (refund.detail, decision.refund, decision.operation) == ("decided", refund, operation)
    assert (decision.authorisation, decision.event, decision.amount_minor) == (authorisation, state, 200)
    assert (decision.user, decision.note) == (user, "the bank's list")
    entry = JournalEntry.objects.latest("number")
    assert (entry.user_id, entry.operation_id, entry.decision_id) == (user.pk, operation.pk, decision.pk)
    assert (Refund.objects.get().state, authorisation.refundable) == (state, euros(left))
    assert announced.refunds[-1] == state
    with pytest.raises(NotInDoubt):
        decide_refund(refund, done=not done, user=user, note="again", now=desk.clock())
    with pytest.raises(ValueError, match="reason"):
        decide_refund(refund, done=done, user=user, note="", now=desk.clock())
