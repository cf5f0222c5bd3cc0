"""The line between "provably not sent" and "unknown": how many bytes of the request the network took."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from hardware.terminal.interface import NotSent, OutcomeUnknown
from hardware.terminal.opi.driver import OpiTerminal
from hardware.terminal.opi.record import read_profile
from tests.hardware.terminal.opi.asking import authorise
from tests.hardware.terminal.opi.test_failures import ending_of
from tests.support.processes import free_port

Broken = Callable[[type[socket.socket]], OpiTerminal]


class SaysNothing(socket.socket):
    """Broken from the start."""

    def send(self, *_: Any) -> int:
        raise BrokenPipeError


class SaysTenBytes(socket.socket):
    """Breaks in the middle of the frame."""

    def send(self, data: Any, *_: Any) -> int:
        return super().send(data[:10])

    def sendall(self, *_: Any) -> None:
        raise ConnectionResetError


class HasNoPeer(socket.socket):
    """Was reset by the terminal at once."""

    def getpeername(self) -> Any:
        raise OSError


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A driver whose connections are of the given kind."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def build(kind: type[socket.socket]) -> OpiTerminal:
            def connect(address: tuple[str, int], timeout: float) -> socket.socket:
                opened = kind()
                opened.settimeout(timeout)
                opened.connect(address)
                return opened

            monkeypatch.setattr(socket, "create_connection", connect)
            record = {"listen_address": "127.0.0.1", "listen_port": free_port()}
            return OpiTerminal("127.0.0.1", server.getsockname()[1], read_profile(record))

        yield build


@pytest.mark.parametrize("kind", [SaysNothing, HasNoPeer])
def test_a_line_that_took_no_byte_carried_no_request(broken: Broken, kind: type[socket.socket]) -> None:
    assert ending_of(lambda: authorise(broken(kind))) == (NotSent, "refused")


def test_a_line_that_took_ten_bytes_may_have_carried_more(broken: Broken) -> None:
    assert ending_of(lambda: authorise(broken(SaysTenBytes))) == (OutcomeUnknown, "connection_lost")
