"""A register on a TCP connection: bare APDUs, split and glued as ordered."""

from __future__ import annotations

import asyncio
import contextlib

from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.simulator.line import Arrived, Ears, Heard, LineLost
from hardware.terminal.zvt.stream import ApduStream

_READ_SIZE = 65536  # bytes


class TcpLine:
    """A :class:`~hardware.terminal.zvt.simulator.line.Line`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ears: Ears) -> None:
        self._reader, self._writer, self._ears = reader, writer, ears
        self._heard = Heard()
        self._dead = False
        self._listening = asyncio.create_task(self._listen())

    def push_back(self, arrived: Arrived) -> None:
        """See ``Line``."""
        self._heard.push_back(arrived)

    async def receive(self, timeout: float | None = None) -> Arrived | None:
        """See ``Line``."""
        return await self._heard.next(timeout)

    async def send(self, apdu: bytes, *, split: bool = False) -> None:
        """See ``Line``. What is lost on the way is noticed when no acknowledgement comes."""
        if self._dead:
            return
        try:
            for each in [apdu[at : at + 1] for at in range(len(apdu))] if split else [apdu]:
                self._writer.write(each)
                await self._writer.drain()
        except ConnectionError:
            raise LineLost from None

    def send_part(self, apdu: bytes) -> None:
        """See ``Line``."""
        self._writer.write(apdu[: len(apdu) * 3 // 4])
        self._writer.close()

    def cut(self) -> None:
        """See ``Line``."""
        self._writer.close()

    def play_dead(self) -> None:
        """See ``Line``: the socket is open, and nobody is there."""
        self._dead = True

    def broke_off(self) -> None:
        """A connection is closed, unless it is to look as if it stood."""
        if not self._dead:
            self._writer.close()

    def close(self) -> None:
        """Stop to listen."""
        self._listening.cancel()

    async def _listen(self) -> None:
        stream = ApduStream()
        with contextlib.suppress(ConnectionError, ZvtError):
            while data := await self._reader.read(_READ_SIZE):
                if self._dead or self._ears.asleep():
                    continue
                for apdu in stream.receive(data):
                    fault = self._ears.fault_for(apdu)
                    if not self._ears.asleep():
                        self._heard.add(Arrived(apdu, fault))
        self._heard.lose()
