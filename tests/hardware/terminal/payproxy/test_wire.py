"""The PayProxy API from the terminal's side: what it does not understand."""

from __future__ import annotations

import pytest

from tests.hardware.terminal.simulated import Simulator


@pytest.mark.parametrize(
    "change",
    [
        {"paymentType": "SALE"},
        {"amount": -1},
        {"amount": 0},
        {"amount": None},
        {"currency": "euro"},
        {"requestId": "x"},
        {"requestId": 7},
        {"requestId": "1000000001"},
        {"terminalLanguage": None},
        {"paymentType": "CAPTURE"},
    ],
)
def test_a_request_the_terminal_cannot_read_is_answered_and_not_in_the_book(
    simulator: Simulator, change: dict[str, object]
) -> None:
    sent = {"paymentType": "AUTHORISE", "requestId": "1", "amount": 50, "currency": "EUR", "terminalLanguage": "ENG"}
    assert simulator.post("/terminal/payment", sent | change) == {"status": "VALIDATION_ERROR"}
    assert simulator.book() == []
