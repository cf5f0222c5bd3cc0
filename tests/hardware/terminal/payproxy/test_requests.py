"""What is sent, and which states of a terminal are ready."""

from __future__ import annotations

import json

import pytest
from moneyed import Money

from hardware.terminal.interface import (
    Handle,
    Readiness,
    Reason,
    Verb,
)
from hardware.terminal.payproxy import messages
from hardware.terminal.payproxy.profile import Profile


def test_the_documented_capture_request_is_what_we_send() -> None:
    body = messages.payment_request(
        Profile(),
        Verb.CAPTURE,
        request_id=700012,
        amount=Money("18.40", "EUR"),
        handle=Handle(700011, "H4sIAAAA-opaque", version="1"),
        reason=Reason.NORMAL_END,
    )
    assert b'"amount": 18.40,' in body
    assert json.loads(body) == {
        "paymentType": "CAPTURE",
        "requestId": "700012",
        "amount": 18.4,
        "currency": "EUR",
        "authReference": "H4sIAAAA-opaque",
        "authReferenceVersion": "1",
        "terminalOperatingEnvironment": "UNATTENDED",
        "terminalAccessProtocol": "OPI_NL",
        "terminalLanguage": "ENG",
        "terminalEnvironment": "EVCHARGING",
        "captureCancellationReasonCode": "NO_ERROR",
    }


@pytest.mark.parametrize(("language", "word"), [("nl", "NLD"), ("de-CH", "DEU"), ("FR", "FRA"), ("xx", "ENG")])
def test_the_cardholders_language_is_asked_for(language: str, word: str) -> None:
    body = messages.token_request(Profile(), request_id=1, language=language)
    assert json.loads(body)["terminalLanguage"] == word


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_code_of_the_documentation(reason: Reason) -> None:
    body = messages.payment_request(
        Profile(), Verb.RELEASE, request_id=1, amount=Money(0, "EUR"), handle=Handle(1, "r"), reason=reason
    )
    message = json.loads(body)
    assert message["paymentType"] == "CAPTURE"
    assert message["amount"] == 0
    assert message["captureCancellationReasonCode"].isupper()


@pytest.mark.parametrize(
    ("fields", "readiness", "detail"),
    [
        ({"status": "SUCCESS", "terminalState": "IDLE"}, Readiness.READY, "IDLE"),
        ({"status": "SUCCESS", "terminalState": "READY"}, Readiness.READY, "READY"),
        ({"status": "SUCCESS", "terminalState": "BUSY"}, Readiness.BUSY, "BUSY"),
        ({"status": "SUCCESS", "terminalState": "LOCKED"}, Readiness.ATTENTION, "LOCKED"),
        ({"status": "SUCCESS", "terminalState": "SOMETHING_NEW"}, Readiness.ATTENTION, "SOMETHING_NEW"),
        ({"status": "SUCCESS"}, Readiness.ATTENTION, "SUCCESS"),
        ({"status": "FAILURE", "terminalState": "IDLE"}, Readiness.ATTENTION, "IDLE"),
    ],
)
def test_only_documented_states_are_ready(fields: dict[str, str], readiness: Readiness, detail: str) -> None:
    status = messages.read_status(Profile(), json.dumps(fields).encode())
    assert (status.readiness, status.detail) == (readiness, detail)
