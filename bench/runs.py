"""The order of things: one product for the latencies, another one under its own supervisor for the memory."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from bench import durable, journeys, machine, memory, meters, overhead, peers, zvt
from bench.browser import Browser
from bench.charge_point import BenchChargePoint
from bench.durable import Amounts, Durable
from bench.figures import Times
from bench.journeys import Journeys
from bench.meters import Meters
from bench.overhead import Overhead
from bench.terminal import BenchTerminal
from bench.zvt import Zvt
from evsite.processes import ROOT
from tests.support.processes import Product, product

#: Everything of the product but the simulated charge points: the benchmark brings its own.
PROGRAMS = ("valkey", "web", "worker", "beat", "terminal")


#: What can be measured by itself.
PARTS = ("site", "money", "sweep", "journal", "zvt", "overhead")


@dataclass(frozen=True)
class Plan:
    """What is measured, and how much of it. The defaults take about six minutes."""

    parts: tuple[str, ...] = PARTS
    visits: int = 200
    sessions: int = 50
    screens: int = 20
    meter_seconds: float = 90
    idle_seconds: float = 10
    authorisations: int = 200  # over each protocol
    amounts: Amounts = field(default_factory=Amounts)


@dataclass(frozen=True)
class SiteResults:
    """What was measured of a whole site. ``busy`` is its memory after the visits and the sessions."""

    commit: Times
    journeys: Journeys
    meters: Meters
    idle: list[memory.Process]
    busy: list[memory.Process]


@dataclass(frozen=True)
class Results:
    """Everything that was measured; ``site`` and ``zvt`` are None where that was not asked for."""

    plan: Plan
    machine: str
    site: SiteResults | None
    durable: list[Durable]
    zvt: Zvt | None = None
    overhead: list[Overhead] = field(default_factory=list)


def everything(plan: Plan) -> Results:
    """Measure. Everything that it starts has ended when it returns."""
    site = asyncio.run(_site(plan)) if "site" in plan.parts else None
    codec = zvt.measure() if "zvt" in plan.parts else None
    wires = overhead.measure(plan.authorisations) if "overhead" in plan.parts else []
    return Results(plan, machine.line(), site, durable.measure(plan.parts, plan.amounts), codec, wires)


async def _site(plan: Plan) -> SiteResults:
    idle = await memory.measure(idle_s=plan.idle_seconds)
    _say("memory of make run: done")
    with product(only=PROGRAMS) as site:
        commit = machine.commits(site.var)
        return await _latencies(plan, site, commit, idle)


async def _latencies(plan: Plan, site: Product, commit: Times, idle: list[memory.Process]) -> SiteResults:
    places = _seed(site, plan.sessions)
    async with AsyncExitStack() as stack:
        charge_points = []
        for identity, key, _ in places:
            device = BenchChargePoint(site.url.replace("http", "ws", 1), identity, key)
            charge_points.append(await stack.enter_async_context(device))
        browser = await stack.enter_async_context(Browser(site.url))
        terminal = await stack.enter_async_context(BenchTerminal(site.terminal))
        offers = [offer for _, _, offer in places]
        async with peers.hop(site.layout) as hop:
            visits = await journeys.measure(browser, terminal, charge_points[0], offers[0], hop, visits=plan.visits)
        _say(f"{plan.visits} visits: {visits.start}; {visits.settle}; a hop: {visits.hop}")
        sessions = await meters.begin_all(browser, terminal, list(zip(charge_points, offers, strict=True)))
        async with peers.relay(site.layout) as relay:
            values = await meters.measure(
                browser, charge_points, sessions, relay, screens=plan.screens, seconds=plan.meter_seconds
            )
        _say(f"{plan.sessions} sessions: {values.screen}")
        busy = memory.of({name: pid for name, pid in site.pids.items() if name not in memory.SIMULATORS})
    return SiteResults(commit, visits, values, idle, busy)


def _seed(site: Product, count: int) -> list[tuple[str, str, int]]:
    made = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", f"from bench.seed import main; main({count})"],
        cwd=ROOT,
        env=site.layout.environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return [(identity, key, offer) for identity, key, offer in json.loads(made.stdout)]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
