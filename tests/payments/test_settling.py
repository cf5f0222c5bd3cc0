"""Capturing and releasing what is held: the real driver against the real simulator."""

from __future__ import annotations

from datetime import datetime

import pytest
from moneyed import Money
from pytest_django import Settings

from hardware.terminal.interface import Reason
from payments import authorisations
from payments.lifecycle import Forbidden
from payments.models import Authorisation, Operation
from payments.sweep import sweep
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import FIFTY, TWELVE, CashDesk, euros
from tests.payments.conftest import Announcements


def moves(simulator: Simulator) -> list[tuple[str, str, int]]:
    return [(each["kind"], each["outcome"], each["amount_minor"]) for each in simulator.book()]


def test_a_capture_takes_what_was_used_and_releases_the_rest(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    authorisation = desk.hold(simulator)
    operation = desk.capture(authorisation)
    assert (authorisation.state, operation.state, authorisation.captured_minor) == ("capturing", "queued", 0)
    desk.run(authorisation)
    assert (authorisation.state, authorisation.captured, authorisation.refundable) == ("captured", TWELVE, TWELVE)
    assert authorisation.closed_at == desk.clock()
    assert announced.events == ["approved", "capture", "captured"]
    assert moves(simulator) == [("authorise", "approved", 5000), ("capture", "approved", 1234)]
    assert simulator.totals()[0]["captured_minor"] == 1234


def test_the_whole_hold_can_be_captured(desk: CashDesk, simulator: Simulator) -> None:
    assert desk.captured(simulator, FIFTY).captured == FIFTY


def test_a_release_gives_up_the_whole_hold(desk: CashDesk, simulator: Simulator, announced: Announcements) -> None:
    authorisation = desk.hold(simulator)
    desk.release(authorisation)
    operation = desk.run(authorisation)
    assert (authorisation.state, authorisation.captured_minor) == ("released", 0)
    assert (operation.kind, operation.reason) == ("release", "not_started")
    assert announced.events == ["approved", "release", "released"]
    assert moves(simulator) == [("authorise", "approved", 5000), ("release", "approved", 5000)]


@pytest.mark.parametrize(("amount", "state"), [("0.00", "released"), ("0.01", "captured")])
def test_zero_is_a_release_and_one_cent_is_a_capture(
    desk: CashDesk, simulator: Simulator, amount: str, state: str
) -> None:
    authorisation = desk.hold(simulator)
    authorisations.settle(authorisation, amount=euros(amount), reason=Reason.NO_ENERGY, now=desk.clock())
    desk.run(authorisation)
    assert (authorisation.state, authorisation.captured) == (state, euros(amount))


@pytest.mark.parametrize("amount", ["50.01", "0.00", "-1.00"])
def test_more_than_is_held_and_nothing_cannot_be_captured(desk: CashDesk, simulator: Simulator, amount: str) -> None:
    authorisation = desk.hold(simulator)
    with pytest.raises(ValueError, match="more than"):
        desk.capture(authorisation, euros(amount))
    assert authorisation.operations.count() == 1
    assert Authorisation.objects.get().state == "authorised"


def test_a_partial_approval_limits_what_can_be_captured(desk: CashDesk, simulator: Simulator) -> None:
    simulator.fault("authorise", "approved_less", amount=2000)
    authorisation = desk.hold(simulator)
    with pytest.raises(ValueError, match="more than"):
        desk.capture(authorisation, euros("20.01"))
    desk.capture(authorisation, euros("20.00"))


def test_another_currency_cannot_be_captured(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.hold(simulator)
    with pytest.raises(ValueError, match="held in EUR"):
        desk.capture(authorisation, Money("1.00", "GBP"))


def test_a_second_settlement_returns_the_one_under_way(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.hold(simulator)
    stale = Authorisation.objects.get()
    first = desk.capture(authorisation)
    assert desk.capture(authorisation, euros("1.00")) == first
    assert desk.release(stale) == first
    desk.run(authorisation)
    assert desk.release(authorisation) == first
    assert moves(simulator) == [("authorise", "approved", 5000), ("capture", "approved", 1234)]


def test_a_stale_object_can_be_settled_when_the_record_is_held(desk: CashDesk, simulator: Simulator) -> None:
    stale = desk.ask()
    simulator.card()
    desk.run(stale.operations.get())
    assert stale.state == "pending"
    assert desk.capture(stale).state == "queued"


def test_what_is_not_held_cannot_be_settled(desk: CashDesk) -> None:
    authorisation = desk.ask()
    with pytest.raises(Forbidden, match="release does not fit pending"):
        desk.release(authorisation)
    assert Operation.objects.count() == 1


def test_a_capture_that_was_not_sent_is_tried_again_later_and_later(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    authorisation = desk.hold(simulator)
    operation = desk.capture(authorisation)
    simulator.fault("capture", "busy", times=4)
    delays: list[float] = []
    for _ in range(4):
        desk.run(operation)
        assert (operation.state, operation.lease_until) == ("queued", None)
        delays.append((operation.due_at - desk.clock()).total_seconds())
        desk.run(operation)  # not due yet: nothing happens
        assert operation.tries == len(delays)
        desk.clock.now = operation.due_at
    assert all(5 * 2**n <= delay <= 6.25 * 2**n for n, delay in enumerate(delays)), delays
    desk.run(authorisation)
    assert authorisation.state == "captured"
    assert moves(simulator) == [("authorise", "approved", 5000), ("capture", "approved", 1234)]
    assert announced.events == ["approved", "capture", "captured"]


def test_the_sweep_wakes_a_retry_when_it_is_due(
    desk: CashDesk, simulator: Simulator, woken: list[tuple[str, object]]
) -> None:
    authorisation = desk.hold(simulator)
    operation = desk.release(authorisation)
    simulator.fault("release", "logged_out")
    desk.run(operation)

    def woken_at(now: datetime) -> bool:
        woken.clear()
        sweep(now)
        return ("payments.release", str(operation.pk)) in woken

    assert not woken_at(desk.clock())
    assert woken_at(desk.clock.forward(seconds=10))


def test_a_refused_capture_is_put_before_a_person(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    authorisation = desk.hold(simulator)
    simulator.fault("capture", "declined", reason="hold expired")
    desk.capture(authorisation)
    operation = desk.run(authorisation)
    assert (authorisation.state, authorisation.reason, authorisation.captured_minor) == ("in_doubt", "hold expired", 0)
    assert (operation.state, operation.outcome) == ("answered", "declined")
    assert announced.events[-1] == "capture_refused"


def test_a_lost_field_key_sends_nothing_and_loses_nothing(
    desk: CashDesk, simulator: Simulator, settings: Settings
) -> None:
    authorisation = desk.hold(simulator)
    operation = desk.capture(authorisation)
    settings.FIELD_KEYS = ["another key altogether, 32 characters"]
    desk.run(operation)
    assert (operation.state, operation.detail) == ("queued", "misconfigured")
    assert moves(simulator) == [("authorise", "approved", 5000)]
