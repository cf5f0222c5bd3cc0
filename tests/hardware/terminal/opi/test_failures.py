"""What went wrong, and what may be believed then: cut, silence, garbage, and answers that do not fit."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from hardware.terminal.interface import NotSent, Outcome, OutcomeUnknown, Readiness, TerminalError
from hardware.terminal.opi.device import Output
from hardware.terminal.opi.driver import OpiTerminal
from hardware.terminal.opi.framing import frame
from hardware.terminal.opi.messages import Values
from hardware.terminal.opi.record import read_profile
from tests.hardware.terminal.opi.asking import ID, authorise, capture
from tests.hardware.terminal.opi.conftest import Talking
from tests.hardware.terminal.opi.peer import HELD, PATIENCE, Caller, Peer, Script
from tests.support.processes import free_port

IMPATIENT = {"idle": 0.3, "hard": 0.3}


def ending_of(ask: Callable[[], object]) -> tuple[type[TerminalError], str]:
    with pytest.raises(TerminalError) as caught:
        ask()
    assert "SECRET" not in repr(caught.value)
    return type(caught.value), caught.value.reason


def hang_up(caller: Caller) -> None:
    """Say nothing and close."""


def reset(caller: Caller) -> None:
    caller.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def half(caller: Caller) -> None:
    caller.connection.sendall(frame(caller.written())[:100])


def silent(caller: Caller) -> None:
    assert caller.connection.recv(1) == b"", "the driver hangs up when it gives up"


def dribble(caller: Caller) -> None:
    caller.connection.sendall(frame(caller.written())[:1])
    assert caller.connection.recv(1) == b""


def raw(body: bytes) -> Script:
    return lambda caller: caller.connection.sendall(body)


@pytest.mark.parametrize(
    ("script", "ending", "reason"),
    [
        (hang_up, OutcomeUnknown, "connection_lost"),
        (reset, OutcomeUnknown, "connection_lost"),
        (half, OutcomeUnknown, "connection_lost"),
        (silent, OutcomeUnknown, "timeout"),
        (dribble, OutcomeUnknown, "timeout"),
        (raw(b"\xff\xff\xff\xff<a/>"), OutcomeUnknown, "garbled"),
        (raw(b"\0\0\0\0"), OutcomeUnknown, "garbled"),
        (raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), OutcomeUnknown, "garbled"),
        (raw(frame(b"<!DOCTYPE a><a/>")), OutcomeUnknown, "garbled"),
        (raw(frame(b"<CardServiceResponse/>")), OutcomeUnknown, "garbled"),
        (raw(frame(b"<Surprise OverallResult='Success'/>")), OutcomeUnknown, "garbled"),
        (lambda caller: caller.answer(request_id="700010"), OutcomeUnknown, "other_request"),
        (lambda caller: caller.answer(request_id=""), OutcomeUnknown, "other_request"),
        (lambda caller: caller.answer(workstation_id="OTHER"), OutcomeUnknown, "other_request"),
        (lambda caller: caller.answer(request_type="PaymentRefund"), OutcomeUnknown, "other_request"),
        (lambda caller: caller.answer("Busy", request_id="700010"), OutcomeUnknown, "other_request"),
        (lambda caller: caller.answer("PartialFailure"), OutcomeUnknown, "unknown_status"),
        (lambda caller: caller.answer("CommunicationError"), OutcomeUnknown, "unknown_status"),
        (lambda caller: caller.answer("Splendid"), OutcomeUnknown, "unknown_status"),
        (lambda caller: caller.answer(values=replace(HELD, amount="50.01")), OutcomeUnknown, "other_amount"),
        (lambda caller: caller.answer(values=replace(HELD, amount="0.00")), OutcomeUnknown, "other_amount"),
        (lambda caller: caller.answer(values=replace(HELD, amount="")), OutcomeUnknown, "no_amount"),
        (lambda caller: caller.answer(values=replace(HELD, amount="5e1")), OutcomeUnknown, "no_amount"),
        (lambda caller: caller.answer(values=replace(HELD, currency="CHF")), OutcomeUnknown, "other_currency"),
        (lambda caller: caller.answer(values=replace(HELD, token="")), OutcomeUnknown, "no_token"),
        (lambda caller: caller.answer(values=replace(HELD, reference="")), OutcomeUnknown, "no_reference"),
        (lambda caller: caller.answer("Busy", Values()), NotSent, "busy"),
        (lambda caller: caller.answer("DeviceUnavailable", Values(), request_id=""), NotSent, "busy"),
        (lambda caller: caller.answer("ValidationError", Values()), NotSent, "invalid_request"),
    ],
)
def test_each_failure_has_one_meaning_and_nothing_is_sent_twice(
    talking: Talking, script: Script, ending: type[TerminalError], reason: str
) -> None:
    terminal, peer = talking(script, timers=IMPATIENT if script in (silent, dribble) else None)
    assert ending_of(lambda: authorise(terminal)) == (ending, reason)
    assert peer.asked == ["CardPreAuthorisation"]


def test_a_terminal_that_cannot_be_reached_was_sent_nothing() -> None:
    record = {"listen_address": "127.0.0.1", "listen_port": free_port()}
    terminal = OpiTerminal("127.0.0.1", free_port(), read_profile(record))
    assert ending_of(lambda: authorise(terminal)) == (NotSent, "refused")
    assert terminal.status().readiness is Readiness.UNREACHABLE


def test_without_its_own_port_the_driver_asks_for_nothing(talking: Talking) -> None:
    terminal, peer = talking(lambda caller: caller.answer())
    with socket.create_server(("127.0.0.1", peer.device_port)):
        assert ending_of(lambda: authorise(terminal)) == (NotSent, "listener")
    assert peer.requests == []
    assert authorise(terminal).outcome is Outcome.APPROVED, "it can be asked as soon as the port is free"


@pytest.mark.parametrize("request_id", [0, 1_000_000_000])
def test_a_request_id_that_opi_cannot_carry_is_not_sent(talking: Talking, request_id: int) -> None:
    terminal, peer = talking(lambda caller: caller.answer())
    assert ending_of(lambda: authorise(terminal, request_id)) == (NotSent, "invalid_request")
    assert ending_of(lambda: capture(terminal, "0.00")) == (NotSent, "invalid_request")
    assert peer.requests == []


def test_a_capture_that_timed_out_at_the_host_is_unknown_and_one_for_less_too(talking: Talking) -> None:
    terminal, _ = talking(
        lambda caller: caller.answer("TimedOut", Values()),
        lambda caller: caller.answer(values=replace(HELD, amount="18.39")),
    )
    assert ending_of(lambda: capture(terminal)) == (OutcomeUnknown, "host_timeout")
    assert ending_of(lambda: capture(terminal)) == (OutcomeUnknown, "other_amount")


def test_two_verbs_at_once_are_one_too_many(talking: Talking) -> None:
    ask_again, answered = threading.Event(), threading.Event()

    def waits(caller: Caller) -> None:
        ask_again.set()
        assert answered.wait(PATIENCE)
        caller.answer()

    terminal, _ = talking(waits)
    running = threading.Thread(target=authorise, args=(terminal,))
    running.start()
    assert ask_again.wait(PATIENCE)
    assert ending_of(lambda: authorise(terminal, ID + 1)) == (NotSent, "busy")
    answered.set()
    running.join(PATIENCE)


def test_after_a_refusal_the_terminal_is_left_alone_for_a_while() -> None:
    pauses: list[float] = []
    peer = Peer(lambda caller: caller.answer("DeviceUnavailable", Values()))
    record = {"listen_address": "127.0.0.1", "listen_port": peer.device_port}
    terminal = OpiTerminal("127.0.0.1", peer.port, read_profile(record), clock=lambda: 100.0, pause=pauses.append)
    for _ in range(2):
        assert ending_of(lambda: authorise(terminal)) == (NotSent, "busy")
    assert pauses == [5.0], "only the second one had to wait"
    peer.close()


def test_a_reprint_that_is_due_is_fetched_before_the_refusal_is_reported(talking: Talking) -> None:
    def reprints(caller: Caller) -> None:
        assert caller.device(Output("Printer", ("OLD RECEIPT",))).result == "Success"
        caller.answer(values=Values())

    terminal, peer = talking(
        lambda caller: caller.answer("PrintLastTicket", Values()),
        lambda caller: caller.answer("DeviceUnavailable", Values()),
        reprints,
        lambda caller: caller.answer(),
    )
    assert ending_of(lambda: authorise(terminal)) == (NotSent, "reprint_required")
    assert peer.asked == ["CardPreAuthorisation", "TicketReprint", "TicketReprint"]
    assert authorise(terminal).receipts.customer == (), "the old receipt is not this cardholder's"


def test_a_terminal_that_logged_out_is_activated_before_the_refusal_is_reported(talking: Talking) -> None:
    terminal, peer = talking(
        lambda caller: caller.answer("LoggedOut", Values()),
        lambda caller: caller.answer("Activated", Values()),
    )
    assert ending_of(lambda: authorise(terminal)) == (NotSent, "logged_out")
    assert peer.asked == ["CardPreAuthorisation", "ActivateTerminal"]


def test_split_and_merged_frames_are_put_together(talking: Talking) -> None:
    def splits(caller: Caller) -> None:
        for each in frame(caller.written()):
            caller.connection.sendall(bytes([each]))

    def merges(caller: Caller) -> None:
        caller.connection.sendall(frame(caller.written()) + frame(caller.written("Failure")))

    terminal, _ = talking(splits, merges)
    assert authorise(terminal).outcome is Outcome.APPROVED
    assert authorise(terminal).outcome is Outcome.APPROVED, "the first answer counts, a second one is not read"


def test_nonsense_on_the_device_channel_costs_that_connection_and_nothing_else(talking: Talking) -> None:
    def babbles(caller: Caller) -> None:
        for nonsense in (b"\xff" * 9, frame(b"<!DOCTYPE a><DeviceRequest/>"), frame(b"<Other/>")):
            with caller.dial() as link:
                link.sendall(nonsense)
                assert link.recv(1) == b""
        assert caller.device(Output("Printer", ("RECEIPT",))).result == "Success"
        caller.answer()

    terminal, _ = talking(babbles)
    assert authorise(terminal).receipts.customer == ("RECEIPT",)


def test_a_stranger_on_the_device_channel_is_turned_away(talking: Talking) -> None:
    def strange(caller: Caller) -> None:
        with caller.dial() as link:
            assert link.recv(1) == b""
        caller.answer()

    terminal, _ = talking(strange, device_address="10.9.8.7")
    assert authorise(terminal).outcome is Outcome.APPROVED
