"""A line between driver and simulator that can be cut and mended: TCP connections here, a serial line in ``pty_relay``.

Everything happens on one event loop in a thread of its own. Over TCP both sides notice a cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from tools.cuts.scissors import At, Scissors, Way
from tools.cuts.units import Units

_HOST = "127.0.0.1"
_PATIENCE = 30.0  # seconds: a bound for what should happen at once
_PIECE = 65_536  # bytes


class Relay(Protocol):
    """One wire of the line. Everything runs on the line's event loop."""

    async def open(self) -> None:
        """Be there."""

    async def shut(self) -> None:
        """Be gone, and everything that stands with it."""

    async def close(self) -> None:
        """Be gone for good."""


class Line:
    """Everything between one driver and one simulator; ``tell`` is told every unit before it goes through."""

    def __init__(self, tell: Callable[[Way, str, bytes], object] = lambda way, name, unit: None) -> None:
        self.scissors = Scissors()
        self._tell = tell
        self._relays: list[Relay] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="line", daemon=True)
        self._thread.start()

    @property
    def is_cut(self) -> bool:
        """Whether nothing gets through."""
        return self.scissors.cut

    def add(self, relay: Relay) -> None:
        """Lay another wire."""
        self._relays.append(relay)
        self._run(relay.open())

    def carry(self, way: Way, name: str, unit: bytes) -> bytes:
        """What of ``unit`` arrives on the other side."""
        self._tell(way, name, unit)
        return self.scissors.let_through(way, name, unit)

    def arm(self, at: At) -> None:
        """Cut it there."""
        self._loop.call_soon_threadsafe(self.scissors.arm, at)

    def cut(self) -> None:
        """Cut it now."""
        self.scissors.cut = True
        self._run(self.shut())

    def mend(self) -> None:
        """Have it stand again, once all that is left of the cut is over."""
        self._run(self.shut())
        self.scissors.mend()
        for each in self._relays:
            self._run(each.open())

    def close(self) -> None:
        """Give everything back."""
        for each in self._relays:
            self._run(each.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()

    async def shut(self) -> None:
        """Shut every wire."""
        for each in self._relays:
            await each.shut()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)


class TcpRelay:
    """Listens on ``port`` for whoever dials, and dials on to ``target``. ``way``: which way the caller's bytes go."""

    def __init__(self, line: Line, units: Callable[[], Units], target: int, way: Way = Way.ASKED) -> None:
        self.port = 0
        self._line, self._units, self._target = line, units, target
        self._ways = (way, Way.TOLD if way is Way.ASKED else Way.ASKED)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """See ``Relay``; on the port of last time."""
        self._server = await asyncio.start_server(self._connected, _HOST, self.port, reuse_address=True)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def shut(self) -> None:
        """See ``Relay``. What was let through still arrives."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for each in list(self._writers):
            each.close()
        current = asyncio.current_task()
        others = [each for each in self._tasks if each is not current]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def close(self) -> None:
        """See ``Relay``."""
        await self.shut()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward_reader, onward_writer = await asyncio.open_connection(_HOST, self._target)
        except OSError:
            writer.close()
            return
        there, back = self._ways
        for each in (writer, onward_writer):
            self._writers.add(each)
        for coroutine in (self._pump(reader, onward_writer, there), self._pump(onward_reader, writer, back)):
            task = asyncio.create_task(coroutine)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        units = self._units()
        try:
            while data := await reader.read(_PIECE):
                for name, unit in units.feed(data):
                    writer.write(self._line.carry(way, name, unit))
                if self._line.is_cut:
                    await self._line.shut()
                    return
        except ConnectionError:
            return
        finally:
            self._writers.discard(writer)
            with contextlib.suppress(OSError):
                writer.close()
