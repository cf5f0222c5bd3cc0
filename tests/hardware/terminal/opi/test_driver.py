"""The verbs over real sockets, as the terminal hears and answers them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
from moneyed import Money

from hardware.terminal.interface import Capability, NotSent, Outcome, OutcomeUnknown, Reason, TokenType
from hardware.terminal.opi.device import Input, Output
from hardware.terminal.opi.messages import Values
from tests.hardware.terminal.opi.asking import HANDLE, HOLD, ID, authorise, capture, release
from tests.hardware.terminal.opi.conftest import Talking
from tests.hardware.terminal.opi.peer import ENTRY, HELD, PATIENCE, Caller


def whole_visit(caller: Caller) -> None:
    for output in (
        Output("CustomerDisplay", ("Present", "card")),
        Output("DeliveryBox"),
        Output("Printer", ("RECEIPT", "CARD 4111 1111 1111 1111")),
        Output("Printer", ("MERCHANT",), ticket_type="MerchantReceipt"),
        Output("E-Journal", entry=ENTRY),
    ):
        assert caller.device(output).result == "Success"
    caller.answer()


def test_an_authorisation_brings_hold_token_reference_and_receipts(talking: Talking) -> None:
    terminal, peer = talking(whole_visit)
    result = authorise(terminal)
    assert (result.outcome, result.amount, result.request_id) == (Outcome.APPROVED, HOLD, ID)
    assert result.card is not None
    assert result.handle is not None
    assert (result.card.token_type, result.card.token) == (TokenType.CARD, "99TOKENSECRET")
    assert (result.card.brand, result.card.last_four) == ("VISA", "4242")
    assert (result.handle.reference, result.handle.stan) == ("TRX-SECRET-1", "000321")
    assert result.receipts.customer == ("RECEIPT", "CARD ****1111")
    assert result.receipts.merchant == ("MERCHANT",)
    assert "amount: 50.00 EUR" in result.receipts.journal
    assert result.at is not None
    assert result.at.isoformat() == "2026-03-02T09:15:20+01:00"
    assert "SECRET" not in repr(result)
    (request,) = peer.requests
    assert (request.request_type, request.request_id, request.amount) == ("CardPreAuthorisation", str(ID), HOLD)
    assert (request.workstation_id, request.language, request.wants_token) == ("KIOSK7", "nl", True)
    assert request.at is not None
    assert request.at.isoformat() == "2026-03-02T09:15:21+01:00"


def test_a_smaller_grant_is_an_approval_for_less(talking: Talking) -> None:
    terminal, _ = talking(lambda caller: caller.answer(values=replace(HELD, amount="20.00")))
    assert authorise(terminal).amount == Money(20, "EUR")


def test_a_capture_names_the_reference_and_the_real_amount(talking: Talking) -> None:
    terminal, peer = talking(lambda caller: caller.answer(values=replace(HELD, amount="18.40", token="")))
    assert capture(terminal).amount == Money("18.40", "EUR")
    (request,) = peer.requests
    assert (request.request_type, request.amount) == ("CardFinancialAdvice", Money("18.40", "EUR"))
    assert (request.reference, request.reason_code) == (HANDLE.reference, "")


def test_a_release_is_an_advice_of_zero_with_reason_25(talking: Talking) -> None:
    terminal, peer = talking(lambda caller: caller.answer(values=Values(amount="0.00", currency="EUR")))
    assert (release(terminal).outcome, release(terminal).amount) == (Outcome.APPROVED, Money(0, "EUR"))
    assert (peer.requests[0].amount, peer.requests[0].reason_code) == (Money(0, "EUR"), "25")


def test_a_release_can_be_a_reversal_which_names_no_amount(talking: Talking) -> None:
    mapping = {"request_types": {"release": "PaymentReversal"}}
    terminal, peer = talking(lambda caller: caller.answer(values=HELD), mapping=mapping)
    assert release(terminal).amount == Money(0, "EUR")
    assert (peer.requests[0].request_type, peer.requests[0].amount) == ("PaymentReversal", None)


def test_a_refund_and_a_token_are_asked_for_by_their_own_words(talking: Talking) -> None:
    terminal, peer = talking(lambda caller: caller.answer())
    terminal.refund(request_id=ID, key=uuid4(), amount=HOLD, handle=HANDLE)
    read = terminal.read_token(request_id=ID + 1, language="xx")
    assert read.card is not None
    assert read.card.token == "99TOKENSECRET"
    assert peer.asked == ["PaymentRefund", "CardSwipe"]
    assert (peer.requests[1].language, peer.requests[1].amount) == ("en", None)


@pytest.mark.parametrize(
    ("result", "values", "outcome", "reason"),
    [
        ("Failure", Values(host_reason="51"), Outcome.DECLINED, "Failure host 51"),
        ("Failure", Values(terminal_reason="569", host_reason="0"), Outcome.DECLINED, "Failure terminal 569"),
        ("UnknownCard", Values(), Outcome.DECLINED, "UnknownCard"),
        ("Aborted", Values(), Outcome.ABORTED, "Aborted"),
        ("Failure", Values(terminal_reason="107"), Outcome.ABORTED, "Failure terminal 107"),
        ("TimedOut", Values(), Outcome.TIMED_OUT, "TimedOut"),
    ],
)
def test_a_refusal_holds_nothing_and_says_why(
    talking: Talking, result: str, values: Values, outcome: Outcome, reason: str
) -> None:
    terminal, _ = talking(lambda caller: caller.answer(result, values))
    refused = authorise(terminal)
    assert (refused.outcome, refused.amount, refused.reason) == (outcome, Money(0, "EUR"), reason)
    assert refused.handle is None


def test_the_text_on_the_screen_can_be_read_while_it_waits_and_an_abort_goes_beside_it(talking: Talking) -> None:
    shown, aborted = threading.Event(), threading.Event()

    def waits(caller: Caller) -> None:
        caller.device(Output("CustomerDisplay", ("Present card",)))
        shown.set()
        assert aborted.wait(PATIENCE)
        caller.answer("Aborted", Values())

    def abort(caller: Caller) -> None:
        caller.answer(values=Values())
        aborted.set()

    terminal, peer = talking(waits, abort)
    with ThreadPoolExecutor() as pool:
        running = pool.submit(authorise, terminal)
        assert shown.wait(PATIENCE)
        assert terminal.display_text(language="en") == "Present card"
        assert terminal.status().detail == "serving"
        terminal.abort()
        assert running.result(PATIENCE).outcome is Outcome.ABORTED
    assert terminal.display_text(language="en") == ""
    assert peer.asked == ["CardPreAuthorisation", "AbortRequest"], "no status is asked while it serves"


def test_nothing_is_aborted_while_the_terminal_is_free(talking: Talking) -> None:
    terminal, peer = talking(lambda caller: caller.answer(values=Values(state="IDLE")))
    with pytest.raises(NotSent) as caught:
        terminal.abort()
    assert (caught.value.reason, peer.asked) == ("nothing_running", ["GetStatus"])


def test_questions_to_a_cashier_are_answered_as_the_profile_says(talking: Talking) -> None:
    heard: list[object] = []

    def asks(caller: Caller) -> None:
        heard.append(caller.device(inputs=(Input("CashierKeyboard", "GetConfirmation"),)).inputs[0].confirmed)
        heard.append(caller.device(Output("DeliveryBox")).result)
        caller.answer()

    terminal, _ = talking(asks, mapping={"confirm": True, "deliver": False})
    authorise(terminal)
    assert heard == [True, "Failure"]


def test_the_day_is_closed_under_its_own_request_id(talking: Talking) -> None:
    def closes(caller: Caller) -> None:
        caller.device(Output("Printer", ("TOTALS",)))
        caller.answer("DayClosed", Values())

    terminal, peer = talking(closes)
    closing = terminal.end_of_day(request_id=ID)
    assert (closing.outcome, closing.receipts.customer) == (Outcome.APPROVED, ("TOTALS",))
    assert (peer.asked, peer.requests[0].request_id) == (["CloseDay"], str(ID))


def test_a_build_without_pre_authorisation_says_so_and_sends_nothing(talking: Talking) -> None:
    terminal, peer = talking(abilities={"pre_authorisation": False, "read_token": False, "recover": False})
    assert terminal.capabilities == {
        Capability.STATUS,
        Capability.ABORT,
        Capability.DISPLAY_TEXT,
        Capability.END_OF_DAY,
    }
    with pytest.raises(NotSent) as caught:
        authorise(terminal)
    assert (caught.value.reason, peer.requests) == ("unsupported", [])


def test_the_trace_shows_the_dialogue_without_token_or_reference(talking: Talking) -> None:
    lines: list[str] = []
    terminal, _ = talking(whole_visit, trace=lines.append)
    authorise(terminal)
    assert "CardPreAuthorisation" in lines[0]
    assert "Success" in lines[-1]
    assert not any("SECRET" in line or "4111" in line for line in lines)


@pytest.mark.parametrize("test_mode", [False, True])
def test_a_test_system_is_believed_only_where_the_record_says_that_it_is_one(talking: Talking, test_mode: bool) -> None:
    def prints(caller: Caller) -> None:
        caller.device(Output("Printer", ("*** Test System ***",)))
        caller.answer()

    terminal, _ = talking(prints, test_mode=test_mode)
    if test_mode:
        assert authorise(terminal).outcome is Outcome.APPROVED
    else:
        with pytest.raises(OutcomeUnknown) as caught:
            authorise(terminal)
        assert caught.value.reason == "test_mode"


def test_reason_codes_follow_the_profile(talking: Talking) -> None:
    terminal, peer = talking(
        lambda caller: caller.answer(values=replace(HELD, amount="1.00")),
        mapping={"reason_codes": {"charger_fault": "31"}},
    )
    capture(terminal, "1.00", Reason.CHARGER_FAULT)
    assert peer.requests[0].reason_code == "31"
