"""What carries APDUs between a register and the virtual terminal, seen from the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from hardware.terminal.simulator.faults import Fault


class LineLost(Exception):
    """The register hung up, or nothing gets across any more."""


@dataclass(frozen=True, slots=True, repr=False)
class Arrived:
    """An APDU of the register, and the fault that was ordered for it."""

    apdu: bytes
    fault: Fault | None = None

    @property
    def command(self) -> int:
        """Class and instruction."""
        return int.from_bytes(self.apdu[:2], "big")


@dataclass(frozen=True, slots=True)
class Ears:
    """What a line asks about what it hears: which fault meets this APDU, and whether the terminal listens at all."""

    fault_for: Callable[[bytes], Fault | None]
    asleep: Callable[[], bool]


class Line(Protocol):
    """One line. Not thread-safe; everything happens on one event loop."""

    def push_back(self, arrived: Arrived) -> None:
        """Let the next ``receive`` return this."""

    async def receive(self, timeout: float | None = None) -> Arrived | None:
        """The next APDU; None when none came in time (seconds). Raises LineLost."""

    async def send(self, apdu: bytes, *, split: bool = False) -> None:
        """Send one APDU, or several that are glued; ``split``: byte by byte.

        Raises LineLost where the line can tell that it was in vain.
        """

    def send_part(self, apdu: bytes) -> None:
        """Send the first three quarters of an APDU, and cut the line."""

    def cut(self) -> None:
        """Cut the line, abruptly: what was sent still arrives, if it can."""

    def play_dead(self) -> None:
        """Hear and say nothing more, while the line seems to stand."""

    def broke_off(self) -> None:
        """A procedure was broken off: what the standard wants done to the line."""


class Heard:
    """The APDUs that arrived, in order, and at last that the line is lost."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Arrived | None] = asyncio.Queue()
        self._first: Arrived | None = None
        self._lost = False

    def add(self, arrived: Arrived) -> None:
        """An APDU arrived."""
        self._queue.put_nowait(arrived)

    def push_back(self, arrived: Arrived) -> None:
        """See ``Line``."""
        self._first = arrived

    def lose(self) -> None:
        """The line is lost: whoever waits is told, after what arrived before."""
        self._queue.put_nowait(None)

    async def next(self, timeout: float | None) -> Arrived | None:
        """See ``Line.receive``."""
        first, self._first = self._first, None
        if first is not None:
            return first
        if self._lost:
            raise LineLost
        try:
            async with asyncio.timeout(timeout):
                found = await self._queue.get()
        except TimeoutError:
            return None
        if found is None:
            self._lost = True
            raise LineLost
        return found
