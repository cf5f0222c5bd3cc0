"""Giving money back, once, and never more than was taken."""

from __future__ import annotations

from uuid import uuid4

import pytest
from moneyed import Money

from hardware import terminals
from hardware.models import Terminal
from payments import refunds
from payments.errors import RefundRefused
from payments.models import Authorisation, Operation, Refund
from payments.refunds import conclude
from tests.hardware.terminal.conftest import QUICK
from tests.hardware.terminal.simulated import Simulator
from tests.payments.approving import QuickDesk
from tests.payments.cashdesk import TWELVE, CashDesk, euros
from tests.payments.conftest import Announcements


def refusal(desk: CashDesk, *arguments: object, **more: object) -> str:
    with pytest.raises(RefundRefused) as refused:
        desk.refund(*arguments, **more)  # type: ignore[arg-type]
    return refused.value.code


def test_a_refund_gives_back_a_part_and_then_the_rest(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    authorisation = desk.captured(simulator)
    first = desk.refund(authorisation, euros("2.34"))
    assert authorisation.refundable == euros("10.00")  # reserved at once
    desk.run(first)
    second = desk.refund(authorisation, euros("10.00"))
    desk.run(second)
    authorisation.refresh_from_db()
    assert (first.state, second.state, authorisation.refundable) == ("done", "done", euros("0.00"))
    assert announced.refunds == ["requested", "done"] * 2
    assert [each["amount_minor"] for each in simulator.book() if each["kind"] == "refund"] == [234, 1000]


@pytest.mark.parametrize(
    ("amount", "quoted", "code"),
    [
        (euros("12.35"), TWELVE, "too_much"),
        (euros("0.00"), TWELVE, "nothing"),
        (euros("-0.01"), TWELVE, "nothing"),
        (euros("1.00"), euros("12.33"), "stale"),
        (Money("1.00", "GBP"), TWELVE, "currency"),
        (euros("1.00"), Money("12.34", "GBP"), "currency"),
    ],
)
def test_a_refund_that_does_not_fit_is_refused_and_changes_nothing(
    desk: CashDesk, simulator: Simulator, amount: Money, quoted: Money, code: str
) -> None:
    authorisation = desk.captured(simulator)
    assert refusal(desk, authorisation, amount, quoted) == code
    authorisation.refresh_from_db()
    assert authorisation.refunded_minor == 0
    assert not Refund.objects.exists()
    assert not Operation.objects.filter(kind="refund").exists()


@pytest.mark.parametrize(
    ("state", "code"), [("authorised", "not_captured"), ("capturing", "not_captured"), ("in_doubt", "in_doubt")]
)
def test_only_what_was_captured_can_be_refunded(desk: CashDesk, simulator: Simulator, state: str, code: str) -> None:
    authorisation = desk.hold(simulator)
    if state != "authorised":
        simulator.fault("capture", "lost_answer")
        desk.capture(authorisation)
    if state == "in_doubt":
        desk.run(authorisation)
    assert refusal(desk, authorisation, euros("1.00")) == code


def test_a_double_click_refunds_once(desk: CashDesk, simulator: Simulator) -> None:
    authorisation, form = desk.captured(simulator), uuid4()
    first = desk.refund(authorisation, euros("5.00"), TWELVE, form)
    again = desk.refund(authorisation, euros("5.00"), TWELVE, form)
    desk.run(first)
    much_later = desk.refund(authorisation, euros("5.00"), TWELVE, form)
    assert first == again == much_later
    assert (Refund.objects.count(), authorisation.refundable) == (1, euros("7.34"))
    assert len([each for each in simulator.book() if each["kind"] == "refund"]) == 1


def test_a_refund_id_cannot_be_used_for_something_else(desk: CashDesk, simulator: Simulator) -> None:
    authorisation, form = desk.captured(simulator), uuid4()
    desk.run(desk.refund(authorisation, euros("5.00"), TWELVE, form))
    assert refusal(desk, authorisation, euros("5.01"), refund_id=form) == "other"
    other = desk.captured(simulator)
    assert refusal(desk, other, euros("5.00"), refund_id=form) == "other"


def test_two_agents_at_once_refund_once(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.captured(simulator)
    quoted = authorisation.refundable  # both pages show it
    desk.refund(authorisation, TWELVE, quoted)
    assert refusal(desk, authorisation, TWELVE, quoted) == "stale"


def test_a_refund_the_terminal_refuses_can_be_asked_again(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    authorisation = desk.captured(simulator)
    simulator.fault("refund", "declined", reason="no such account")
    refused = desk.refund(authorisation, TWELVE)
    desk.run(refused)
    authorisation.refresh_from_db()
    assert (refused.state, refused.detail, authorisation.refundable) == ("refused", "no such account", TWELVE)
    again = desk.refund(authorisation, TWELVE)
    desk.run(again)
    assert again.state == "done"
    assert announced.refunds == ["requested", "refused", "requested", "done"]


def test_a_refund_that_was_not_sent_gives_its_money_back_to_be_asked_again(
    desk: CashDesk, simulator: Simulator
) -> None:
    authorisation = desk.captured(simulator)
    simulator.fault("refund", "busy")
    refund = desk.refund(authorisation, TWELVE)
    operation = desk.run(refund)
    authorisation.refresh_from_db()
    assert (refund.state, refund.detail, operation.state) == ("refused", "busy", "not_sent")
    assert authorisation.refundable == TWELVE


@pytest.mark.parametrize(("amount", "second"), [("2.34", ""), ("1.00", "other")])
def test_a_click_that_overtakes_another_at_the_last_moment_is_the_one_that_counts(
    quick_desk: QuickDesk, monkeypatch: pytest.MonkeyPatch, amount: str, second: str
) -> None:
    authorisation, form, open_driver = quick_desk.taken(), uuid4(), terminals.driver

    def overtaken(terminal: Terminal) -> object:
        with monkeypatch.context() as patch:
            patch.setattr(refunds, "driver", open_driver)
            quick_desk.refund(Authorisation.objects.get(), euros(amount), TWELVE, form)
        return open_driver(terminal)

    monkeypatch.setattr(refunds, "driver", overtaken)
    if second:
        assert refusal(quick_desk, authorisation, euros("2.34"), TWELVE, form) == second
    else:
        assert quick_desk.refund(authorisation, euros("2.34"), TWELVE, form).pk == form
    assert Refund.objects.get().amount == euros(amount)
    assert Operation.objects.filter(kind="refund").count() == 1


def test_a_click_that_was_overtaken_and_refused_meanwhile_is_the_same_refund(
    desk: CashDesk, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was reserved is free again by then, so that nothing looks stale (make faults SEED=1745)."""
    authorisation, form, open_driver = desk.captured(simulator), uuid4(), terminals.driver
    simulator.fault("refund", "declined", reason="no such account")

    def overtaken(terminal: Terminal) -> object:
        with monkeypatch.context() as patch:
            patch.setattr(refunds, "driver", open_driver)
            desk.run(desk.refund(Authorisation.objects.get(), TWELVE, TWELVE, form))
        return open_driver(terminal)

    monkeypatch.setattr(refunds, "driver", overtaken)
    second = desk.refund(authorisation, TWELVE, TWELVE, form)
    assert (second.pk, second.state, authorisation.refundable) == (form, "refused", TWELVE)
    assert Operation.objects.filter(kind="refund").count() == 1


def test_what_is_reserved_says_for_which_refund(quick_desk: QuickDesk) -> None:
    authorisation = quick_desk.taken()
    refund = quick_desk.refund(authorisation, euros("2.34"))
    entry = authorisation.journal.latest("number")
    assert (entry.cause, entry.refund, entry.operation) == ("refund_reserved", refund, refund.operations.get())
    assert (refund.created_at, refund.reason, refund.requested_by) == (quick_desk.clock(), "cable too short", None)


def test_what_became_of_a_refund_is_written_and_announced_once(quick_desk: QuickDesk, announced: Announcements) -> None:
    authorisation = quick_desk.taken()
    refund = quick_desk.refund(authorisation, euros("2.34"))
    for state in (Refund.State.IN_DOUBT, Refund.State.DONE):
        assert conclude(refund, state, quick_desk.clock())
        assert not conclude(refund, state, quick_desk.clock())
        assert refund.finished_at == (quick_desk.clock() if state == Refund.State.DONE else None)
    assert not conclude(refund, Refund.State.REFUSED, quick_desk.clock())  # it is over
    assert announced.refunds == ["requested", "in_doubt", "done"]
    assert [each.cause for each in authorisation.journal.order_by("number")][-2:] == ["refund_in_doubt", "refund_done"]


def test_a_terminal_that_cannot_refund_is_not_asked_to(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.captured(simulator)
    Terminal.objects.update(profile=QUICK | {"refund": False})
    authorisation.terminal.refresh_from_db()
    assert refusal(desk, authorisation, TWELVE) == "unsupported"


def test_a_terminal_whose_record_is_wrong_is_not_asked_to_refund(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.captured(simulator)
    Terminal.objects.update(url="nonsense://x")
    authorisation.terminal.refresh_from_db()
    assert refusal(desk, authorisation, TWELVE) == "misconfigured"


def test_one_cent_and_everything_can_be_refunded(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.captured(simulator, euros("0.01"))
    refund = desk.refund(authorisation, euros("0.01"))
    desk.run(refund)
    assert refund.state == "done"
    assert refusal(desk, authorisation, euros("0.01"), euros("0.00")) == "too_much"
