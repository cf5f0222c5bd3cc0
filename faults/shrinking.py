"""Leaves out of a failing history whatever it fails without."""

from __future__ import annotations

from faults.parts import Part
from faults.plan import Plan
from faults.simulation import Result, Simulation

#: So many histories at the most are tried for one.
_TRIES = 120


def shrink(simulation: Simulation, plan: Plan) -> tuple[Result, list[Part]]:
    """The smallest failing history that was found, and its parts; the history itself when it does not fail.

    First halves are left out, then quarters, and in the end single parts.
    """
    result, out = simulation.run(plan), frozenset[int]()
    tries, size = _TRIES, max(1, len(plan.parts) // 2)
    while result.verdict.failed and size and tries > 0:
        kept = [index for index in range(len(plan.parts)) if index not in out]
        for begin in range(0, len(kept), size):
            tries -= 1
            without = out | frozenset(kept[begin : begin + size])
            smaller = simulation.run(plan, without)
            if smaller.verdict.failed:
                out, result = without, smaller
                break
        else:
            size //= 2
    return result, [part for index, part in enumerate(plan.parts) if index not in out]
