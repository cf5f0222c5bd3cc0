"""Whole visits: the real driver against the real simulator over a real socket."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from uuid import uuid4

import pytest
from moneyed import Money

from hardware.terminal.interface import (
    Capability,
    Handle,
    NotSent,
    Outcome,
    PaymentTerminal,
    Readiness,
    Reason,
    Result,
    TokenType,
)
from tests.hardware.terminal.simulated import PATIENCE, Simulator

FIFTY = Money("50.00", "EUR")
NOTHING = Money("0.00", "EUR")


def hold(terminal: PaymentTerminal, simulator: Simulator, card: str = "visa-1", request_id: int = 1) -> Handle:
    simulator.card(card)
    held = terminal.authorise(request_id=request_id, key=uuid4(), amount=FIFTY, language="en")
    assert held.handle is not None
    return held.handle


def capture(terminal: PaymentTerminal, handle: Handle, amount: str = "18.40", request_id: int = 2) -> Result:
    return terminal.capture(
        request_id=request_id, key=uuid4(), amount=Money(amount, "EUR"), handle=handle, reason=Reason.NORMAL_END
    )


def release(terminal: PaymentTerminal, handle: Handle, request_id: int = 3) -> Result:
    return terminal.release(
        request_id=request_id, key=uuid4(), currency="EUR", handle=handle, reason=Reason.NOT_STARTED
    )


def test_an_authorisation_blocks_until_a_card_is_presented(
    simulator: Simulator, terminal: PaymentTerminal, background: Callable[..., Future[Result]]
) -> None:
    held = background(terminal.authorise, request_id=700011, key=uuid4(), amount=FIFTY, language="nl")
    state = simulator.wait_for("card")
    assert state["amount"] == {"minor": 5000, "currency": "EUR", "text": "€\xa050,00"}
    assert not held.done()
    assert simulator.card("visa-1") == {"presented": True, "operation": "authorise"}
    result = held.result(PATIENCE)
    assert (result.outcome, result.amount, result.request_id) == (Outcome.APPROVED, FIFTY, 700011)
    assert result.card is not None
    assert result.handle is not None
    assert result.at is not None
    assert (result.card.token_type, result.card.brand, result.card.last_four) == (TokenType.CARD, "VISA", "1001")
    assert result.stan == "00000001" == result.handle.stan
    assert any("EUR 50.00" in line for line in result.receipts.customer)


def test_a_visit_holds_captures_refunds_and_the_book_says_the_same(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    handle = hold(terminal, simulator)
    taken = capture(terminal, handle)
    assert (taken.outcome, taken.amount) == (Outcome.APPROVED, Money("18.40", "EUR"))
    back = terminal.refund(request_id=3, key=uuid4(), amount=Money("8.40", "EUR"), handle=handle)
    assert (back.outcome, back.amount) == (Outcome.APPROVED, Money("8.40", "EUR"))
    lines = [(each["kind"], each["outcome"], each["amount_minor"], each["of"]) for each in simulator.book()]
    assert lines == [
        ("authorise", "approved", 5000, None),
        ("capture", "approved", 1840, "1"),
        ("refund", "approved", 840, "1"),
    ]
    assert simulator.totals() == [
        {
            "request_id": "1",
            "currency": "EUR",
            "card": "visa-1",
            "authorised_minor": 5000,
            "held_minor": 0,
            "captured_minor": 1840,
            "released_minor": 3160,
            "refunded_minor": 840,
        }
    ]


def test_a_release_frees_the_whole_hold(simulator: Simulator, terminal: PaymentTerminal) -> None:
    result = release(terminal, hold(terminal, simulator))
    assert (result.outcome, result.amount) == (Outcome.APPROVED, NOTHING)
    assert [(each["kind"], each["amount_minor"]) for each in simulator.book()] == [
        ("authorise", 5000),
        ("release", 5000),
    ]
    assert simulator.totals()[0]["held_minor"] == 0


def test_a_wrong_pin_is_a_decline_but_a_phone_needs_none(simulator: Simulator, terminal: PaymentTerminal) -> None:
    simulator.card("maestro-1", pin="wrong")
    refused = terminal.authorise(request_id=1, key=uuid4(), amount=FIFTY, language="en")
    assert (refused.outcome, refused.reason) == (Outcome.DECLINED, "wrong PIN")
    simulator.card("wallet-visa-1", pin="wrong")
    assert terminal.authorise(request_id=2, key=uuid4(), amount=FIFTY, language="en").outcome is Outcome.APPROVED


def test_a_small_hold_needs_no_pin(simulator: Simulator, terminal: PaymentTerminal) -> None:
    simulator.card("visa-1", pin="wrong")
    small = terminal.authorise(request_id=1, key=uuid4(), amount=Money("49.99", "EUR"), language="en")
    assert small.outcome is Outcome.APPROVED


def test_a_pin_can_be_typed_after_the_tap(
    simulator: Simulator, terminal: PaymentTerminal, background: Callable[..., Future[Result]]
) -> None:
    held = background(terminal.authorise, request_id=1, key=uuid4(), amount=FIFTY, language="en")
    simulator.wait_for("card")
    simulator.card("visa-1", pin="ask")
    assert simulator.wait_for("pin")["screen"]["text"] == "Enter your PIN"
    simulator.post("/sim/pin", {"pin": "ok"})
    assert held.result(PATIENCE).outcome is Outcome.APPROVED


def test_the_token_of_a_card_is_the_one_of_its_authorisation(simulator: Simulator, terminal: PaymentTerminal) -> None:
    simulator.card("visa-1")
    held = terminal.authorise(request_id=1, key=uuid4(), amount=FIFTY, language="en").card
    simulator.card("visa-1")
    same = terminal.read_token(request_id=2, language="en").card
    simulator.card("wallet-visa-1")
    phone = terminal.read_token(request_id=3, language="en").card
    simulator.card("visa-2")
    other = terminal.read_token(request_id=4, language="en").card
    simulator.card("maestro-1")
    maestro = terminal.read_token(request_id=5, language="en").card
    assert held
    assert same
    assert phone
    assert other
    assert maestro
    assert held.token == same.token
    assert held.par == same.par
    assert len(held.par) == 29
    assert phone.token != held.token
    assert phone.par == held.par
    assert other.token != held.token
    assert other.par != held.par
    assert maestro.par == ""
    assert len(simulator.book()) == 1, "reading a token is no transaction"


def test_the_bank_refuses_what_no_bank_would_do(simulator: Simulator, terminal: PaymentTerminal) -> None:
    handle = hold(terminal, simulator)
    above = capture(terminal, handle, "50.01", request_id=10)
    assert (above.outcome, above.reason) == (Outcome.DECLINED, "above the authorised amount")
    assert capture(terminal, handle, "50.00", request_id=11).outcome is Outcome.APPROVED
    assert capture(terminal, handle, "1.00", request_id=12).reason == "already settled"
    assert release(terminal, handle, request_id=13).reason == "already settled"
    too_much = terminal.refund(request_id=14, key=uuid4(), amount=Money("50.01", "EUR"), handle=handle)
    assert (too_much.outcome, too_much.reason) == (Outcome.DECLINED, "above the captured amount")
    for unheard_of, currency, reason in (
        (Handle(1, "SIMREF.unheard-of", "1"), "EUR", "unknown reference"),
        (handle, "GBP", "wrong currency"),
    ):
        pounds = Money("1.00", currency)
        key = uuid4()
        taken = terminal.capture(
            request_id=20 + len(reason), key=key, amount=pounds, handle=unheard_of, reason=Reason.NORMAL_END
        )
        back = terminal.refund(request_id=50 + len(reason), key=key, amount=pounds, handle=unheard_of)
        assert (taken.outcome, taken.reason) == (Outcome.DECLINED, reason)
        assert (back.outcome, back.reason) == (Outcome.DECLINED, reason)
    assert simulator.totals()[0]["captured_minor"] == 5000


def test_a_terminal_that_waits_is_busy_for_everybody_else(
    simulator: Simulator, terminal: PaymentTerminal, background: Callable[..., Future[Result]]
) -> None:
    held = background(terminal.authorise, request_id=1, key=uuid4(), amount=FIFTY, language="fr")
    simulator.wait_for("card")
    assert terminal.status().readiness is Readiness.BUSY
    with pytest.raises(NotSent) as caught:
        terminal.read_token(request_id=2, language="fr")
    assert caught.value.reason == "busy"
    assert terminal.display_text(language="fr") == "Présentez votre carte ou téléphone"
    simulator.card()
    assert held.result(PATIENCE).outcome is Outcome.APPROVED
    status = terminal.status()
    assert (status.readiness, status.detail, status.terminal_id) == (Readiness.READY, "IDLE", "12345678")


def test_refund_and_recovery_are_off_unless_the_device_record_switches_them_on(
    open_driver: Callable[..., PaymentTerminal],
) -> None:
    plain = open_driver(refund=False, recover=False)
    assert plain.capabilities == set(Capability) - {Capability.REFUND, Capability.RECOVER, Capability.END_OF_DAY}
    assert open_driver(recover=False).capabilities == set(Capability) - {Capability.RECOVER, Capability.END_OF_DAY}
