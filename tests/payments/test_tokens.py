"""Reading the card that wants to stop."""

from __future__ import annotations

import pytest

from payments import tokens
from payments.cards import same_card
from payments.errors import TerminalBusy, TerminalNotReady
from payments.models import Operation
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import CashDesk
from tests.payments.conftest import Announcements


def ask(desk: CashDesk) -> Operation:
    return tokens.read_token(terminal=desk.terminal, language="nl", now=desk.clock())


def test_the_card_that_is_presented_is_announced(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    start = desk.hold(simulator).card
    operation = ask(desk)
    simulator.card("visa-1")
    desk.run(operation)
    assert (operation.state, operation.outcome, operation.card) == ("answered", "approved", start)
    assert operation.language == "nl"
    assert announced.cards == [start]
    assert [each["kind"] for each in simulator.book()] == ["authorise"]


def test_another_card_is_another_card(desk: CashDesk, simulator: Simulator) -> None:
    start = desk.hold(simulator).card
    operation = ask(desk)
    simulator.card("mastercard-1")
    desk.run(operation)
    assert start is not None
    assert operation.card is not None
    assert not same_card(start, operation.card)


@pytest.mark.parametrize(
    ("fault", "state", "outcome"),
    [
        ("cancelled", "answered", "aborted"),
        ("cardholder_timeout", "answered", "timed_out"),
        ("busy", "not_sent", ""),
        ("lost_answer", "unknown", ""),
    ],
)
def test_no_card_is_announced_as_none(
    desk: CashDesk, simulator: Simulator, announced: Announcements, fault: str, state: str, outcome: str
) -> None:
    simulator.fault("token", fault)
    operation = ask(desk)
    simulator.card()
    desk.run(operation)
    assert (operation.state, operation.outcome, announced.cards) == (state, outcome, [None])


def test_a_terminal_serves_one_cardholder_whatever_they_want(desk: CashDesk) -> None:
    ask(desk)
    with pytest.raises(TerminalBusy):
        desk.ask()
    with pytest.raises(TerminalBusy):
        ask(desk)


def test_a_terminal_that_is_not_ready_reads_no_card(desk: CashDesk) -> None:
    desk.terminal.enabled = False
    with pytest.raises(TerminalNotReady):
        ask(desk)


def test_a_waiting_read_can_be_cancelled_once(
    desk: CashDesk, announced: Announcements, woken: list[tuple[str, object]]
) -> None:
    operation = ask(desk)
    tokens.cancel_token_read(operation, desk.clock())
    tokens.cancel_token_read(operation, desk.clock())
    operation.refresh_from_db()
    assert (operation.state, operation.detail, announced.cards) == ("cancelled", "cancelled", [None])
    assert operation.finished_at == desk.clock()
    assert not [task for task, _ in woken if task == "payments.abort"]


def test_a_read_under_way_is_aborted_on_the_drivers_wish(desk: CashDesk, woken: list[tuple[str, object]]) -> None:
    operation = ask(desk)
    Operation.objects.update(state="in_flight")
    tokens.cancel_token_read(operation, desk.clock())
    assert woken[-1] == ("payments.abort", str(operation.pk))
    operation.refresh_from_db()
    assert (operation.state, operation.abort_wanted) == ("in_flight", True)
