"""The virtual terminal as the wire shows it; the contract suite has the rest."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moneyed import Money

from hardware.terminal.interface import NotSent, Outcome
from hardware.terminal.opi.driver import OpiTerminal
from hardware.terminal.opi.framing import frame
from hardware.terminal.opi.messages import Request, Response, read_response, write_request
from hardware.terminal.opi.record import read_profile
from hardware.terminal.opi.simulator.server import opi_wire
from hardware.terminal.opi.words import Kind
from tests.hardware.terminal.opi.asking import HOLD, authorise
from tests.hardware.terminal.opi.peer import MAPPING, PATIENCE, read_frame
from tests.hardware.terminal.simulated import Simulator
from tests.support.processes import free_port

Ask = Callable[..., Response]


@pytest.fixture
def till_port() -> int:
    return free_port()


@pytest.fixture
def simulator(tmp_path: Path, till_port: int) -> Iterator[Simulator]:
    started = Simulator(tmp_path / "opi", opi_wire(0, till_port))
    yield started
    started.stop()


@pytest.fixture
def address(simulator: Simulator) -> tuple[str, int]:
    host, _, port = simulator.where.removeprefix("tcp://").partition(":")
    return host, int(port)


@pytest.fixture
def terminal(address: tuple[str, int], till_port: int) -> OpiTerminal:
    record = {"listen_address": "127.0.0.1", "listen_port": till_port, "timers": {"reprint_pause": 0}}
    return OpiTerminal(*address, read_profile(record))


@pytest.fixture
def ask(address: tuple[str, int]) -> Ask:
    """Send a request as it is, with nobody at the till."""

    def send(request_type: str, kind: Kind = Kind.CARD, request_id: str = "7", **more: Any) -> Response:
        with socket.create_connection(address, PATIENCE) as channel:
            channel.sendall(frame(write_request(Request(kind, request_type, request_id, "KIOSK7", **more), MAPPING)))
            return read_response(read_frame(channel), MAPPING)

    return send


def test_the_cardholder_gets_both_receipts_and_the_journal_an_entry(
    simulator: Simulator, terminal: OpiTerminal
) -> None:
    simulator.card()
    receipts = authorise(terminal).receipts
    assert "NO REAL MONEY" in receipts.customer
    assert receipts.customer == receipts.merchant
    assert "amount: 50.00 EUR" in receipts.journal


def test_a_till_that_is_not_there_costs_the_receipts_and_not_the_hold(simulator: Simulator, ask: Ask) -> None:
    simulator.card()
    answer = ask("CardPreAuthorisation", amount=HOLD, wants_token=True)
    assert (answer.result, answer.values.amount) == ("Success", "50.00")
    assert simulator.totals()[0]["held_minor"] == 5000


@pytest.mark.parametrize(
    "request_of",
    [
        {"request_type": "CardPreAuthorisation"},
        {"request_type": "CardPreAuthorisation", "amount": Money(0, "EUR")},
        {"request_type": "CardFinancialAdvice", "amount": Money(0, "EUR"), "reference": "R"},
        {"request_type": "CardFinancialAdvice", "amount": HOLD},
        {"request_type": "PaymentRefund", "amount": Money(0, "EUR"), "reference": "R"},
        {"request_type": "MakeCoffee"},
    ],
)
def test_what_a_real_terminal_refuses_it_refuses(simulator: Simulator, ask: Ask, request_of: dict[str, Any]) -> None:
    assert ask(**request_of).result == "ValidationError"
    assert simulator.book() == []


def test_a_stray_abort_a_reprint_and_a_repeat_of_nothing_fail(ask: Ask) -> None:
    assert [ask(each).result for each in ("AbortRequest", "TicketReprint", "RepeatLastMessage")] == ["Failure"] * 3


def test_after_the_reprint_that_was_due_the_next_request_is_served(simulator: Simulator, terminal: OpiTerminal) -> None:
    simulator.fault("authorise", "reprint_required")
    with pytest.raises(NotSent):
        authorise(terminal)
    simulator.card()
    assert authorise(terminal).outcome is Outcome.APPROVED


def test_the_display_follows_the_screen_in_the_cardholders_language(
    simulator: Simulator, address: tuple[str, int], till_port: int
) -> None:
    lines: list[str] = []
    record = {"listen_address": "127.0.0.1", "listen_port": till_port}
    simulator.card()
    authorise(OpiTerminal(*address, read_profile(record), trace=lines.append))
    shown = [each for each in lines if "CustomerDisplay" in each]
    assert [each.rpartition(" ")[2] for each in shown] == ["Goedgekeurd"]
    assert any("DeliveryBox" in each for each in lines)


def test_the_day_is_closed_and_housekeeping_is_known(terminal: OpiTerminal) -> None:
    closing = terminal.end_of_day(request_id=9)
    assert (closing.outcome, closing.receipts.customer[0]) == (Outcome.APPROVED, "END OF DAY")
    service = terminal.maintenance
    assert [each().done for each in (service.info, service.card_circuits, service.activate, service.transmit)] == [
        True
    ] * 4


@pytest.mark.parametrize("nonsense", [b"\xff" * 8, frame(b"<a/>"), frame(b"<!DOCTYPE a><a/>")])
def test_nonsense_ends_the_connection_and_nothing_else(address: tuple[str, int], ask: Ask, nonsense: bytes) -> None:
    with socket.create_connection(address, PATIENCE) as channel:
        channel.sendall(nonsense)
        assert channel.recv(1) == b""
    assert ask("GetStatus", Kind.SERVICE).values.state == "IDLE"
