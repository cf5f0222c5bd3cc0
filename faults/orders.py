"""What shall go wrong in a history: orders, in the order of their times, each of which strikes once or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Order:
    """One fault of ``kind``. From ``at`` on it strikes the opportunity of its ``layer`` (and ``target``) after ``skip``.

    ``seconds``: how long it lasts, or by how much something is off. An order of the layer ``time`` strikes at ``at``.
    """

    kind: str
    layer: str
    at: float = 0.0
    target: str = ""
    skip: int = 0
    seconds: float = 0.0


class Orders:
    """The orders of one history that are still to strike, and how many of each kind did."""

    def __init__(self, orders: Sequence[Order], clock: Callable[[], float], note: Callable[[str], None]) -> None:
        self.struck: Counter[str] = Counter()
        self.over = False
        self._clock, self._note = clock, note
        self._waiting: dict[str, list[list[Order | int]]] = {}
        for order in orders:
            self._waiting.setdefault(order.layer, []).append([order, order.skip])

    def strike(self, layer: str, *targets: str) -> Order | None:
        """The order that strikes this opportunity, if any; ``targets`` are the names that fit it."""
        waiting = self._waiting.get(layer)
        if not waiting or self.over:
            return None
        for entry in waiting:
            order, left = entry
            assert isinstance(order, Order)
            assert isinstance(left, int)
            if order.at > self._clock() or (order.target and order.target not in targets):
                continue
            if left:
                entry[1] = left - 1
                continue
            waiting.remove(entry)
            self.count(order.kind, " ".join(targets))
            return order
        return None

    def count(self, kind: str, where: str = "") -> None:
        """Note that a fault struck."""
        self.struck[kind] += 1
        self._note(f"!! {kind} {where}".rstrip())
