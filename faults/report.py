"""What is printed: the sum of all histories, and one that failed as it happened."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from faults.simulation import Result

_BAR = "-" * 100


@dataclass(slots=True)
class Totals:
    """Everything added up. ``rows``: every row of both lifecycle tables."""

    rows: Sequence[str]
    histories: int = 0
    decided: int = 0
    lost_cents: int = 0
    doubled_cents: int = 0
    stuck: int = 0
    failed: list[Result] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    visited: Counter[str] = field(default_factory=Counter)
    terminals: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Take in one history."""
        self.histories += 1
        self.decided += result.decided
        self.lost_cents += result.verdict.lost_cents
        self.doubled_cents += result.verdict.doubled_cents
        self.stuck += len(result.verdict.stuck)
        self.struck += result.struck
        self.visited += result.visited
        self.terminals[result.terminal] += 1
        if result.verdict.failed:
            self.failed.append(result)

    @property
    def faults(self) -> int:
        """How many struck."""
        return self.struck.total()

    @property
    def unvisited(self) -> list[str]:
        """The rows that no history came through."""
        return [row for row in self.rows if row not in self.visited]

    def summary(self, seconds: float) -> Iterator[str]:
        """What is to be read; the last line is one JSON object."""
        yield from _table("histories", self.terminals)
        yield from _table("faults", self.struck)
        yield from _table("steps", {row: self.visited[row] for row in self.rows})
        yield _BAR
        yield f"{self.histories} histories in {seconds:.1f} s ({self.histories / max(seconds, 0.1):.1f} a second)"
        visited = len(self.rows) - len(self.unvisited)
        yield f"{self.faults} faults of {len(self.struck)} kinds, {visited} of {len(self.rows)} steps visited"
        yield f"{self.decided} times a person had to decide"
        money = f"{self.lost_cents} cents lost, {self.doubled_cents} cents doubled"
        yield f"{money}, {self.stuck} stuck, {len(self.failed)} histories failed"
        yield json.dumps(
            {
                "histories": self.histories,
                "faults": self.faults,
                "lost_cents": self.lost_cents,
                "doubled_cents": self.doubled_cents,
                "stuck": self.stuck,
                "unvisited": self.unvisited,
                "seconds": round(seconds, 1),
            }
        )


def findings(result: Result) -> Iterator[str]:
    """What was wrong with one history."""
    verdict = result.verdict
    if verdict.lost_cents or verdict.doubled_cents:
        yield f"{verdict.lost_cents} cents lost, {verdict.doubled_cents} cents doubled"
    yield from (f"stuck: {each}" for each in verdict.stuck)
    yield from verdict.wrong


def story(result: Result) -> Iterator[str]:
    """What happened when."""
    yield from (f"{at:12.3f}  {text}" for at, text in result.story)


def _table(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    yield _BAR
    yield title
    cells = [f"{count:>9,} {name:<40}" for name, count in sorted(counts.items(), key=lambda each: -each[1])]
    yield from ("".join(cells[index : index + 2]).rstrip() for index in range(0, len(cells), 2))
