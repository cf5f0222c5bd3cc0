"""Sockets for one dialogue: the listener of channel 1 first, then channel 0, and everything closed again.

``NotSent`` only while not one byte of the request was taken by the network; from then on whatever goes wrong is
``OutcomeUnknown``. Nothing is ever sent twice.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

from hardware.terminal.interface import NotSent, OutcomeUnknown
from hardware.terminal.opi.dialogue import Dialogue, Link
from hardware.terminal.opi.errors import OpiError
from hardware.terminal.opi.messages import Response
from hardware.terminal.opi.profile import Profile

_PIECE = 65_536  # bytes
_MOST_LINKS = 8  # connections on channel 1 at once
#: Seconds for an answer on channel 1 to be taken.
WRITE = 5.0

_FAILURES = {
    "timeout": "no answer in time",
    "connection_lost": "the connection was lost",
    "garbled": "the answer cannot be read",
}


class Transport:
    """One terminal's address. Holds nothing open between dialogues; safe to use from several threads."""

    def __init__(self, host: str, port: int, profile: Profile, clock: Callable[[], float] = time.monotonic) -> None:
        self._host, self._port = host, port
        self._profile = profile
        self._clock = clock

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._host}:{self._port})"

    def hold(self, dialogue: Dialogue, *, with_devices: bool) -> Response:
        """Carry ``dialogue`` to its end and return the answer; ``with_devices``: with channel 1.

        Raises NotSent or OutcomeUnknown.
        """
        with ExitStack() as stack:
            listener = stack.enter_context(self._listen()) if with_devices else None
            channel = stack.enter_context(self._connect())
            terminal = self._profile.device_address or _address(channel)
            self._send(channel, dialogue)
            exchange = _Exchange(dialogue, channel, listener, terminal, self._clock)
            with exchange:
                exchange.run()
        if dialogue.answer is None:
            raise OutcomeUnknown(_FAILURES[dialogue.failure], reason=dialogue.failure)
        return dialogue.answer

    def _listen(self) -> socket.socket:
        """The terminal dials in while it works: without this a payment would be done and its result lost."""
        try:
            listener = socket.create_server((self._profile.listen_address, self._profile.listen_port))
        except OSError:
            raise NotSent("the device port cannot be opened: is another program using it?", reason="listener") from None
        listener.setblocking(False)
        return listener

    def _connect(self) -> socket.socket:
        timeout = self._profile.timers.connect
        try:
            return socket.create_connection((self._host, self._port), timeout)
        except TimeoutError:
            raise NotSent("the terminal did not accept a connection in time", reason="connect_timeout") from None
        except (OSError, UnicodeError):
            raise NotSent("the terminal cannot be reached", reason="refused") from None

    def _send(self, channel: socket.socket, dialogue: Dialogue) -> None:
        try:
            taken = channel.send(dialogue.frame)
        except OSError:
            raise NotSent("the connection broke before the request", reason="refused") from None
        try:
            channel.sendall(dialogue.frame[taken:])
        except OSError:
            raise OutcomeUnknown("the connection broke within the request", reason="connection_lost") from None
        dialogue.wrote(self._clock())


def _address(channel: socket.socket) -> str:
    try:
        return str(channel.getpeername()[0])
    except OSError:
        raise NotSent("the connection broke before the request", reason="refused") from None


class _Exchange:
    """Waits on both channels at once. Channel 1 is read first: what it brought was there before the answer.

    Only ``terminal`` (an address) may dial in to ``listener``.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        channel: socket.socket,
        listener: socket.socket | None,
        terminal: str,
        clock: Callable[[], float],
    ) -> None:
        self._dialogue = dialogue
        self._channel = channel
        self._listener = listener
        self._terminal = terminal
        self._clock = clock
        self._links: dict[socket.socket, Link] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(channel, selectors.EVENT_READ)
        if listener:
            self._selector.register(listener, selectors.EVENT_READ)

    def __enter__(self) -> _Exchange:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in list(self._links):
            self._drop(connection)
        self._selector.close()

    def run(self) -> None:
        while not self._dialogue.over:
            ready = {key.fileobj for key, _ in self._selector.select(self._dialogue.deadline - self._clock())}
            if self._listener and self._listener in ready:
                self._accept(self._listener)
            for connection in [each for each in self._links if each in ready]:
                self._serve(connection)
            if self._channel in ready:
                self._read()
            self._dialogue.tick(self._clock())

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, (address, *_) = listener.accept()
        except OSError:  # gone again
            return
        if address != self._terminal or len(self._links) >= _MOST_LINKS:
            connection.close()
            return
        connection.settimeout(WRITE)
        self._links[connection] = self._dialogue.link()
        self._selector.register(connection, selectors.EVENT_READ)

    def _serve(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(_PIECE)
            answer = self._links[connection].heard(data, self._clock())
            connection.sendall(answer)
        except (OSError, OpiError):
            data = b""
        if not data:
            self._drop(connection)

    def _read(self) -> None:
        try:
            data = self._channel.recv(_PIECE)
        except OSError:
            data = b""
        if data:
            self._dialogue.heard(data, self._clock())
        else:
            self._dialogue.ended()

    def _drop(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        connection.close()
        del self._links[connection]
