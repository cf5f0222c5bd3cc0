"""What of an answer is believed: the end of our own transaction, within what was asked, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from moneyed import Money

from hardware.terminal.ccv import transactions, verdict
from hardware.terminal.ccv.hints import read_hint
from hardware.terminal.ccv.profile import Profile
from hardware.terminal.ccv.tracing import Tracer
from hardware.terminal.ccv.transactions import Refusal, Transaction
from hardware.terminal.ccv.verdict import Question
from hardware.terminal.interface import NotSent, Outcome, OutcomeUnknown, TokenType, Verb

PROFILE = Profile(key_env="CCV_KEY")
HOLD = Question(Verb.AUTHORISE, 7, "12345678-R7", Money("40.00", "EUR"))
CAPTURE = Question(Verb.CAPTURE, 8, "12345678-R8", Money("18.40", "EUR"), original="TL1")

HELD: dict[str, object] = {
    "reference": "TL1",
    "status": "success",
    "type": "authorise",
    "merchantOrderReference": "12345678-R7",
    "amount": "40.00",
    "currency": "eur",
    "token": "99ABCDEF0123456789",
    "tokenMaskedInput": "************1001",
    "brand": "VISA",
    "methodTransactionId": "00000001",
    "statusFinalDate": 1_767_225_600_000,
    "details": {"customerReceipt": '["PAID"]'},
}
TAKEN = HELD | {
    "reference": "TL2",
    "type": "capture",
    "originalReference": "TL1",
    "merchantOrderReference": "",
    "description": "12345678-R8",
    "amount": 18.4,
}


def read(**changed: object) -> Transaction:
    return transactions.read_transaction(PROFILE, json.dumps(HELD | changed).encode())


def taken(**changed: object) -> Transaction:
    return transactions.read_transaction(PROFILE, json.dumps(TAKEN | changed).encode())


def test_a_hold_comes_with_card_handle_and_time() -> None:
    result = verdict.judge_payment(PROFILE, HOLD, read())
    assert (result.outcome, result.amount, result.at) == (
        Outcome.APPROVED,
        Money("40.00", "EUR"),
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert result.handle is not None
    assert (result.handle.reference, result.handle.stan) == ("TL1", "00000001")
    assert result.card is not None
    assert (result.card.token, result.card.token_type, result.card.last_four) == (
        "99ABCDEF0123456789",
        TokenType.CARD,
        "1001",
    )
    assert result.receipts.customer == ("PAID",)


def test_a_partial_approval_is_what_the_terminal_authorised() -> None:
    found = read(details={"authorisedAmount": 20})
    assert verdict.judge_payment(PROFILE, HOLD, found).amount == Money("20.00", "EUR")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"status": "manualintervention"}, "manual_intervention"),
        ({"status": "pending"}, "pending"),
        ({"status": "thinking"}, "pending"),
        ({"type": "sale"}, "other_kind"),
        ({"type": ""}, "other_kind"),
        ({"merchantOrderReference": "12345678-R70"}, "other_request"),
        ({"merchantOrderReference": "", "status": "failed"}, "other_request"),
        ({"currency": "usd"}, "other_currency"),
        ({"currency": ""}, "no_amount"),
        ({"amount": "40,00"}, "no_amount"),
        ({"amount": 40.01}, "other_amount"),
        ({"amount": 0}, "other_amount"),
        ({"token": ""}, "no_token"),
        ({"details": {"merchantReceipt": '["* test system *"]'}}, "test_mode"),
    ],
)
def test_a_hold_that_cannot_be_believed_is_in_doubt(changed: dict[str, object], reason: str) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        verdict.judge_payment(PROFILE, HOLD, read(**changed))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"amount": "18.39"}, "other_amount"),
        ({"originalReference": "TL9"}, "other_request"),
        ({"description": "12345678-R9"}, "other_request"),
    ],
)
def test_a_capture_is_believed_to_the_cent_and_of_its_own_hold(changed: dict[str, object], reason: str) -> None:
    assert verdict.judge_payment(PROFILE, CAPTURE, taken()).amount == Money("18.40", "EUR")
    with pytest.raises(OutcomeUnknown) as caught:
        verdict.judge_payment(PROFILE, CAPTURE, taken(**changed))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("code", "of_hold", "of_capture"),
    [
        ("expired", (Outcome.TIMED_OUT, "expired"), (Outcome.DECLINED, "needs_terminal")),
        ("cancelled", (Outcome.ABORTED, "cancelled"), (Outcome.DECLINED, "needs_terminal")),
        ("unsufficient_balance", (Outcome.DECLINED, "unsufficient_balance"), None),
        ("processing_error", (Outcome.DECLINED, "processing_error"), None),
        ("terminal_busy", (Outcome.DECLINED, "terminal_busy"), None),
        ("", (Outcome.DECLINED, "failed"), None),
    ],
)
def test_what_has_failed_did_nothing_whatever_the_code(
    code: str, of_hold: tuple[Outcome, str], of_capture: tuple[Outcome, str] | None
) -> None:
    hold = verdict.judge_payment(PROFILE, HOLD, read(status="failed", failureCode=code))
    capture = verdict.judge_payment(PROFILE, CAPTURE, taken(status="failed", failureCode=code))
    assert (hold.outcome, hold.reason, hold.amount) == (*of_hold, Money("0.00", "EUR"))
    assert hold.handle is None
    assert (capture.outcome, capture.reason) == (of_capture or of_hold)


@pytest.mark.parametrize("code", ["terminal_busy", "terminal_unavailable", "invalid_config", "bad_credentials", ""])
def test_an_error_before_there_was_a_transaction_was_not_sent(code: str) -> None:
    with pytest.raises(NotSent):
        verdict.judge_payment(PROFILE, CAPTURE, Refusal(code, "no"))


def test_an_error_about_the_money_is_a_refusal() -> None:
    refused = verdict.judge_payment(PROFILE, CAPTURE, Refusal("refund_limit", "no"))
    assert (refused.outcome, refused.reason) == (Outcome.DECLINED, "refund_limit")


def test_a_par_is_known_where_it_comes_as_the_token() -> None:
    par = "V001" + "A" * 25
    card = read(token=par).card
    assert card is not None
    assert (card.par, card.token_type) == (par, TokenType.CARD)


def test_the_token_of_a_test_is_never_kept_as_it_came() -> None:
    card = transactions.read_transaction(Profile(test_mode=True), json.dumps(HELD).encode()).card
    assert card is not None
    assert card.token[2:] not in str(HELD["token"])


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"7", b"{}", b'{"reference": "a b", "status": "success"}', b"[" * 9000, b" " * 300_000, b"NaN"]
)
def test_what_is_no_transaction_raises_nothing_but_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        transactions.read_transaction(PROFILE, body)
    assert read_hint(body) is None


def test_a_trace_shows_no_reference_token_or_query() -> None:
    told: list[str] = []
    tracer = Tracer(told.append)
    tracer.sent("GET", "/transaction?reference=TL1", None)
    tracer.received(200, json.dumps(HELD).encode())
    assert told[0] == "> GET /transaction"
    assert "status=success" in told[1]
    for secret in ("TL1", str(HELD["token"]), "1001"):
        assert secret not in "".join(told)
