"""How the terminal is, asked seldom, and what a technician may ask for."""

from __future__ import annotations

import pytest

from hardware.terminal.interface import Readiness
from hardware.terminal.opi.device import Output
from hardware.terminal.opi.messages import Values
from tests.hardware.terminal.opi.conftest import Talking
from tests.hardware.terminal.opi.peer import Caller, Script

NOTHING = Values()


def says(result: str, values: Values = NOTHING) -> Script:
    return lambda caller: caller.answer(result, values)


@pytest.mark.parametrize(
    ("result", "values", "readiness", "detail"),
    [
        ("Success", Values(state="IDLE", terminal_id="12345678"), Readiness.READY, "IDLE"),
        ("Success", Values(state="Ready", sub_state="Waiting"), Readiness.READY, "Ready Waiting"),
        ("Success", Values(), Readiness.READY, "Success"),
        ("Success", Values(state="BUSY"), Readiness.BUSY, "BUSY"),
        ("Success", Values(state="LOCKED"), Readiness.ATTENTION, "LOCKED"),
        ("Success", Values(state="Dreaming"), Readiness.ATTENTION, "Dreaming"),
        ("Failure", Values(state="READY"), Readiness.ATTENTION, "READY"),
        ("Busy", Values(), Readiness.BUSY, "busy"),
        ("DeviceUnavailable", Values(), Readiness.BUSY, "busy"),
        ("ValidationError", Values(), Readiness.ATTENTION, "invalid_request"),
    ],
)
def test_a_status_is_reduced_to_what_a_kiosk_must_know(
    talking: Talking, result: str, values: Values, readiness: Readiness, detail: str
) -> None:
    terminal, peer = talking(says(result, values))
    status = terminal.status()
    assert (status.readiness, status.detail, status.terminal_id) == (readiness, detail, values.terminal_id)
    assert peer.asked == ["GetStatus"]


def test_a_ready_terminal_is_not_asked_again_soon_and_any_other_is(talking: Talking) -> None:
    busy, idle = Values(state="BUSY"), Values(state="IDLE")
    terminal, peer = talking(says("Success", busy), says("Success", idle), timers={"status_interval": 600})
    assert [terminal.status().readiness for _ in range(4)] == [Readiness.BUSY, *[Readiness.READY] * 3]
    assert len(peer.asked) == 2


@pytest.mark.parametrize(
    ("script", "remedy"),
    [
        (says("LoggedOut"), "ActivateTerminal"),
        (says("Success", Values(state="LOGGED_OUT")), "ActivateTerminal"),
        (says("PrintLastTicket"), "TicketReprint"),
        (says("Success", Values(state="REPRINT_TICKET")), "TicketReprint"),
    ],
)
def test_what_keeps_a_free_terminal_from_working_is_mended(talking: Talking, script: Script, remedy: str) -> None:
    terminal, peer = talking(script, says("Success"))
    assert terminal.status().readiness is Readiness.ATTENTION
    assert peer.asked == ["GetStatus", remedy]


def test_a_terminal_that_says_nothing_is_unreachable_and_one_that_babbles_needs_attention(talking: Talking) -> None:
    def nothing(caller: Caller) -> None:
        assert caller.connection.recv(1) == b""

    terminal, _ = talking(nothing, lambda caller: caller.connection.sendall(b"\xff" * 8), timers={"status": 0.2})
    assert (terminal.status().readiness, terminal.status().readiness) == (Readiness.UNREACHABLE, Readiness.ATTENTION)


def test_a_technician_can_ask_activate_and_transmit(talking: Talking) -> None:
    def transmits(caller: Caller) -> None:
        caller.device(Output("Printer", ("3 SENT",)))
        caller.answer("Success", Values())

    terminal, peer = talking(
        says("Success", Values(terminal_id="12345678")), says("Success"), says("AlreadyActivated"), transmits
    )
    service = terminal.maintenance
    assert service.info().terminal_id == "12345678"
    assert service.card_circuits().done
    assert service.activate().done
    assert service.transmit().receipts.customer == ("3 SENT",)
    assert peer.asked == ["GetInfo", "GetCardCircuits", "ActivateTerminal", "TransmitTrx"]
