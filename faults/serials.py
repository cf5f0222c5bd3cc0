"""A serial line in memory: pyserial's half for the driver, and a terminal at the other end that may be pulled out."""

from __future__ import annotations

import errno
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

import serial

from faults.network import Network
from faults.orders import Orders
from faults.scheduler import RUNNING, Flag, Process
from hardware.terminal.zvt.serial_link import Timing
from hardware.terminal.zvt.simulator.line import Ears, LineLost
from hardware.terminal.zvt.simulator.serial_line import SerialLine

Conversation = Callable[[SerialLine], Awaitable[None]]

#: Seconds a byte takes at 9600 baud, with a start bit and two stop bits.
_BYTE = 11 / 9600
#: How often a block arrives in two pieces, and the gap between them: shorter than T1.
_SPLIT, _GAP = 0.1, (0.01, 0.15)


class Cable:
    """The wire of the terminal ``host``, as a simulator's server.

    ``device``: another one each time it is plugged in; ``out``: it is not plugged in while its terminal is away.
    """

    def __init__(
        self, host: str, network: Network, orders: Orders, rng: random.Random, converse: Conversation, ears: Ears
    ) -> None:
        self.host, self.network = host, network
        self.device, self.out = 0, False
        self._orders, self._rng = orders, rng
        self._converse, self._ears = converse, ears
        self._line: SerialLine | None = None
        self._last = {"up": 0.0, "down": 0.0}
        self.port: Port | None = None

    # As a server

    @property
    def where(self) -> str:
        """See ``Server``."""
        return f"/dev/{self.host}"

    async def open(self) -> None:
        """See ``Server``."""
        self._plug_in()

    async def shut(self) -> None:
        """See ``Server``: nobody asks for it here."""

    def cut_all(self) -> None:
        """See ``Server``: pulled out and put back."""
        self.pull()
        self._plug_in()

    async def close(self) -> None:
        """See ``Server``."""
        self.pull()

    def pull(self) -> None:
        """Take the adapter out."""
        self._unplug()
        if self.port is not None:
            self.port.lose()

    def begin_anew(self, *, out: bool) -> None:
        """The terminal lost its power; its adapter was pulled ``out`` with it, or stayed."""
        self.out = out
        if out:
            self.pull()
        self._unplug()
        self._plug_in()

    def _plug_in(self) -> None:
        self.device += self.port is None
        self._line = SerialLine(Timing(), self._ears, lambda data: self.carry("down", data), self.cut_all)
        self.network.scheduler.loop.create_task(self._talk(self._line))

    def _unplug(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.lose()

    async def _talk(self, line: SerialLine) -> None:
        with suppress(LineLost):
            await self._converse(line)

    # What is on the wire

    def carry(self, way: str, data: bytes) -> None:
        """Have ``data`` arrive at the other end, unless something happens to it."""
        order = self._orders.strike("bytes", way)
        gap = self._rng.uniform(*_GAP)
        match order.kind if order else "":
            case "bit_flipped":
                place, bit = self._rng.randrange(len(data)), 1 << self._rng.randrange(8)
                data = data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
            case "byte_lost":
                place = self._rng.randrange(len(data))
                data = data[:place] + data[place + 1 :]
            case "line_stalled" if order:
                gap = order.seconds
            case "cable_pulled":
                self.network.scheduler.loop.call_soon(self.cut_all)
                data = data[: len(data) // 2]
        in_two = gap > _GAP[1] or self._rng.random() < _SPLIT
        first = self._rng.randrange(1, len(data)) if in_two and len(data) > 1 else len(data)
        self._send(way, data[:first], 0.0)
        self._send(way, data[first:], gap)

    def _send(self, way: str, data: bytes, later: float) -> None:
        if data:
            now = self.network.scheduler.now
            self._last[way] = max(self._last[way], now) + later + len(data) * _BYTE
            self.network.scheduler.at(self._last[way] - now, self._arrive, way, self.device, data)

    def _arrive(self, way: str, device: int, data: bytes) -> None:
        if device != self.device or self.network.is_away(self.host) or self.network.is_mute(self.host):
            return
        if way == "down" and self.port is not None:
            self.port.arrive(data)
        elif way == "up" and self._line is not None:
            self.network.scheduler.loop.call_soon(self._line.feed, data)


class Port:
    """What a driver gets as a ``serial.Serial``."""

    def __init__(self, cable: Cable, timeout: float) -> None:
        if cable.out and cable.network.is_away(cable.host):
            raise serial.SerialException("No such file or directory")
        if cable.port is not None:
            raise serial.SerialException(errno.EAGAIN, "Could not exclusively lock port")
        self.timeout = timeout
        self.process: Process | None = RUNNING.get()
        self.device = cable.device
        self._cable, self._data, self._news, self._lost = cable, bytearray(), Flag(), False
        cable.port = self

    @property
    def in_waiting(self) -> int:
        """Bytes that are here."""
        return len(self._data)

    @property
    def is_current(self) -> bool:
        """Whether its path still leads to this device."""
        return self._cable.port is self and self.device == self._cable.device

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes, as many as came within the timeout."""
        scheduler = self._cable.network.scheduler
        if not self._data and not self._lost and self.timeout > 0:
            self._news = Flag()
            scheduler.wait(self._news, self.timeout)
        self._require()
        found = bytes(self._data[:size])
        del self._data[:size]
        return found

    def write(self, data: bytes) -> None:
        """Put bytes on the wire; it takes as long as they need."""
        self._require()
        self._cable.carry("up", bytes(data))

    def reset_input_buffer(self) -> None:
        """Forget what came before."""
        self._data.clear()

    def close(self) -> None:
        """Give the port back."""
        if self._cable.port is self:
            self._cable.port = None

    def arrive(self, data: bytes) -> None:
        """Bytes came off the wire."""
        self._data += data
        self._news.set()

    def lose(self) -> None:
        """The device is gone."""
        self._lost = True
        self.close()
        self._news.set()

    def _require(self) -> None:
        if self._lost:
            raise serial.SerialException("device disconnected")


class Serials:
    """What a driver finds under the name ``serial``."""

    SerialException = serial.SerialException

    def __init__(self, network: Network) -> None:
        self._network = network

    def Serial(self, path: str, *_: object, timeout: float, **__: object) -> Port:  # noqa: N802 -- as pyserial has it
        """Open a port. Raises SerialException."""
        return Port(self._network.cables[path], timeout)
