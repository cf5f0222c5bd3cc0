"""Asking terminals how they are."""

from __future__ import annotations

import pytest

from hardware.models import Terminal
from hardware.terminal.interface import Readiness, Status
from payments import operations
from payments.terminals import due_for_poll, poll
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import CashDesk
from tests.payments.clock import Clock
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_answers import approve


def due(clock: Clock) -> bool:
    return due_for_poll(clock()).exists()


def test_a_terminal_that_was_never_asked_is_asked_and_then_rests(desk: CashDesk, simulator: Simulator) -> None:
    clock = desk.clock
    assert due(clock)
    poll(desk.terminal.pk, clock)
    desk.terminal.refresh_from_db()
    assert (desk.terminal.state, desk.terminal.state_at) == ("ready", clock())
    assert not due(clock)
    clock.forward(seconds=5)
    assert due(clock)


def test_an_unreachable_terminal_is_noticed_and_asked_less_often(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    scripted.readiness = Readiness.UNREACHABLE
    poll(scripted_desk.terminal.pk, scripted_desk.clock)
    assert Terminal.objects.get().state == "unreachable"
    scripted_desk.clock.forward(seconds=14)
    assert not due(scripted_desk.clock)
    scripted_desk.clock.forward(seconds=1)
    assert due(scripted_desk.clock)


def test_a_terminal_is_asked_once_however_many_workers_want_to(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    poll(scripted_desk.terminal.pk, scripted_desk.clock)
    poll(scripted_desk.terminal.pk, scripted_desk.clock)
    assert scripted.verbs == ["status"]


def test_a_terminal_that_is_being_asked_is_asked_by_nobody_else_and_the_others_wait_their_turn(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Terminal.objects.create(name="other", url="scripted://other", state="ready")
    meanwhile: list[list[Terminal]] = []

    def look() -> Status:
        meanwhile.append(list(due_for_poll(scripted_desk.clock())))
        return Status(Readiness.READY)

    monkeypatch.setattr(scripted, "status", look)
    poll(scripted_desk.terminal.pk, scripted_desk.clock)
    assert meanwhile == [[other]]
    scripted_desk.clock.forward(seconds=5)
    poll(scripted_desk.terminal.pk, scripted_desk.clock)
    assert len(meanwhile) == 2  # once more, when it is due once more


def test_what_only_waits_to_be_settled_keeps_no_terminal_from_being_asked(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    scripted.script = [approve]
    held = scripted_desk.ask()
    scripted_desk.run(held)
    scripted_desk.capture(held)
    assert due(scripted_desk.clock)


def test_a_driver_that_fails_is_shown_to_the_technician(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripted, "status", [].pop)
    poll(scripted_desk.terminal.pk, scripted_desk.clock)
    found = Terminal.objects.get()
    assert (found.state, found.state_detail, found.state_at) == ("attention", "defect", scripted_desk.clock())


@pytest.mark.parametrize("claimed", [True, False])
def test_a_terminal_is_not_asked_while_it_serves_a_cardholder(desk: CashDesk, claimed: bool) -> None:
    operation = desk.ask().operations.get()
    if claimed:
        operations.claim(operation.pk, desk.clock())
    assert not due(desk.clock)


def test_a_disabled_terminal_is_left_alone(desk: CashDesk) -> None:
    Terminal.objects.update(enabled=False)
    assert not due(desk.clock)


def test_a_record_that_opens_no_driver_is_shown_to_the_technician(db: None, clock: Clock) -> None:
    wrong = Terminal.objects.create(name="wrong", url="nonsense://x")
    poll(wrong.pk, clock)
    wrong.refresh_from_db()
    assert (wrong.state, wrong.state_detail) == ("attention", "misconfigured")
