"""CCV's own list of transactions, as what our operations are compared with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from moneyed import Money

from hardware.terminal.ccv.record import read_profile, read_url
from hardware.terminal.ccv.statement import CcvStatement
from hardware.terminal.ccv.transport import Transport
from hardware.terminal.http import Answer
from hardware.terminal.interface import Outcome, PaymentTerminal, Reason, Verb
from hardware.terminal.registry import open_statement
from hardware.terminal.statements import StatementLine, StatementUnavailable
from tests.hardware.terminal.ccv.cloud import PROFILE, url
from tests.hardware.terminal.simulated import Simulator

FORTY, TAKEN, BACK = Money("40.00", "EUR"), Money("18.40", "EUR"), Money("8.40", "EUR")
LIVE = "ccv+https://api.psp.ccv.eu/api/v1?terminal=12345678"
NOTHING = Money(0, "EUR")
AT = 1_767_225_600_000  # epoch milliseconds
HOLD: Mapping[str, object] = {
    "reference": "TL1",
    "type": "authorise",
    "status": "success",
    "merchantOrderReference": "12345678-R7",
    "amount": 40.0,
    "currency": "eur",
    "statusFinalDate": AT,
}


def lines(source_url: str, since: datetime | None = None, until: datetime | None = None) -> list[StatementLine]:
    source = open_statement(source_url, PROFILE)
    assert source is not None
    now = datetime.now(UTC)
    return list(source.statement(since or now - timedelta(hours=1), until or now + timedelta(hours=1)))


def told(monkeypatch: pytest.MonkeyPatch, *transactions: Mapping[str, object]) -> list[StatementLine]:
    """The lines that are made of what CCV might answer."""

    def get(self: Transport, path: str) -> Answer:
        kind = path.partition("type=")[2].partition("&")[0]
        found = [each for each in transactions if each["type"] == kind and "referenceAfter" not in path]
        return Answer(200, json.dumps(found).encode())

    monkeypatch.setattr(Transport, "get", get)
    source = CcvStatement(read_url(LIVE), read_profile(PROFILE))
    at = datetime.fromtimestamp(AT / 1000, UTC)
    return list(source.statement(at, at + timedelta(milliseconds=1)))


def test_what_was_held_taken_given_back_released_and_refused_is_listed(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.card()
    held = terminal.authorise(request_id=7, key=uuid4(), amount=FORTY, language="en").handle
    simulator.card("mastercard-1")
    second = terminal.authorise(request_id=8, key=uuid4(), amount=FORTY, language="en").handle
    assert held is not None
    assert second is not None
    terminal.capture(request_id=9, key=uuid4(), amount=TAKEN, handle=held, reason=Reason.NORMAL_END)
    terminal.refund(request_id=10, key=uuid4(), amount=BACK, handle=held)
    terminal.release(request_id=11, key=uuid4(), currency="EUR", handle=second, reason=Reason.NO_ENERGY)
    simulator.card("declined-1")
    terminal.authorise(request_id=12, key=uuid4(), amount=FORTY, language="en")

    found = lines(url(simulator))

    assert sorted((each.request_id, each.of, each.kind, each.outcome) for each in found if each.of) == [
        (9, 7, Verb.CAPTURE, Outcome.APPROVED),
        (10, 7, Verb.REFUND, Outcome.APPROVED),
        (11, 8, Verb.RELEASE, Outcome.APPROVED),
    ]
    assert [(each.request_id, each.outcome, each.amount) for each in found if each.kind is Verb.AUTHORISE] == [
        (7, Outcome.APPROVED, FORTY),
        (8, Outcome.APPROVED, FORTY),
        (12, Outcome.DECLINED, NOTHING),
    ]
    assert [each.amount for each in found if each.kind in (Verb.CAPTURE, Verb.REFUND)] == [TAKEN, BACK]
    assert {each.stan for each in found if 7 in (each.request_id, each.of)} == {held.stan}
    day = timedelta(days=1)
    assert lines(url(simulator), datetime.now(UTC) - 3 * day, datetime.now(UTC) - day) == []
    assert lines(url(simulator).replace("12345678", "87654321")) == [], "another terminal's are not ours"


def test_the_list_says_whose_it_is_and_nothing_secret() -> None:
    source = open_statement(LIVE, PROFILE)
    assert source is not None
    assert source.origin == "api.psp.ccv.eu, terminal 12345678"


def test_a_list_that_cannot_be_had_is_no_empty_one() -> None:
    with pytest.raises(StatementUnavailable) as caught:
        lines("ccv+http://127.0.0.1:1/api/v1?terminal=12345678")
    assert caught.value.reason == "refused"


def test_a_profile_without_its_key_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        open_statement(LIVE, {})


def test_a_capture_made_by_hand_is_on_the_list_of_the_terminal_that_held_the_money(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capture = {**HOLD, "reference": "TL2", "type": "capture", "originalReference": "TL1", "amount": 1}
    del capture["merchantOrderReference"]
    found = told(monkeypatch, HOLD, capture | {"description": "by hand"})
    assert [(each.kind, each.request_id, each.of) for each in found] == [
        (Verb.AUTHORISE, 7, None),
        (Verb.CAPTURE, None, 7),
    ]


@pytest.mark.parametrize("status", ["pending", "manualintervention"])
def test_what_has_not_ended_is_not_on_the_list(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    assert told(monkeypatch, {**HOLD, "status": status}) == []


def test_what_ended_before_or_after_is_not_of_this_period(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, {**HOLD, "statusFinalDate": AT - 1}) == []
    assert told(monkeypatch, {**HOLD, "statusFinalDate": AT + 1}) == []
    assert len(told(monkeypatch, HOLD)) == 1


@pytest.mark.parametrize("missing", ["statusFinalDate", "amount"])
def test_a_transaction_without_time_or_amount_is_not_guessed(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    with pytest.raises(StatementUnavailable) as caught:
        told(monkeypatch, {name: value for name, value in HOLD.items() if name != missing})
    assert caught.value.reason == "garbled"


def test_a_circle_of_originals_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    first = {**HOLD, "type": "capture", "originalReference": "TL2"}
    second = {**HOLD, "type": "capture", "reference": "TL2", "originalReference": "TL1"}
    assert told(monkeypatch, first, second) == []
