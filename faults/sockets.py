"""What stands in for the modules ``socket`` and ``selectors`` in drivers: blocking calls in strands, over ``network.py``."""

from __future__ import annotations

import io
import selectors
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

from faults.network import BOX, End, Network
from faults.scheduler import NEVER, RUNNING, Flag


class Readable:
    """Something that a strand can wait for until there is something to read."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.timeout: float | None = None
        self._news: list[Flag] = []

    @property
    def is_ready(self) -> bool:
        """Whether reading would not wait."""
        raise AssertionError("an heir knows")

    def tell(self, flag: Flag) -> None:
        """Have ``flag`` set at the next news."""
        self._news.append(flag)

    def settimeout(self, seconds: float | None) -> None:
        """As of a socket."""
        self.timeout = seconds

    def setblocking(self, blocking: bool) -> None:
        """As of a socket."""
        self.timeout = None if blocking else 0.0

    def _wake(self) -> None:
        news, self._news = self._news, []
        for flag in news:
            flag.set()

    def _await(self) -> None:
        """Wait until it is ready. Raises TimeoutError, or BlockingIOError where waiting is not wanted."""
        scheduler = self._network.scheduler
        until = NEVER if self.timeout is None else scheduler.now + self.timeout
        while not self.is_ready:
            if self.timeout == 0.0:
                raise BlockingIOError(11, "Resource temporarily unavailable")
            if scheduler.now >= until:
                raise TimeoutError("timed out")
            flag = Flag()
            self.tell(flag)
            scheduler.wait(flag, until - scheduler.now)


class Socket(Readable, End):
    """A driver's end of a connection; it behaves as a ``socket.socket`` does."""

    def __init__(self, network: Network, terminal: str, timeout: float | None = None) -> None:
        Readable.__init__(self, network)
        End.__init__(self, network, terminal, "up", RUNNING.get())
        self.timeout = timeout
        self._data = bytearray()
        self._eof = self._reset = False
        self._readers = 0

    @property
    def is_ready(self) -> bool:
        """See ``Readable``."""
        return bool(self._data or self._eof or self._reset)

    # From the network

    def arrive(self, data: bytes) -> None:
        """See ``End``."""
        self._data += data
        self._wake()

    def ended(self, *, reset: bool) -> None:
        """See ``End``."""
        self._eof, self._reset = True, self._reset or reset
        if reset:
            self.open = False
        self._wake()

    # As a socket has it

    def setsockopt(self, *_: object) -> None:
        """Nothing that can be set makes a difference here."""

    def getpeername(self) -> tuple[str, int]:
        """The terminal's address."""
        if self._reset:
            raise OSError(107, "Transport endpoint is not connected")
        return (self.terminal, 0)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """What has arrived; nothing at the end."""
        self._await()
        if self._reset and not self._data:
            raise ConnectionResetError(104, "Connection reset by peer")
        found = bytes(self._data[:size])
        if not flags & socket.MSG_PEEK:
            del self._data[:size]
        return found

    def send(self, data: bytes) -> int:
        """All of it is taken at once."""
        if not self.open:
            raise BrokenPipeError(32, "Broken pipe")
        if data:
            self._network.carry(self, bytes(data))
        return len(data)

    def sendall(self, data: bytes) -> None:
        """The same."""
        self.send(data)

    def makefile(self, mode: str, *_: object) -> io.BufferedReader:
        """For ``http.client``, which reads on when it has closed the socket."""
        self._readers += 1
        return io.BufferedReader(_Reader(self))

    def read_on(self) -> None:
        """Whoever read from ``makefile`` is done."""
        self._readers -= 1

    def close(self) -> None:
        """Hang up, unless somebody still reads."""
        if not self._readers:
            self.hang_up()

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Reader(io.RawIOBase):
    def __init__(self, connection: Socket) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._connection.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._connection.read_on()
            self._connection.close()


class Listening(Readable):
    """A port of the box that a terminal dials: ``socket.create_server``."""

    def __init__(self, network: Network, port: int) -> None:
        super().__init__(network)
        self._port, self._process = port, RUNNING.get()
        self._calls: deque[Socket] = deque()
        if (BOX, port) in network.ports:
            raise OSError(98, "Address already in use")
        network.ports[BOX, port] = self._called

    @property
    def is_ready(self) -> bool:
        """See ``Readable``."""
        return bool(self._calls)

    def accept(self) -> tuple[Socket, tuple[str, int]]:
        """The next call, and where it comes from."""
        self._await()
        call = self._calls.popleft()
        return call, (call.terminal, 0)

    def close(self) -> None:
        """Listen no more; calls that nobody took are turned away."""
        self._network.ports.pop((BOX, self._port), None)
        while self._calls:
            self._calls.popleft().hang_up(reset=True)

    def _called(self, caller: End) -> End:
        call = Socket(self._network, caller.terminal)
        call.process = self._process
        self._calls.append(call)
        self._network.scheduler.at(self._network.delay(), self._wake)
        return call

    def __enter__(self) -> Listening:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Sockets:
    """What a driver finds under the name ``socket``; the constants are the real ones."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def __getattr__(self, name: str) -> Any:
        return getattr(socket, name)

    def create_connection(self, address: tuple[str, int], timeout: Any = None, *_: object, **__: object) -> Socket:
        """Call a terminal. Raises TimeoutError and ConnectionRefusedError."""
        network, terminal = self._network, self._network.terminal_at(*address)
        found = Socket(network, terminal, timeout)
        if network.is_mute(terminal):
            network.scheduler.sleep(timeout or 0.0)
            raise TimeoutError("timed out")
        network.scheduler.sleep(network.delay())
        network.connect(found, *address)
        return found

    def create_server(self, address: tuple[str, int]) -> Listening:
        """Listen on a port of the box. Raises OSError when it is taken."""
        return Listening(self._network, address[1])


class Selector:
    """What a driver gets as a ``selectors.DefaultSelector``: for reading only."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._watched: list[Readable] = []

    def register(self, readable: Readable, events: int) -> None:
        """Watch it too."""
        self._watched.append(readable)

    def unregister(self, readable: Readable) -> None:
        """Watch it no more."""
        self._watched.remove(readable)

    def select(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        """Those that are ready, after ``timeout`` at the latest."""
        if timeout > 0 and not any(each.is_ready for each in self._watched):
            flag = Flag()
            for each in self._watched:
                each.tell(flag)
            self._network.scheduler.wait(flag, timeout)
        ready: Callable[[Any], selectors.SelectorKey] = lambda each: selectors.SelectorKey(each, 0, 1, None)  # noqa: E731
        return [(ready(each), selectors.EVENT_READ) for each in self._watched if each.is_ready]

    def close(self) -> None:
        """Nothing to give back."""
