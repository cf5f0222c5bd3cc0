"""Which rows of the two lifecycle tables were visited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kiosk import lifecycle as visit
from kiosk import sessions
from payments import authorisations
from payments import lifecycle as money

#: Name -> the table, and the module that takes its steps.
TABLES: dict[str, tuple[dict[Any, Any], Any]] = {
    "money": (money.TABLE, authorisations),
    "visit": (visit.TABLE, sessions),
}


def rows() -> list[str]:
    """Every row of both tables, by name."""
    return [_name(table, state, event) for table, (pairs, _) in TABLES.items() for state, event in pairs]


class Coverage:
    """Counts the steps of one history."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self.visited: Counter[str] = Counter()
        self._note = note

    @contextmanager
    def watching(self) -> Iterator[None]:
        """For the length of the block, every step is counted."""
        before = {name: module.after for name, (_, module) in TABLES.items()}
        for name, (_, module) in TABLES.items():
            module.after = self._counting(name, before[name])
        try:
            yield
        finally:
            for name, (_, module) in TABLES.items():
                module.after = before[name]

    def _counting(self, table: str, after: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def counted(state: Any, event: Any) -> Any:
            following = after(state, event)
            self.visited[_name(table, state, event)] += 1
            self._note(f"   {table}: {state} --{event}--> {following}")
            return following

        return counted


def _name(table: str, state: Any, event: Any) -> str:
    return f"{table}: {state} + {event}"
