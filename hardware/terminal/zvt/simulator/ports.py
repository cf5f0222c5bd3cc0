"""Serial ports of the virtual terminal: one that exists, or a pseudo-terminal that it opens itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from collections.abc import Awaitable, Callable
from pathlib import Path

import serial

from hardware.terminal.zvt.serial_link import Timing
from hardware.terminal.zvt.simulator.line import Ears, LineLost
from hardware.terminal.zvt.simulator.serial_line import SerialLine
from hardware.terminal.zvt.simulator.setup import DevicePlace

Conversation = Callable[[SerialLine], Awaitable[None]]

_READ_SIZE = 4096  # bytes


class SerialServer:
    """A :class:`~hardware.terminal.simulator.listener.Server` on one wire. What it opens is up to its heirs."""

    def __init__(self, converse: Conversation, ears: Ears, timing: Timing) -> None:
        self._converse, self._ears, self._timing = converse, ears, timing
        self._conversations: set[asyncio.Task[None]] = set()
        self._line: SerialLine | None = None
        self._descriptor = -1
        self._away = False

    @property
    def where(self) -> str:
        """Its address."""
        raise AssertionError("an heir knows")

    async def open(self) -> None:
        """Begin, or begin again after ``shut``. Raises OSError when the port cannot be had."""
        self._away = False
        if self._line is None:
            self._plug_in()
        self._appear()

    async def shut(self) -> None:
        """Be nowhere to be found."""
        self._away = True
        self._disappear()

    def cut_all(self) -> None:
        """Take the wire away, and put another one in its place unless the terminal is away."""
        self._unplug()
        if not self._away:
            self._plug_in()
            self._appear()

    async def close(self) -> None:
        """Stop for good."""
        self._away = True
        self._disappear()
        self._unplug()
        for each in self._conversations:
            each.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    def _open_wire(self) -> int:
        """A descriptor to read from and write to, without blocking. Raises OSError."""
        raise AssertionError("an heir knows")

    def _close_wire(self) -> None:
        """Give the descriptor back."""
        raise AssertionError("an heir knows")

    def _appear(self) -> None:
        """Let the wire be found under its name."""

    def _disappear(self) -> None:
        """Let it not."""

    def _plug_in(self) -> None:
        self._descriptor = self._open_wire()
        self._line = SerialLine(self._timing, self._ears, self._write, self.cut_all)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._descriptor, self._read)
        task = loop.create_task(self._talk(self._line))
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)

    def _unplug(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            line.lose()
            self._close_wire()

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, _READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data and self._line is not None:
            self._line.feed(data)
        elif not data:
            self._unplug()

    def _write(self, data: bytes) -> None:
        """A full buffer loses bytes, as a line without handshake does."""
        if self._line is not None:
            with contextlib.suppress(OSError):
                os.write(self._descriptor, data)

    async def _talk(self, line: SerialLine) -> None:
        with contextlib.suppress(LineLost):
            await self._converse(line)


class PtyServer(SerialServer):
    """A pseudo-terminal and a link to it, which leads to another one after each cut."""

    def __init__(self, converse: Conversation, ears: Ears, timing: Timing, link: Path) -> None:
        super().__init__(converse, ears, timing)
        self._link = link
        self._slave = -1

    @property
    def where(self) -> str:
        """The path that a register opens."""
        return str(self._link)

    def _open_wire(self) -> int:
        master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(master, False)
        return master

    def _close_wire(self) -> None:
        os.close(self._descriptor)
        os.close(self._slave)

    def _appear(self) -> None:
        fresh = self._link.with_name(f"{self._link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.replace(self._link)

    def _disappear(self) -> None:
        self._link.unlink(missing_ok=True)


class PortServer(SerialServer):
    """A serial device that exists: 8 data bits, no parity."""

    def __init__(self, converse: Conversation, ears: Ears, timing: Timing, place: DevicePlace) -> None:
        super().__init__(converse, ears, timing)
        self._place = place
        self._port: serial.Serial | None = None

    @property
    def where(self) -> str:
        """The device."""
        return self._place.path

    def _open_wire(self) -> int:
        place = self._place
        self._port = serial.Serial(place.path, place.baud, stopbits=place.stop_bits, timeout=0, exclusive=True)
        descriptor = int(self._port.fileno())
        os.set_blocking(descriptor, False)
        return descriptor

    def _close_wire(self) -> None:
        if self._port is not None:
            self._port.close()
