"""Blocks out of the bytes of a serial line, byte by byte, whatever else is on it. No I/O.

    HUNT ── 10 ──> START ── 02 ──> BLOCK ── 10 ──> ESCAPE ── 03 ──> FIRST ──> SECOND, then HUNT
                                     <── other ──     ── 10 ──> BLOCK

A block that cannot be right any more (a single 10 inside, too long, too slow) is BROKEN: what follows is ignored until
the line is quiet for T1 or the next 10 02 comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from hardware.terminal.zvt.apdu import LONGEST_APDU
from hardware.terminal.zvt.serial_frame import ACK, DLE, ETX, NAK, STX, checksum


@dataclass(frozen=True, slots=True, repr=False)
class Block:
    """A block that arrived whole; its checksum is right."""

    apdu: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """A block that did not arrive whole: the sender is to be told with NAK."""


@dataclass(frozen=True, slots=True)
class Answered:
    """ACK or NAK outside any block."""

    accepted: bool


Found = Block | Broken | Answered


class _State(Enum):
    HUNT = auto()
    START = auto()
    BLOCK = auto()
    ESCAPE = auto()
    FIRST = auto()
    SECOND = auto()
    BROKEN = auto()
    BROKEN_START = auto()


class Receiver:
    """The receiving half of a serial line. Times are seconds of any clock; ``t1`` is the longest gap in a block."""

    def __init__(self, t1: float) -> None:
        self._t1 = t1
        self._state = _State.HUNT
        self._apdu = bytearray()
        self._first = 0
        self._last_byte_at = 0.0
        self._steps: Mapping[_State, Callable[[int], Found | None]] = {
            _State.HUNT: self._hunt,
            _State.START: self._start,
            _State.BLOCK: self._inside,
            _State.ESCAPE: self._escape,
            _State.FIRST: self._first_of_checksum,
            _State.SECOND: self._second_of_checksum,
            _State.BROKEN: self._broken,
            _State.BROKEN_START: self._broken_start,
        }

    @property
    def deadline(self) -> float | None:
        """When the block under way is given up, None while there is none."""
        return None if self._state in (_State.HUNT, _State.START) else self._last_byte_at + self._t1

    def receive(self, data: bytes, now: float) -> Iterator[Found]:
        """What became whole with ``data``, which arrived ``now``."""
        yield from self.tick(now)
        self._last_byte_at = now
        for byte in data:
            found = self._steps[self._state](byte)
            if found is not None:
                yield found

    def tick(self, now: float) -> Iterator[Found]:
        """A block whose next byte did not come in time is broken."""
        deadline = self.deadline
        if deadline is not None and now >= deadline:
            self._state = _State.HUNT
            yield Broken()

    def forget(self) -> None:
        """Begin anew: the line was opened again."""
        self._state = _State.HUNT

    def _hunt(self, byte: int) -> Answered | None:
        self._state = _State.START if byte == DLE else _State.HUNT
        return Answered(byte == ACK) if byte in (ACK, NAK) else None

    def _start(self, byte: int) -> Answered | None:
        if byte != STX:
            return self._hunt(byte)
        self._begin()
        return None

    def _inside(self, byte: int) -> None:
        if byte == DLE:
            self._state = _State.ESCAPE
        else:
            self._take(byte)

    def _escape(self, byte: int) -> None:
        if byte == DLE:
            self._take(byte)
        elif byte == ETX:
            self._state = _State.FIRST
        elif byte == STX:  # the block before was cut off, this is the next one
            self._begin()
        else:
            self._state = _State.BROKEN

    def _first_of_checksum(self, byte: int) -> None:
        self._first, self._state = byte, _State.SECOND

    def _second_of_checksum(self, byte: int) -> Block | Broken:
        self._state = _State.HUNT
        apdu = bytes(self._apdu)
        return Block(apdu) if bytes([self._first, byte]) == checksum(apdu) else Broken()

    def _broken(self, byte: int) -> None:
        self._state = _State.BROKEN_START if byte == DLE else _State.BROKEN

    def _broken_start(self, byte: int) -> None:
        if byte == STX:
            self._begin()
        elif byte != DLE:
            self._state = _State.BROKEN

    def _begin(self) -> None:
        self._apdu.clear()
        self._state = _State.BLOCK

    def _take(self, byte: int) -> None:
        self._apdu.append(byte)
        self._state = _State.BLOCK if len(self._apdu) <= LONGEST_APDU else _State.BROKEN
