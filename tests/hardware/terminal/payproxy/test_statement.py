"""The simulator's book, asked for over HTTP as a terminal's list."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from moneyed import Money

from hardware.terminal.interface import Outcome, PaymentTerminal, Reason, Verb
from hardware.terminal.payproxy.profile import Paths, Profile
from hardware.terminal.payproxy.statement import PayProxyStatement, read_line
from hardware.terminal.registry import open_statement
from hardware.terminal.statements import StatementUnavailable
from tests.hardware.terminal.simulated import Simulator

BOOK: dict[str, object] = {"paths": {"statement": "/sim/book"}}
ROW = {"kind": "capture", "outcome": "approved", "amount_minor": 1, "currency": "EUR", "at": "2026-11-22T10:00:00Z"}


def test_the_book_is_handed_out_as_lines(
    simulator: Simulator, terminal: PaymentTerminal, background: Callable[..., Future[Any]]
) -> None:
    fifty, now = Money("50.00", "EUR"), datetime.now(UTC)
    simulator.card()
    held = terminal.authorise(request_id=7, key=uuid4(), amount=fifty, language="en")
    assert held.handle is not None
    terminal.capture(
        request_id=8, key=uuid4(), amount=Money("12.34", "EUR"), handle=held.handle, reason=Reason.NORMAL_END
    )
    source = open_statement(f"payproxy+{simulator.url}", BOOK)
    assert source is not None

    lines = list(source.statement(now - timedelta(days=2), now + timedelta(hours=1)))

    assert [(each.kind, each.outcome, each.amount, each.request_id, each.of) for each in lines] == [
        (Verb.AUTHORISE, Outcome.APPROVED, fifty, 7, None),
        (Verb.CAPTURE, Outcome.APPROVED, Money("12.34", "EUR"), 8, 7),
    ]
    assert lines[0].stan == held.stan
    assert list(source.statement(now - timedelta(days=2), now - timedelta(days=1))) == []


def test_a_terminal_whose_record_names_no_list_has_none() -> None:
    assert open_statement("payproxy+http://127.0.0.1:1", {}) is None
    assert open_statement("ocpp://CP001", {}) is None


def test_a_terminal_that_cannot_be_reached_says_so(simulator: Simulator) -> None:
    source = open_statement("payproxy+http://127.0.0.1:1", BOOK)
    assert source is not None
    with pytest.raises(StatementUnavailable) as refused:
        list(source.statement(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC)))
    assert refused.value.reason == "refused"


def test_an_answer_that_is_no_book_is_not_taken_for_an_empty_one(simulator: Simulator) -> None:
    source = PayProxyStatement(simulator.url, Profile(paths=Paths(statement="/healthz")))
    with pytest.raises(StatementUnavailable) as refused:
        list(source.statement(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC)))
    assert refused.value.reason == "garbled"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "gift"},
        {"outcome": "perhaps"},
        {"amount_minor": "1"},
        {"amount_minor": True},
        {"amount_minor": -1},
        {"currency": "XX"},
        {"at": "2026-11-22T10:00:00"},
        {"at": None},
    ],
)
def test_a_row_that_could_be_misunderstood_is_refused(wrong: dict[str, object]) -> None:
    assert read_line(ROW).amount == Money("0.01", "EUR")
    with pytest.raises(ValueError):
        read_line({**ROW, **wrong})
