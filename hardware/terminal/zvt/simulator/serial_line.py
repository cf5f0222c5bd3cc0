"""A register on a serial line: blocks with ACK and NAK, and every accident of them that can be ordered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from hardware.terminal.zvt.serial_frame import NAK
from hardware.terminal.zvt.serial_link import Event, Received, SerialLink, Timing, Undelivered
from hardware.terminal.zvt.simulator.accidents import ZvtKind
from hardware.terminal.zvt.simulator.line import Arrived, Ears, Heard, LineLost

_NOISE = b"\x55"


class SerialLine:
    """A :class:`~hardware.terminal.zvt.simulator.line.Line`. ``write`` puts bytes on the wire, ``unplug`` takes it away."""

    def __init__(self, timing: Timing, ears: Ears, write: Callable[[bytes], None], unplug: Callable[[], None]) -> None:
        self._ears, self._write, self._unplug = ears, write, unplug
        self._timing = timing
        self._link = SerialLink(timing)
        self._heard = Heard()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._sent: asyncio.Future[Event] | None = None
        self._dead = False
        self._refusing: tuple[bytes, int] = (b"", 0)  # the block that is answered with NAK, and how often still
        self._spoil_next = False
        self._split = False

    # What arrives

    def feed(self, data: bytes) -> None:
        """Bytes came off the wire."""
        if not (self._dead or self._ears.asleep()):
            self._act(self._link.receive(data, self._loop.time()))

    def lose(self) -> None:
        """The wire is gone."""
        if self._timer is not None:
            self._timer.cancel()
        if self._sent is not None and not self._sent.done():
            self._sent.set_exception(LineLost())
        self._heard.lose()

    # Line

    def push_back(self, arrived: Arrived) -> None:
        """See ``Line``."""
        self._heard.push_back(arrived)

    async def receive(self, timeout: float | None = None) -> Arrived | None:
        """See ``Line``."""
        return await self._heard.next(timeout)

    async def send(self, apdu: bytes, *, split: bool = False) -> None:
        """See ``Line``: ends with the register's ACK; three tries without one lose the line."""
        if self._dead:
            return
        self._sent = self._loop.create_future()
        self._split = split
        self._link.send(apdu, self._loop.time())
        self._act(())
        try:
            outcome = await self._sent
        finally:
            self._sent = None
        if isinstance(outcome, Undelivered):
            raise LineLost

    def send_part(self, apdu: bytes) -> None:
        """See ``Line``."""
        link = SerialLink()
        link.send(apdu, 0.0)
        block = link.output()
        self._write(block[: len(block) * 3 // 4])
        self._unplug()

    def cut(self) -> None:
        """See ``Line``: the adapter is pulled and put back, so that another device is behind the same name."""
        self._unplug()

    def play_dead(self) -> None:
        """See ``Line``: the cable is there, the terminal is not."""
        self._dead = True

    def broke_off(self) -> None:
        """A serial line stays."""
        self._dead = False

    # The rules of the line

    def _act(self, events: Iterable[Event]) -> None:
        output = self._link.output()
        for event in events:
            if isinstance(event, Received):
                output = self._take(event.apdu, output)
            elif self._sent is not None and not self._sent.done():
                self._sent.set_result(event)
        if output:
            self._put(output)
        self._wait()

    def _put(self, output: bytes) -> None:
        if self._spoil_next and len(output) > 1:  # a block, not the ACK of one
            output, self._spoil_next = output[:-1] + bytes([output[-1] ^ 0xFF]), False
        for at in range(len(output)) if self._split else ():
            self._write(output[at : at + 1])
        if not self._split:
            self._write(output)

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        deadline = self._link.next_deadline
        self._timer = None if deadline is None else self._loop.call_at(deadline, self._tick)

    def _tick(self) -> None:
        self._act(self._link.tick(self._loop.time()))

    def _take(self, apdu: bytes, reply: bytes) -> bytes:
        """Hand an APDU up, and return what the register is told about its block."""
        refused, left = self._refusing
        if apdu == refused and left:
            return self._refuse(apdu, left - 1)
        fault = self._ears.fault_for(apdu)
        if self._ears.asleep():
            return b""
        arrived = Arrived(apdu, fault)
        match fault.kind if fault else None:
            case ZvtKind.NAK if fault:
                return self._refuse(apdu, 0 if fault.after else self._timing.tries - 1)
            case ZvtKind.ACK_LATE if fault:
                self._loop.call_later(fault.seconds, self._late, arrived, reply)
                return b""
            case ZvtKind.ACK_LOST:
                reply = b""
            case ZvtKind.ACK_GARBLED:
                reply = _NOISE
            case ZvtKind.WRONG_CHECKSUM:
                self._spoil_next = True
        self._heard.add(arrived)
        return reply

    def _refuse(self, apdu: bytes, more: int) -> bytes:
        self._refusing = (apdu, more)
        self._link.reopened()  # so that the same block counts as a new one
        return bytes([NAK])

    def _late(self, arrived: Arrived, reply: bytes) -> None:
        self._write(reply)
        self._heard.add(arrived)
