"""Terminals on every wire: the real driver talks to its simulator in memory, and the books agree."""

from __future__ import annotations

import pytest

from faults import plan as plans
from faults.dialects import DIALECTS
from faults.orders import Order
from faults.simulation import Simulation
from tests.faults.conftest import VISIT, lose, plan

#: What happens on each wire, on the way of a visit: at a message that is always sent.
ACCIDENTS = {
    "zvt+tcp": (Order("bytes_cut", "bytes", target="up", skip=9), Order("bytes_late", "bytes", skip=60, seconds=8.0)),
    "zvt+serial": (Order("bit_flipped", "bytes", target="down", skip=9), Order("cable_pulled", "bytes", skip=60)),
    "opi+tcp": (Order("call_refused", "call", target="till-1"), Order("bytes_cut", "bytes", skip=7)),
    "ccv": (Order("too_many", "line", target="capture"), Order("hook_twice", "line", target="authorise")),
}


@pytest.mark.parametrize("terminal", ACCIDENTS)
def test_what_happens_on_a_wire_loses_no_cent(simulation: Simulation, terminal: str) -> None:
    orders = (*ACCIDENTS[terminal], lose("lost_answer", "capture"))
    result = simulation.run(plan(VISIT, *orders, terminal=terminal))
    assert not result.verdict.failed, result.verdict
    assert {order.kind for order in orders} <= set(result.struck)


def test_a_line_in_memory_is_the_same_history_every_time(simulation: Simulation) -> None:
    first, again = (simulation.run(plan(VISIT, *ACCIDENTS["zvt+serial"], terminal="zvt+serial")) for _ in range(2))
    assert first.digest == again.digest


def test_terminals_change_nothing_else_about_a_plan() -> None:
    paid, cloud = (plans.make(5, wire) for wire in ("payproxy", "ccv"))
    assert [type(part) for part in paid.parts] == [type(part) for part in cloud.parts][: len(paid.parts)]
    assert (paid.begins, paid.interleaving) == (cloud.begins, cloud.interleaving)


def test_every_fault_of_every_wire_is_planned_by_some_seed() -> None:
    planned = [(made.terminal, part.kind) for made in map(plans.make, range(1500)) for part in made.parts
               if isinstance(part, Order)]  # fmt: skip
    wanted = {(wire, spec.kind) for wire, dialect in DIALECTS.items() for spec in dialect.specs}
    assert wanted <= set(planned)
