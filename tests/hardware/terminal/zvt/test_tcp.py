"""The TCP link: real sockets on the loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hardware.terminal.interface import NotSent, OutcomeUnknown
from hardware.terminal.zvt.addresses import TcpAddress
from hardware.terminal.zvt.link import Link
from hardware.terminal.zvt.tcp import TcpLink

ENQUIRY = bytes.fromhex("050100")
YES = bytes.fromhex("800000")
STATUS = bytes.fromhex("060f01dc")


@contextmanager
def _terminal(*, each_command: bool = False) -> Iterator[tuple[TcpLink, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        link = TcpLink(TcpAddress("127.0.0.1", server.getsockname()[1], each_command))
        try:
            yield link, server
        finally:
            link.close()


def _accept(server: socket.socket) -> socket.socket:
    connection, _ = server.accept()
    connection.settimeout(5)
    return connection


def _read(connection: socket.socket) -> bytes:
    return connection.recv(100)


def test_a_command_goes_out_and_split_and_glued_answers_come_back() -> None:
    with _terminal() as (tcp, server):
        link: Link = tcp
        link.send(ENQUIRY)
        with _accept(server) as connection:
            assert _read(connection) == ENQUIRY
            connection.sendall(YES + STATUS[:2])
            assert link.receive(2) == YES
            assert link.receive(0.01) is None
            connection.sendall(STATUS[2:] + YES)
            assert link.receive(2) == STATUS
            assert link.receive(0) == YES
            assert link.receive(0) is None


def test_the_connection_is_kept_alive_and_not_delayed() -> None:
    with _terminal() as (link, server):
        link.send(ENQUIRY)
        with _accept(server):
            connection = link._socket
            assert connection is not None
            assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10


def test_one_connection_serves_many_commands() -> None:
    with _terminal() as (link, server):
        link.send(ENQUIRY)
        with _accept(server) as connection:
            assert _read(connection) == ENQUIRY
            link.rest()
            link.send(YES)
            assert _read(connection) == YES


def test_a_connection_for_each_command_is_closed_in_between() -> None:
    with _terminal(each_command=True) as (link, server):
        for _ in range(2):
            link.send(ENQUIRY)
            with _accept(server) as connection:
                assert _read(connection) == ENQUIRY
                link.rest()
                assert _read(connection) == b""


def test_a_terminal_that_is_not_there_gets_nothing() -> None:
    with _terminal() as (link, server):
        server.close()
        with pytest.raises(NotSent):
            link.send(ENQUIRY)
    with pytest.raises(NotSent):
        TcpLink(TcpAddress("." * 3)).send(ENQUIRY)


def test_a_connection_that_the_terminal_closed_at_rest_is_opened_anew() -> None:
    with _terminal() as (link, server):
        link.send(ENQUIRY)
        with _accept(server) as connection:
            assert _read(connection) == ENQUIRY
        link.send(ENQUIRY)
        with _accept(server) as connection:
            assert _read(connection) == ENQUIRY
            connection.sendall(YES)
            assert link.receive(2) == YES


def test_a_break_while_an_answer_is_awaited_leaves_it_open() -> None:
    with _terminal() as (link, server):
        link.send(ENQUIRY)
        _accept(server).close()
        with pytest.raises(OutcomeUnknown, match="lost"):
            link.receive(2)
        with pytest.raises(OutcomeUnknown, match="closed"):
            link.receive(2)


def test_half_an_apdu_before_a_break_is_not_taken_for_the_start_of_the_next() -> None:
    with _terminal() as (link, server):
        link.send(ENQUIRY)
        with _accept(server) as connection:
            connection.sendall(STATUS[:3])
        with pytest.raises(OutcomeUnknown):
            link.receive(2)
        link.send(ENQUIRY)
        with _accept(server) as connection:
            connection.sendall(YES)
            assert link.receive(2) == YES


def test_another_protocol_on_the_port_is_told_and_closed() -> None:
    with _terminal() as (link, server):
        link.send(ENQUIRY)
        with _accept(server) as connection:
            connection.sendall(bytes.fromhex("150369"))
            with pytest.raises(OutcomeUnknown, match="serial protocol") as told:
                link.receive(2)
            assert told.value.reason == "garbage"
            assert _read(connection) == ENQUIRY
            assert _read(connection) == b""
