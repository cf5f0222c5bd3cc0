"""A terminal on a TCP port. The rules are ``stream``; this owns the socket."""

from __future__ import annotations

import contextlib
import socket
from collections import deque
from collections.abc import Callable
from time import monotonic

from hardware.terminal.interface import NotSent, OutcomeUnknown
from hardware.terminal.zvt.addresses import TcpAddress
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.stream import ApduStream

_CONNECT_TIMEOUT = 5.0  # seconds
_SEND_TIMEOUT = 5.0
_READ_SIZE = 65536  # bytes
#: A terminal that vanished is noticed after idle + count x interval = 25 seconds.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}


class TcpLink:
    """A :class:`~hardware.terminal.zvt.link.Link`. Connects when something is sent, and anew after a break."""

    def __init__(self, address: TcpAddress, *, clock: Callable[[], float] = monotonic) -> None:
        self._address = address
        self._clock = clock
        self._socket: socket.socket | None = None
        self._stream = ApduStream()
        self._received: deque[bytes] = deque()

    def send(self, apdu: bytes) -> None:
        """See ``Link``. There is no ACK on TCP: it ends when the network has the bytes."""
        connection = self._connected()
        try:
            connection.settimeout(_SEND_TIMEOUT)
            connection.sendall(apdu)
        except OSError:
            self.close()
            raise OutcomeUnknown("the connection was lost", reason="connection_lost") from None

    def receive(self, timeout: float) -> bytes | None:
        """See ``Link``. What is no ZVT closes the connection, too."""
        until = self._clock() + timeout
        while not self._received:
            if self._socket is None:
                raise OutcomeUnknown("the connection is closed", reason="connection_lost")
            if not self._read(self._socket, max(0.0, until - self._clock())):
                return None
        return self._received.popleft()

    def rest(self) -> None:
        """See ``Link``."""
        if self._address.each_command:
            self.close()

    def close(self) -> None:
        """See ``Link``."""
        connection, self._socket = self._socket, None
        self._stream = ApduStream()
        self._received.clear()
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()

    def _read(self, connection: socket.socket, timeout: float) -> bool:
        """Wait for bytes; False when none came. Raises OutcomeUnknown for the end of the connection."""
        try:
            connection.settimeout(timeout)
            data = connection.recv(_READ_SIZE)
            if data:
                self._received.extend(self._stream.receive(data))
                return True
        except (TimeoutError, BlockingIOError):
            return False
        except ZvtError as error:
            self.close()
            raise OutcomeUnknown(error.text, reason="garbage") from None
        except OSError:
            data = b""
        self.close()
        raise OutcomeUnknown("the connection was lost", reason="connection_lost")

    def _connected(self) -> socket.socket:
        """An open connection; nothing was sent when this raises NotSent."""
        if self._socket is not None and _is_dead(self._socket):
            self.close()
        if self._socket is None:
            try:
                self._socket = socket.create_connection((self._address.host, self._address.port), _CONNECT_TIMEOUT)
                _set_up(self._socket)
            except (OSError, UnicodeError):
                self.close()
                raise NotSent("the terminal cannot be reached", reason="refused") from None
        return self._socket


def _is_dead(connection: socket.socket) -> bool:
    """Whether the terminal has closed the connection while nothing was under way."""
    try:
        connection.setblocking(False)
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _set_up(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE.items():
        if hasattr(socket, name):  # not every system has all three
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
