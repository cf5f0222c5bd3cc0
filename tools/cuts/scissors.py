"""Lets everything through until the moment has come. Pure, but for the lock that its callers need not bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from tools.cuts.units import head_of


class Way(Enum):
    """Which way a unit goes."""

    ASKED = auto()  # from our driver
    TOLD = auto()  # from the terminal


class Through(StrEnum):
    """How much of the unit still goes through."""

    NOTHING = auto()
    HALF_THE_HEAD = auto()
    HEAD = auto()
    HALF = auto()
    HALF_THE_BODY = auto()
    ALL_BUT_ONE = auto()
    ALL = auto()


@dataclass(frozen=True, slots=True)
class At:
    """A place on the wire: in the ``count``-th unit of that name since the scissors were armed."""

    way: Way
    unit: str
    through: Through = Through.NOTHING
    count: int = 1


class Scissors:
    """``cut``: whether the line is cut; nothing goes through any more."""

    def __init__(self) -> None:
        self.cut = False
        self._at: At | None = None
        self._seen = 0

    def arm(self, at: At) -> None:
        """Wait for it, from here on."""
        self._at, self._seen = at, 0

    def mend(self) -> None:
        """Let everything through again."""
        self.cut, self._at = False, None

    def let_through(self, way: Way, name: str, unit: bytes) -> bytes:
        """What of ``unit`` arrives on the other side."""
        if self.cut:
            return b""
        if self._at is None or (way, name) != (self._at.way, self._at.unit):
            return unit
        self._seen += 1
        if self._seen < self._at.count:
            return unit
        self.cut = True
        return unit[: _BYTES[self._at.through](unit)]


_BYTES: Mapping[Through, Callable[[bytes], int]] = {
    Through.NOTHING: lambda unit: 0,
    Through.HALF_THE_HEAD: lambda unit: head_of(unit) // 2,
    Through.HEAD: head_of,
    Through.HALF: lambda unit: len(unit) // 2,
    Through.HALF_THE_BODY: lambda unit: (head_of(unit) + len(unit)) // 2,
    Through.ALL_BUT_ONE: lambda unit: len(unit) - 1,
    Through.ALL: len,
}
