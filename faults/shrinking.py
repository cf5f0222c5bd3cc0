"""Leaves out of a failing history whatever it fails without."""

from __future__ import annotations

from faults import plan
from faults.plan import Chore, Visit
from faults.orders import Order
from faults.simulation import Result, Simulation

#: So many histories at the most are tried for one.
_TRIES = 120


def shrink(simulation: Simulation, seed: int) -> tuple[Result, list[Visit | Chore | Order]]:
    """The smallest failing history that was found, and the parts of its plan; the history itself when it does not fail."""
    parts = plan.make(seed).parts
    result = simulation.run(seed)
    out: frozenset[int] = frozenset()
    tries, size = _TRIES, max(1, len(parts) // 2)
    while result.verdict.failed and size and tries:
        kept = [index for index in range(len(parts)) if index not in out]
        smaller = None
        for begin in range(0, len(kept), size):
            if not tries:
                break
            tries -= 1
            trial = out | frozenset(kept[begin : begin + size])
            attempt = simulation.run(seed, trial)
            if attempt.verdict.failed:
                out, result, smaller = trial, attempt, True
                break
        if smaller is None:
            size //= 2
    return result, [part for index, part in enumerate(parts) if index not in out]
