"""The simulators' half of ``network.py``: what their event loop gives them instead of sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from faults.network import BOX, End, Network


class Transport(asyncio.Transport, End):
    """A simulator's end of a connection."""

    def __init__(self, network: Network, terminal: str, protocol: asyncio.BaseProtocol) -> None:
        asyncio.Transport.__init__(self, {"peername": (BOX, 0), "sockname": (terminal, 0)})
        End.__init__(self, network, terminal, "down")
        self._protocol: Any = protocol
        self._soon = network.scheduler.loop.call_soon

    def begin(self) -> Transport:
        """Let the protocol know of it."""
        self._soon(self._protocol.connection_made, self)
        return self

    # From the network

    def arrive(self, data: bytes) -> None:
        """See ``End``."""
        self._soon(self._protocol.data_received, data)

    def ended(self, *, reset: bool) -> None:
        """See ``End``."""
        if reset:
            self._lose(ConnectionResetError(104, "Connection reset by peer"))
        else:
            self._soon(self._hear_end)

    # As a transport has it

    def write(self, data: Any) -> None:
        if self.open and data:
            self.network.carry(self, bytes(data))

    def is_closing(self) -> bool:
        return not self.open

    def close(self) -> None:
        if self.open:
            self.network.tell_end(self, reset=False)
            self._lose(None)

    def abort(self) -> None:
        if self.open:
            self.network.tell_end(self, reset=True)
            self._lose(None)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol  # type: ignore[no-any-return]

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def is_reading(self) -> bool:
        return self.open

    def pause_reading(self) -> None:
        """Buffers have no end here."""

    def resume_reading(self) -> None:
        """The same."""

    def can_write_eof(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def _hear_end(self) -> None:
        if self.open and not self._protocol.eof_received():
            self.close()

    def _lose(self, error: Exception | None) -> None:
        if self.open:
            self.open = False
            self._soon(self._protocol.connection_lost, error)


class Server:
    """What ``loop.create_server`` gives: a port that is listened on until it is closed."""

    def __init__(self, network: Network, host: str, port: int) -> None:
        self._network, self._at = network, (host, port)
        self.sockets = (SimpleNamespace(getsockname=lambda: self._at),)

    def close(self) -> None:
        """Listen no more."""
        self._network.ports.pop(self._at, None)

    async def wait_closed(self) -> None:
        """It is closed at once."""


class Wires:
    """What an event loop asks for servers and connections."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def listen(self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> Server:
        """Listen at a terminal's address."""
        network, terminal = self._network, self._network.terminal_at(host, port)
        network.ports[host, port] = lambda caller: Transport(network, terminal, factory()).begin()
        return Server(network, host, port)

    async def call(
        self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int
    ) -> tuple[Transport, asyncio.BaseProtocol]:
        """Call the box, from the terminal that calls this port. Raises OSError."""
        network = self._network
        terminal, protocol = network.callers[port], factory()
        await asyncio.sleep(max(0.0, network.place(terminal).mute_until - network.scheduler.now) + network.delay())
        transport = Transport(network, terminal, protocol)
        network.call_back(transport, host, port)
        return transport.begin(), protocol
