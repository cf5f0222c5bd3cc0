"""Asking for a hold: the real driver against the real simulator."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from pytest_django import DjangoCaptureOnCommitCallbacks

from hardware.models import Terminal
from hardware.terminal.interface import Capability, OutcomeUnknown
from payments import authorisations
from payments.errors import TerminalBusy, TerminalNotReady
from payments.models import Authorisation, Operation
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import FIFTY, CashDesk, euros
from tests.payments.conftest import Announcements
from tests.payments.scripted import ScriptedTerminal


def test_the_intent_is_written_before_anything_is_sent(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.ask()
    operation = authorisation.operations.get()
    assert (authorisation.state, authorisation.requested, authorisation.authorised_minor) == ("pending", FIFTY, 0)
    assert (operation.kind, operation.state, operation.amount_minor) == ("authorise", "queued", 5000)
    assert authorisation.deadline_at == desk.clock() + timedelta(days=settings.HOLD_DAYS[""])
    assert simulator.book() == []


def test_an_approval_holds_the_money_and_names_the_card(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    authorisation = desk.ask()
    simulator.card("visa-1")
    operation = desk.run(authorisation)
    assert (authorisation.state, authorisation.authorised) == ("authorised", FIFTY)
    assert authorisation.card is not None
    assert (authorisation.card.brand, authorisation.card.last_four) == ("VISA", "1001")
    assert authorisation.stan
    assert authorisation.sealed_handle
    assert (operation.state, operation.outcome, operation.card) == ("answered", "approved", authorisation.card)
    assert "EUR 50.00" in operation.receipt
    assert announced.events == ["approved"]
    assert [each["request_id"] for each in simulator.book()] == [str(operation.request_id)]


def test_a_partial_approval_holds_what_was_granted(desk: CashDesk, simulator: Simulator) -> None:
    simulator.fault("authorise", "approved_less", amount=2000)
    authorisation = desk.hold(simulator)
    assert (authorisation.requested, authorisation.authorised) == (FIFTY, euros("20.00"))


@pytest.mark.parametrize(
    ("fault", "state", "event"),
    [
        ("declined", "declined", "declined"),
        ("cancelled", "failed", "nothing_held"),
        ("cardholder_timeout", "failed", "nothing_held"),
        ("busy", "failed", "nothing_held"),
        ("logged_out", "failed", "nothing_held"),
    ],
)
def test_a_refusal_holds_nothing(
    desk: CashDesk, simulator: Simulator, announced: Announcements, fault: str, state: str, event: str
) -> None:
    simulator.fault("authorise", fault)
    authorisation = desk.ask()
    simulator.card("visa-1")
    desk.run(authorisation)
    assert (authorisation.state, authorisation.authorised_minor) == (state, 0)
    assert authorisation.reason
    assert authorisation.closed_at == desk.clock()
    assert announced.events == [event]


def test_a_terminal_that_cannot_be_reached_fails_the_authorisation(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.ask()
    simulator.stop()
    operation = desk.run(authorisation)
    assert (authorisation.state, operation.state) == ("failed", "not_sent")
    simulator.__init__(simulator.settings.data)  # type: ignore[misc]  # the fixture stops it


def test_a_second_cardholder_is_refused_while_the_first_is_served(desk: CashDesk) -> None:
    desk.ask()
    with pytest.raises(TerminalBusy):
        desk.ask()
    assert Authorisation.objects.count() == Operation.objects.count() == 1


def test_the_next_cardholder_is_served_after_the_first(desk: CashDesk, simulator: Simulator) -> None:
    desk.hold(simulator)
    assert desk.hold(simulator, card="mastercard-1").state == "authorised"


@pytest.mark.parametrize("state", ["attention", "unreachable"])
def test_a_terminal_that_is_not_well_serves_nobody(desk: CashDesk, state: str) -> None:
    desk.terminal.state = state
    with pytest.raises(TerminalNotReady) as refused:
        desk.ask()
    assert refused.value.reason == state
    assert str(refused.value) == f"IM30 is not ready: {state}"
    assert not Authorisation.objects.exists()


def test_a_disabled_terminal_serves_nobody(desk: CashDesk) -> None:
    desk.terminal.enabled = False
    with pytest.raises(TerminalNotReady) as refused:
        desk.ask()
    assert refused.value.reason == "disabled"


def test_a_terminal_that_cannot_read_tokens_serves_nobody(scripted_desk: CashDesk, scripted: ScriptedTerminal) -> None:
    scripted.capabilities = frozenset(Capability) - {Capability.READ_TOKEN}
    with pytest.raises(TerminalNotReady) as refused:
        scripted_desk.ask()
    assert refused.value.reason == "cannot_read_token"
    assert str(refused.value).startswith("Scripted is not ready")


def test_a_terminal_whose_record_is_wrong_serves_nobody(db: None, desk: CashDesk) -> None:
    desk.terminal = Terminal.objects.create(name="wrong", url="nonsense://x")
    with pytest.raises(TerminalNotReady) as refused:
        desk.ask()
    assert refused.value.reason == "misconfigured"
    assert str(refused.value).startswith("wrong is not ready")


@pytest.mark.parametrize("amount", ["0.00", "-1.00"])
def test_nothing_cannot_be_authorised(desk: CashDesk, amount: str) -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        desk.ask(euros(amount))


def test_a_driver_who_cancels_before_the_terminal_is_asked_is_never_asked_for_a_card(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    authorisation = desk.ask()
    authorisations.cancel(authorisation, desk.clock())
    operation = desk.run(authorisation)
    assert (authorisation.state, authorisation.reason, operation.state) == ("failed", "cancelled", "cancelled")
    assert operation.finished_at == authorisation.closed_at == desk.clock()
    assert announced.events == ["nothing_held"]
    authorisations.cancel(authorisation, desk.clock())
    assert announced.events == ["nothing_held"]


def test_cancelling_under_way_is_a_wish_and_an_approval_that_came_first_counts(
    scripted_desk: CashDesk,
    scripted: ScriptedTerminal,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    authorisation = scripted_desk.ask()

    def cancelled_too_late(**asked: object) -> None:
        with django_capture_on_commit_callbacks() as wishes:
            authorisations.cancel(authorisation, scripted_desk.clock())
        assert len(wishes) == 1
        authorisation.refresh_from_db()
        assert authorisation.state == "pending"
        raise OutcomeUnknown("", reason="timeout")

    scripted.script = [cancelled_too_late]
    scripted_desk.run(authorisation)
    assert authorisation.state == "in_doubt"


def test_whoever_waits_too_long_for_a_turn_is_not_asked_for_a_card(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.ask()
    desk.clock.now += timedelta(minutes=2)
    assert desk.run(authorisation).state == "queued"
    assert simulator.book() == []
