"""Which answers are believed: single answers of a terminal, judged without a wire."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from hardware.terminal.interface import (
    Handle,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Result,
    TerminalError,
    TokenType,
    Verb,
)
from hardware.terminal.payproxy import messages, verdict
from hardware.terminal.payproxy.profile import Profile
from hardware.terminal.payproxy.record import read_profile

FIFTY = Money("50.00", "EUR")
APPROVED: dict[str, Any] = {
    "status": "SUCCESS",
    "amount": "50.00",
    "currency": "EUR",
    "card": "VISA",
    "requestId": "700011",
    "stan": "00000712",
    "timestamp": "2026-03-02T09:15:07.000+01:00",
    "token": "99SIMULATEDTOKEN01",
    "authReference": "H4sIAAAA-opaque",
    "authReferenceVersion": "1",
    "customerReceipt": '["Customer copy", "", "EUR 50.00"]',
}


def judge(said: dict[str, Any], verb: Verb = Verb.AUTHORISE, asked: Money = FIFTY, **record: object) -> Result:
    profile = read_profile(record)
    answer = messages.read_answer(profile, json.dumps(said).encode())
    return verdict.judge_payment(profile, verb, request_id=700011, asked=asked, answer=answer)


def test_the_documented_answer_is_an_approval() -> None:
    result = judge(APPROVED)
    assert (result.outcome, result.amount, result.stan) == (Outcome.APPROVED, FIFTY, "00000712")
    assert result.handle == Handle(700011, "H4sIAAAA-opaque", version="1", stan="00000712")
    assert result.receipts.customer == ("Customer copy", "", "EUR 50.00")
    assert result.card
    assert result.card.token_type is TokenType.CARD


@pytest.mark.parametrize("amount", ["50.00", 50, 50.0, "49.99", 0.01])
def test_any_amount_up_to_the_asked_one_may_be_held(amount: object) -> None:
    assert judge(APPROVED | {"amount": amount}).outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": "50.01"}, "other_amount"),
        ({"amount": "0.00"}, "other_amount"),
        ({"amount": None}, "no_amount"),
        ({"amount": "fifty"}, "no_amount"),
        ({"amount": "50.001"}, "no_amount"),
        ({"currency": "GBP"}, "other_currency"),
        ({"currency": None}, "no_amount"),
        ({"currency": "AAA"}, "no_amount"),
        ({"token": "99\ud800"}, "no_token"),
        ({"requestId": "700012"}, "other_request"),
        ({"requestId": ""}, "other_request"),
        ({"requestId": "²"}, "other_request"),
        ({"requestId": None, "status": "ABORTED"}, "other_request"),
        ({"authReference": ""}, "no_reference"),
        ({"authReference": None}, "no_reference"),
        ({"token": None}, "no_token"),
        ({"token": "  "}, "no_token"),
        ({"status": "SPLENDID"}, "unknown_status"),
        ({"status": "NOT_FOUND"}, "unknown_status"),
        ({"status": "PartialFailure"}, "unknown_status"),
        ({"customerReceipt": '["*** Test System ***"]'}, "test_mode"),
    ],
)
def test_an_approval_that_does_not_add_up_is_an_unknown_outcome(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        judge(APPROVED | change)
    assert caught.value.reason == reason


@pytest.mark.parametrize("verb", [Verb.CAPTURE, Verb.REFUND])
@pytest.mark.parametrize("amount", ["49.99", "50.01", "0.00"])
def test_money_that_moves_must_be_exactly_what_was_asked(verb: Verb, amount: str) -> None:
    with pytest.raises(OutcomeUnknown):
        judge(APPROVED | {"amount": amount}, verb)
    assert judge(APPROVED, verb).handle is None


def test_a_release_must_have_taken_nothing() -> None:
    nothing = Money("0.00", "EUR")
    assert judge(APPROVED | {"amount": "0.00"}, Verb.RELEASE, nothing).amount == nothing
    with pytest.raises(OutcomeUnknown):
        judge(APPROVED | {"amount": "0.01"}, Verb.RELEASE, nothing)


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("DECLINED", Outcome.DECLINED),
        ("Failure", Outcome.DECLINED),
        ("Aborted", Outcome.ABORTED),
        ("TimedOut", Outcome.TIMED_OUT),
    ],
)
def test_a_refusal_holds_nothing_and_keeps_the_terminals_reason(word: str, outcome: Outcome) -> None:
    result = judge({"status": word, "requestId": "700011", "declineReason": "insufficient funds"})
    assert (result.outcome, result.amount, result.handle) == (outcome, Money("0.00", "EUR"), None)
    assert result.reason == "insufficient funds"


@pytest.mark.parametrize("verb", [Verb.CAPTURE, Verb.RELEASE, Verb.REFUND])
def test_a_timeout_without_a_cardholder_was_the_host_and_says_nothing(verb: Verb) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        judge({"status": "TIMED_OUT", "requestId": "700011"}, verb)
    assert caught.value.reason == "host_timeout"


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("BUSY", "busy"),
        ("DeviceUnavailable", "busy"),
        ("LoggedOut", "logged_out"),
        ("PrintLastTicket", "reprint_required"),
        ("REPRINT_TICKET", "reprint_required"),
        ("INOPERABLE", "inoperable"),
        ("ValidationError", "invalid_request"),
    ],
)
def test_a_terminal_that_did_not_start_was_never_sent_anything(word: str, reason: str) -> None:
    for fields in ({"status": word}, {"status": word, "requestId": "700011"}):
        with pytest.raises(NotSent) as caught:
            judge(fields)
        assert caught.value.reason == reason
    with pytest.raises(OutcomeUnknown):
        judge({"status": word, "requestId": "4711"})


def test_the_request_id_is_compared_unless_the_record_says_otherwise() -> None:
    stranger = APPROVED | {"requestId": "9999999999"}
    with pytest.raises(OutcomeUnknown):
        judge(stranger)
    assert judge(stranger, check_request_id=False).outcome is Outcome.APPROVED
    assert judge(APPROVED | {"requestId": 700011}).outcome is Outcome.APPROVED
    assert judge(APPROVED | {"requestId": "0000700011"}).outcome is Outcome.APPROVED


def test_recovery_compares_the_request_id_whatever_the_record_says() -> None:
    profile = Profile(check_request_id=False)
    for word in ("SUCCESS", "NOT_FOUND", "DECLINED"):
        body = json.dumps(APPROVED | {"status": word, "requestId": "4711"}).encode()
        with pytest.raises(OutcomeUnknown):
            verdict.judge_recovery(
                profile, Verb.AUTHORISE, request_id=700011, asked=FIFTY, answer=messages.read_answer(profile, body)
            )


def test_a_test_terminal_is_accepted_only_when_the_record_says_so_and_its_token_never_gets_through() -> None:
    answer = APPROVED | {"token": "991881888888882104", "merchantReceipt": "TEST SYSTEM"}
    result = judge(answer, test_mode=True)
    assert result.card
    assert result.card.token == "99" + hashlib.sha256(b"991881888888882104").hexdigest()[:16]


@pytest.mark.parametrize(
    ("token", "par", "kind", "kept"),
    [
        ("99" + "A" * 16, "V001" + "A" * 25, TokenType.CARD, True),
        ("99" + "A" * 16, "5001" + "1" * 25, TokenType.CARD, True),
        ("96" + "A" * 16, "", TokenType.WEB, True),
        ("95" + "A" * 16, "0" * 29, TokenType.WEB, False),
        ("04A1B2C3", "V001short", TokenType.UID, False),
    ],
)
def test_tokens_have_a_type_and_a_par_has_a_shape(token: str, par: str, kind: TokenType, kept: bool) -> None:
    card = judge(APPROVED | {"token": token, "par": par}).card
    assert card
    assert card.token_type is kind
    assert card.par == (par if kept else "")


def test_unknown_circuits_pass_through() -> None:
    card = judge(APPROVED | {"card": "SODX"}).card
    assert card
    assert card.brand == "SODX"


def test_names_of_fields_and_words_come_from_the_record() -> None:
    answer = APPROVED | {"status": "Klaar", "cardToken": "99REALTOKEN", "eJournal": {"CardNumber": "****4242"}}
    record: dict[str, Any] = {
        "fields": {"token": "cardToken", "masked_card_number": "eJournal.CardNumber"},
        "status_words": {"KLAAR": "approved"},
    }
    card = judge(answer, **record).card
    assert card
    assert (card.token, card.last_four) == ("99REALTOKEN", "4242")
    with pytest.raises(OutcomeUnknown):
        judge(APPROVED, status_words={"SUCCESS": "unknown"})


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*APPROVED, "par", "paymentType", "declineReason"]),
        st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(list(APPROVED.values())),
    ),
    st.sampled_from(Verb),
)
def test_no_answer_ends_otherwise_than_in_one_of_the_three_ways(change: dict[str, Any], verb: Verb) -> None:
    asked = Money("0.00" if verb is Verb.RELEASE else "50.00", "EUR")
    try:
        result = judge(APPROVED | change, verb, asked)
    except (TerminalError, ValueError):
        return
    assert result.amount <= asked
    assert result.outcome is Outcome.APPROVED or result.amount.amount == 0


@settings(deadline=None)
@given(st.sampled_from(["token", "authReference", "status", "declineReason", "stan", "card", "requestId"]))
def test_card_digits_in_an_answer_are_in_no_repr_and_no_error(field: str) -> None:
    digits = "4012888888881881"
    answer = messages.read_answer(Profile(), json.dumps(APPROVED | {field: digits}).encode())
    try:
        shown = repr(verdict.judge_payment(Profile(), Verb.AUTHORISE, request_id=700011, asked=FIFTY, answer=answer))
    except TerminalError as error:
        shown = f"{error} {error.reason}"
    assert digits not in shown
    if field != "requestId":
        assert digits not in repr(answer)
