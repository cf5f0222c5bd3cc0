"""What happens in a history, made from its seed alone: who comes, what staff do, and what goes wrong.

A plan is a list, so that a failing one can be replayed with parts left out (faults/shrinking.py).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from faults.catalogue import CATALOGUE, Spec
from faults.dialects import DIALECTS
from faults.directed import DIRECTED, REFUSED
from faults.orders import Order
from faults.parts import Chore, Part, Visit
from faults.site import CONNECTORS, TILLS

#: Counts up whenever a seed begins to mean another history.
VERSION = 2
#: Seconds in which drivers arrive and faults begin.
HORIZON = 2400.0
#: Faults of their own that terminals on other wires than PayProxy's have, at the most.
_MORE = 8
#: Up to the first number every second history has a visit of faults/directed.py in it, later every so manieth: they
#: are there for the rare steps, and take long.
_FIRST, _DIRECTED_EVERY = 100, 10


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is decided about a history before it begins."""

    seed: int
    #: Days after the first of January 2026, and seconds: some begin before a change of the clocks.
    begins: tuple[int, int]
    #: How often another strand comes first.
    interleaving: float
    parts: tuple[Part, ...]
    #: How the terminals are connected (faults/dialects.py).
    terminal: str = "payproxy"


CARDS = (
    "visa-1",
    "visa-2",
    "mastercard-1",
    "maestro-1",
    "girocard-1",
    "wallet-visa-1",
    "wallet-mc-1",
    "partial-1",
    "declined-1",
)
OTHER_DEVICE = {
    "visa-1": "wallet-visa-1",
    "wallet-visa-1": "visa-1",
    "mastercard-1": "wallet-mc-1",
    "wallet-mc-1": "mastercard-1",
}
CHORES = (
    "refund", "refund", "refund_twice", "refund_by_two", "refund_stale", "refund_too_much", "refund_all", "stop",
    "decide", "decide", "settings", "tariff", "terminal_off", "connector_off", "deploy", "rotate_keys", "release",
)  # fmt: skip
#: Drivers in one history: one is enough for most of what goes wrong, two or three meet each other.
_VISITS = (1, 1, 2, 3)
_PAYS = ("tap",) * 10 + ("wrong_pin", "cancel_key", "cancel", "cancel_and_tap", "leave")
_PLUGS = ("plug",) * 8 + ("early", "early", "never", "cancel")
_ENDS = ("card",) * 5 + ("unplug", "unplug", "wrong_card", "other_device", "no_card", "withdraw", "full", "forget")


def make(seed: int, terminal: str = "") -> Plan:
    """The plan of ``seed``, with terminals that are connected as the seed has it or as ``terminal`` says.

    Terminals have chance of their own: whatever they are, the same people come and the box has the same accidents.
    """
    plan, rng = _make(seed), random.Random(f"{seed}/terminal")
    drawn = rng.choices(list(DIALECTS), [each.weight for each in DIALECTS.values()])[0]
    if _directed(seed) in REFUSED:
        drawn = "payproxy"
    dialect = DIALECTS[terminal or drawn]
    parts = [dialect.spoken(part) if isinstance(part, Order) else part for part in plan.parts]
    more = [_order(rng, list(dialect.specs)) for _ in range(rng.randint(0, _MORE))] if dialect.specs else []
    return replace(plan, terminal=terminal or drawn, parts=(*parts, *more))


def _directed(seed: int) -> int | None:
    """Which of the visits of faults/directed.py is in the history of ``seed``, None for none."""
    every = 2 if seed <= _FIRST else _DIRECTED_EVERY
    return None if seed % every else seed // every % len(DIRECTED)


def _make(seed: int) -> Plan:
    rng = random.Random(seed)
    day = rng.choice((40, 123, 200, 87, 297))  # 87 and 297: the nights when the clocks change
    second = 3_000 if day in (87, 297) else rng.randrange(86_400)
    visits = sorted((_visit(rng) for _ in range(rng.choice(_VISITS))), key=lambda each: each.at)
    chores = [_chore(rng) for _ in range(rng.randint(1, 4))]
    themes = rng.choice(_THEMES)
    specs = [spec for spec in CATALOGUE if not themes or spec.layer in themes]
    orders = [_order(rng, specs) for _ in range(rng.randint(9, 30))]
    if day in (87, 297):
        orders.append(Order("clocks_change", "time", at=600.0))
    directed: tuple[Part, ...] = ()
    if (place := _directed(seed)) is not None:
        chores, orders = chores[:1], orders[:6]  # or the accident would hardly ever come about
        directed = DIRECTED[place]
    return Plan(seed, (day, second), rng.choice((0.0, 0.02, 0.1, 0.3)), (*visits, *chores, *orders, *directed))


#: Most histories have a bit of everything; some have much of one thing.
_THEMES: tuple[frozenset[str], ...] = (
    frozenset(), frozenset(), frozenset(), frozenset(),
    frozenset({"line"}), frozenset({"line", "commit", "kept", "time"}), frozenset({"commit", "kept", "queue", "bus"}),
    frozenset({"begin", "write", "commit", "line"}), frozenset({"frame", "time", "kept"}),
)  # fmt: skip


def _visit(rng: random.Random) -> Visit:
    return Visit(
        at=rng.uniform(0.0, HORIZON / 2),
        till=rng.choice(list(TILLS)) if rng.random() < 0.6 else "till-1",
        connector=rng.randrange(len(CONNECTORS)),
        hold_minor=rng.choice((2000, 4000, 6000)),
        card=rng.choice(CARDS),
        pays=rng.choice(_PAYS),
        taps_after=rng.choice((0.5, 3.0, 10.0, 40.0)),
        plugs=rng.choice(_PLUGS),
        plugs_after=rng.choice((2.0, 20.0, 80.0)),
        soc=rng.choice((10, 50, 95, 100)),
        stays=rng.choice((30.0, 300.0, 900.0, 1800.0)),
        ends=rng.choice(_ENDS),
        clicks=rng.choice((1, 1, 1, 2)),
        again=rng.choice((0, 1, 2)),
    )


def _chore(rng: random.Random) -> Chore:
    return Chore(rng.uniform(300.0, 1.5 * HORIZON), rng.choice(CHORES))


def _order(rng: random.Random, specs: list[Spec]) -> Order:
    spec = rng.choices(specs, [each.weight for each in specs])[0]
    return Order(
        kind=spec.kind,
        layer=spec.layer,
        at=rng.uniform(0.0, HORIZON) if rng.random() < spec.later else 0.0,
        target=rng.choice(spec.targets),
        skip=rng.randint(0, spec.skip),
        seconds=rng.choice(spec.seconds),
    )
