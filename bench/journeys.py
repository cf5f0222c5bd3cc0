"""How much time we add to a visit: between the terminal and the charge point, and back."""

from __future__ import annotations

from dataclasses import dataclass

from bench.browser import Browser
from bench.charge_point import BenchChargePoint
from bench.figures import Times
from bench.peers import Hop
from bench.terminal import BenchTerminal

#: What the car takes in each visit, in Wh: so much that something is to be captured.
TAKES_WH = 100


@dataclass(frozen=True)
class Journeys:
    """``start``: approval to RemoteStartTransaction. ``settle``: stop card to capture. ``hop``: the bare peer."""

    start: Times
    settle: Times
    hop: Times


async def measure(
    browser: Browser, terminal: BenchTerminal, charge_point: BenchChargePoint, offer: int, hop: Hop, *, visits: int
) -> Journeys:
    """``visits`` visits, one after the other, with a bare hop before each. The screen of the visit is open throughout."""
    hops = []
    for _ in range(visits):
        hops.append(await hop.seconds())
        await _visit(browser, terminal, charge_point, offer)
    wire = await terminal.wire()
    asked = charge_point.asked_to_start
    return Journeys(
        start=Times([there - left for left, there in zip(wire.approvals, asked, strict=True)]),
        settle=Times([there - left for left, there in zip(wire.tokens, wire.captures, strict=True)]),
        hop=Times(hops),
    )


async def _visit(browser: Browser, terminal: BenchTerminal, charge_point: BenchChargePoint, offer: int) -> None:
    public_id = await browser.pay(offer)
    async with browser.watching(f"session:{public_id}:0") as screen:
        await terminal.present()
        await screen.until("charging")
        await charge_point.read_meter(charge_point.register_wh + TAKES_WH)
        await browser.stop(public_id)
        await terminal.present()
        await screen.until("finished")
