"""An answer is believed when it can be about what was asked, and otherwise it is said why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moneyed import Money

from hardware.terminal.interface import Card, Handle, Outcome, OutcomeUnknown, Result, TokenResult, TokenType
from payments.belief import believed, believed_later
from payments.models import Operation

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HANDLE, CARD = Handle(7, "reference"), Card(TokenType.CARD, "67012345678901234567")
MINUTE = timedelta(minutes=1)


def asked(kind: str, **more: Any) -> Operation:
    values: dict[str, Any] = {"amount_minor": 1000, "currency": "EUR", "created_at": NOON, "started_at": NOON + MINUTE}
    return Operation(kind=kind, request_id=7, **values | more)


def said(amount: str = "10.00", currency: str = "EUR", **more: Any) -> Result:
    values: dict[str, Any] = {"outcome": Outcome.APPROVED, "request_id": 7, "handle": HANDLE, "at": NOON + MINUTE}
    return Result(amount=Money(amount, currency), **values | more)


def doubt(answer: object) -> str:
    """Why it is not believed; an empty text when it is."""
    return answer.reason if isinstance(answer, OutcomeUnknown) else ""


@pytest.mark.parametrize(
    ("kind", "answer", "why"),
    [
        ("authorise", said(), ""),
        ("authorise", said("0.01"), ""),
        ("authorise", said("0.00"), "other_amount"),
        ("authorise", said("-1.00"), "other_amount"),
        ("authorise", said("10.01"), "other_amount"),
        ("authorise", said("1.005"), "other_amount"),
        ("authorise", said(handle=None), "no_handle"),
        ("authorise", said(currency="SEK"), "other_currency"),
        ("authorise", said(request_id=8), "other_request"),
        ("authorise", TokenResult(Outcome.APPROVED, 7, CARD), "other_kind"),
        ("authorise", said("0.00", outcome=Outcome.DECLINED, handle=None), ""),
        ("authorise", said("0.00", outcome=Outcome.DECLINED, request_id=8), "other_request"),
        ("capture", said(handle=None), ""),
        ("capture", said("9.99"), "other_amount"),
        ("capture", said("10.01"), "other_amount"),
        ("refund", said("9.99"), "other_amount"),
        ("read_token", TokenResult(Outcome.APPROVED, 7, CARD), ""),
        ("read_token", TokenResult(Outcome.APPROVED, 7), "no_card"),
        ("read_token", TokenResult(Outcome.TIMED_OUT, 7), ""),
        ("read_token", TokenResult(Outcome.APPROVED, 8, CARD), "other_request"),
        ("read_token", said(), "other_kind"),
    ],
)
def test_an_answer_that_cannot_be_to_the_question_is_not_believed(
    kind: str, answer: Result | TokenResult, why: str
) -> None:
    found = believed(asked(kind), answer)
    assert doubt(found) == why
    assert why in str(found)
    assert why or found is answer


def test_a_release_is_of_nothing() -> None:
    assert doubt(believed(asked("release", amount_minor=0), said("0.00"))) == ""
    assert doubt(believed(asked("release", amount_minor=0), said("0.01"))) == "other_amount"


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (None, "no_time"),
        (NOON + MINUTE - 10 * MINUTE, ""),
        (NOON + MINUTE - 10.1 * MINUTE, "other_time"),
        (NOON + 5 * MINUTE + 10 * MINUTE, ""),
        (NOON + 5 * MINUTE + 10.1 * MINUTE, "other_time"),
    ],
)
def test_what_is_found_later_is_from_the_time_of_the_question(at: datetime | None, why: str) -> None:
    assert doubt(believed_later(asked("capture"), said(at=at), NOON + 5 * MINUTE)) == why


def test_a_question_whose_beginning_was_not_written_was_asked_when_it_was_meant_to_be() -> None:
    never = asked("capture", started_at=None)
    assert doubt(believed_later(never, said(at=NOON - 9 * MINUTE), NOON)) == ""
    assert doubt(believed_later(never, said(at=NOON - 11 * MINUTE), NOON)) == "other_time"


def test_what_is_found_later_must_fit_too() -> None:
    assert doubt(believed_later(asked("capture"), said("9.99"), NOON)) == "other_amount"
