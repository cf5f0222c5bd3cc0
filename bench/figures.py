"""The arithmetic: percentiles, aims, and a table that reads well on a terminal and in Markdown. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest of ``values`` that at least ``percent`` of them do not exceed (nearest rank).

    It is always a value that was measured. Raises ValueError without any.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True)
class Times:
    """Latencies in seconds."""

    seconds: Sequence[float]

    @property
    def count(self) -> int:
        """How many were measured."""
        return len(self.seconds)

    @property
    def median_ms(self) -> float:
        """Half of them took no longer, in milliseconds."""
        return percentile(self.seconds, 50) * 1000

    @property
    def p99_ms(self) -> float:
        """99 of 100 took no longer, in milliseconds."""
        return percentile(self.seconds, 99) * 1000

    def __str__(self) -> str:
        return f"median {self.median_ms:.1f} ms, p99 {self.p99_ms:.1f} ms"


@dataclass(frozen=True)
class Figure:
    """One line of the result: what was measured, how it came out, and beside what. ``met`` is None without an aim."""

    what: str
    count: str
    result: str
    beside: str = ""
    aim: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """Whether the aim is met, in a word."""
        return "" if self.met is None else "met" if self.met else "MISSED"

    def row(self) -> tuple[str, ...]:
        """The cells of its line (see ``HEADINGS``)."""
        return (self.what, self.count, self.result, self.beside, self.aim, self.verdict)


HEADINGS = ("figure", "samples", "here", "beside", "aim", "")


def within_hops(what: str, times: Times, hop: Times, *, hops: int, p99_ms: float) -> Figure:
    """A part of the journey: its median within so many bare hops, its p99 below ``p99_ms``."""
    ratio = times.median_ms / hop.median_ms
    return Figure(
        what=what,
        count=str(times.count),
        result=str(times),
        beside=f"{ratio:.1f} bare hops",
        aim=f"median within {hops} hops, p99 < {p99_ms:g} ms",
        met=ratio <= hops and times.p99_ms < p99_ms,
    )


def below(what: str, times: Times, *, p99_ms: float, beside: str) -> Figure:
    """A latency whose p99 is to be below ``p99_ms``."""
    return Figure(what, str(times.count), str(times), beside, f"p99 < {p99_ms:g} ms", times.p99_ms < p99_ms)


def reference(what: str, times: Times) -> Figure:
    """A bare peer: measured in the same run, without an aim."""
    return Figure(what, str(times.count), str(times))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, right: frozenset[int] = frozenset()) -> str:
    """A Markdown table with aligned columns; the columns numbered in ``right`` are aligned to the right."""
    lines = [tuple(headings), *(tuple(row) for row in rows)]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(headings))]

    def text(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join(padded)} |"

    rules = ["-" * (width - 1) + (":" if column in right else "-") for column, width in enumerate(widths)]
    return "\n".join([text(lines[0]), text(rules), *(text(line) for line in lines[1:])])
