"""What is printed, what is chosen by a seed, and that a seed is one history."""

from __future__ import annotations

import json

from faults import plan
from faults.catalogue import CATALOGUE
from faults.coverage import rows
from faults.orders import Order
from faults.parts import Chore
from faults.plan import CHORES
from faults.regressions import regressions
from faults.report import Totals, story
from faults.simulation import Simulation
from kiosk.lifecycle import TABLE as VISIT
from payments.lifecycle import TABLE as MONEY


def test_a_seed_is_the_same_history_every_time(simulation: Simulation) -> None:
    first, again = (simulation.run(plan.make(seed)) for seed in (8, 8))
    assert first.digest == again.digest
    assert list(story(first)) == list(story(again))


def test_the_last_line_is_one_json_object(simulation: Simulation) -> None:
    totals = Totals(rows())
    totals.add(simulation.run(plan.make(3)))
    told = json.loads(list(totals.summary(1.0))[-1])
    assert list(told) == ["histories", "faults", "lost_cents", "doubled_cents", "stuck", "unvisited", "seconds"]
    assert told["histories"] == 1
    assert told["faults"] > 0
    assert (told["lost_cents"], told["doubled_cents"], told["stuck"]) == (0, 0, 0)


def test_every_row_of_both_tables_is_counted() -> None:
    assert len(rows()) == len(set(rows())) == len(MONEY) + len(VISIT)


def test_every_kind_of_fault_and_every_chore_is_planned_by_some_seed() -> None:
    parts = [part for seed in range(800) for part in plan.make(seed).parts]
    assert {spec.kind for spec in CATALOGUE} <= {part.kind for part in parts if isinstance(part, Order)}
    assert set(CHORES) <= {part.what for part in parts if isinstance(part, Chore)}


def test_known_regressions_are_kept_with_what_they_found() -> None:
    assert all(each.found.endswith(".") and each.plan >= 1 for each in regressions())
