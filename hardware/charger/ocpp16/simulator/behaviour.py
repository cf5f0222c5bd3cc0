"""Bad manners that a test can ask of a simulated charge point, for a number of times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CHOICES: Mapping[str, frozenset[str]] = {
    "start": frozenset({"reject", "ignore"}),
    "stop": frozenset({"reject", "ignore", "duplicate"}),
    "meter": frozenset({"backwards", "jump", "wrong_unit", "silent"}),
}


class Behaviour:
    """What is left of each misbehaviour."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[str, int]] = {}

    def ask(self, wishes: Mapping[str, Any]) -> None:
        """Take ``{"stop": "reject", "times": 2}``. Raises ValueError naming what is possible."""
        times = wishes.get("times", 1)
        if not isinstance(times, int) or isinstance(times, bool) or times < 1:
            raise ValueError("times is a whole number from 1")
        topics = {topic: how for topic, how in wishes.items() if topic != "times"}
        for topic, how in topics.items():
            if topic not in CHOICES or how not in CHOICES[topic]:
                known = "; ".join(f"{name}: {', '.join(sorted(ways))}" for name, ways in CHOICES.items())
                raise ValueError(f"unknown behaviour; there are {known}")
        self._left |= {topic: (how, times) for topic, how in topics.items()}

    def takes(self, topic: str, how: str) -> bool:
        """Whether to behave like this now; it counts only if so."""
        return self._left.get(topic, ("", 0))[0] == how and self.next(topic) == how

    def next(self, topic: str) -> str:
        """How to behave this time; empty: well."""
        how, left = self._left.get(topic, ("", 0))
        if left:
            self._left[topic] = (how, left - 1)
            return how
        return ""
