"""A serial line that can be cut: a pseudo-terminal for the driver, and the simulator's own behind it.

A cut is the driver's adapter pulled out of its socket. The terminal notices nothing but that nobody answers.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import fcntl
import os
import termios
import tty
from pathlib import Path

from tools.cuts.relay import Line
from tools.cuts.scissors import Way
from tools.cuts.units import SerialBlocks, Units

_PIECE = 4096  # bytes
_DRAINED_AFTER = 0.005  # seconds between looks whether the driver has read
_MOST_LOOKS = 400
_ANSWERED_AFTER = 0.05  # seconds in which the driver may still answer what it has read, into nothing


class PtyRelay:
    """A :class:`~tools.cuts.relay.Relay`. ``near`` is the path that the driver opens, ``far`` that of the simulator."""

    def __init__(self, line: Line, near: Path, far: Path) -> None:
        self._line, self._near, self._far_path = line, near, far
        self._far = -1
        self._master = self._slave = -1
        self._units: dict[Way, Units] = {}
        self._cutting: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """See ``Relay``: another device appears under the same name."""
        loop = asyncio.get_running_loop()
        if self._far < 0:
            self._far = os.open(self._far_path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            loop.add_reader(self._far, self._read, self._far, Way.TOLD)
        self._units = {way: SerialBlocks() for way in Way}
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        loop.add_reader(self._master, self._read, self._master, Way.ASKED)
        self._near.symlink_to(os.ttyname(self._slave))

    async def shut(self) -> None:
        """See ``Relay``: what was let through is read first, because a pseudo-terminal that goes takes it along."""
        if self._master < 0:
            return
        master, slave, self._master = self._master, self._slave, -1
        asyncio.get_running_loop().remove_reader(master)
        for _ in range(_MOST_LOOKS):
            if not _waiting(slave):
                break
            await asyncio.sleep(_DRAINED_AFTER)
        await asyncio.sleep(_ANSWERED_AFTER)
        self._near.unlink()
        os.close(master)
        os.close(slave)

    async def close(self) -> None:
        """See ``Relay``."""
        await self.shut()
        if self._far >= 0:
            asyncio.get_running_loop().remove_reader(self._far)
            os.close(self._far)
            self._far = -1

    def _read(self, descriptor: int, way: Way) -> None:
        try:
            data = os.read(descriptor, _PIECE)
        except OSError:  # the simulator has gone
            asyncio.get_running_loop().remove_reader(descriptor)
            return
        was_cut = self._line.is_cut
        for name, unit in self._units[way].feed(data):
            self._write(way, self._line.carry(way, name, unit))
        if self._line.is_cut and not was_cut:
            self._cutting = asyncio.create_task(self._line.shut())

    def _write(self, way: Way, data: bytes) -> None:
        """A full buffer loses bytes, as a line without handshake does."""
        onward = self._far if way is Way.ASKED else self._master
        if data and onward >= 0:
            with contextlib.suppress(OSError):
                os.write(onward, data)


def _waiting(descriptor: int) -> int:
    """Bytes that nobody has read yet."""
    count = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]
