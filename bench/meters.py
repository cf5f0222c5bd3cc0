"""How old a meter value is when a driver sees it, while many sessions report theirs."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import monotonic

from bench.browser import Browser
from bench.charge_point import BenchChargePoint
from bench.figures import Times
from bench.peers import Relay
from bench.terminal import BenchTerminal

#: A charge point reports every 4 to 6 seconds (drawn anew each time), twice as often as it is told by default, and each
#: value is higher by so many Wh.
EVERY_S = (4.0, 6.0)
STEP_WH = 10


@dataclass(frozen=True)
class Meters:
    """``screen``: from the frame of the charge point to the frame at the browser. ``relay``: the bare peer."""

    screen: Times
    relay: Times
    #: All meter values that were sent, and for how many seconds.
    sent: int
    seconds: float


class Watched:
    """Values on their way to one screen. A newer value on it counts for the older ones, too: the driver is up to date."""

    def __init__(self, started_wh: int) -> None:
        self.seconds: list[float] = []
        self._started_wh = started_wh
        self._under_way: deque[tuple[int, float]] = deque()

    def sent(self, register_wh: int, left_at: float) -> None:
        """A value left the charge point."""
        self._under_way.append((register_wh - self._started_wh, left_at))

    def saw(self, at: float, energy_wh: int) -> None:
        """A frame with this energy arrived at the browser."""
        while self._under_way and self._under_way[0][0] <= energy_wh:
            self.seconds.append(at - self._under_way.popleft()[1])


class _Load:
    """Everything that goes on during the measurement."""

    def __init__(self, seconds: float) -> None:
        self.ends_at = monotonic() + seconds
        self.sent = 0

    async def report(self, charge_point: BenchChargePoint, watched: Watched | None) -> None:
        """One charging session: a value every now and then."""
        await asyncio.sleep(random.uniform(0, EVERY_S[1]))
        while monotonic() < self.ends_at:
            register_wh = charge_point.register_wh + STEP_WH
            note = None if watched is None else watched.sent
            await charge_point.read_meter(register_wh, note)
            self.sent += 1
            await asyncio.sleep(random.uniform(*EVERY_S))

    async def compare(self, relay: Relay) -> list[float]:
        """The bare peer, five times a second."""
        seconds = []
        while monotonic() < self.ends_at:
            seconds.append(await relay.seconds())
            await asyncio.sleep(0.2)
        return seconds


async def begin_all(
    browser: Browser, terminal: BenchTerminal, places: Sequence[tuple[BenchChargePoint, int]]
) -> list[str]:
    """Begin a session at every charge point, by a card each; their public ids."""
    sessions = []
    for charge_point, offer in places:
        sessions.append(await browser.pay(offer, hold="60"))
        await terminal.present()
        await asyncio.wait_for(charge_point.charging.wait(), 30)
    return sessions


async def measure(
    browser: Browser,
    charge_points: Sequence[BenchChargePoint],
    sessions: Sequence[str],
    relay: Relay,
    *,
    screens: int,
    seconds: float,
) -> Meters:
    """All ``sessions`` report for ``seconds``; the first ``screens`` of them, and the kiosk's first page, are open."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(browser.watching("home"))
        watched = []
        for charge_point, session in zip(charge_points, sessions[:screens], strict=False):
            screen = await stack.enter_async_context(browser.watching(f"session:{session}:0"))
            await screen.until("charging")
            watched.append(Watched(charge_point.register_wh))
            screen.listener = watched[-1].saw
        load = _Load(seconds)
        async with asyncio.TaskGroup() as group:
            bare = group.create_task(load.compare(relay))
            for number, charge_point in enumerate(charge_points):
                group.create_task(load.report(charge_point, watched[number] if number < screens else None))
        await asyncio.sleep(0.5)  # the last values arrive
    latencies = [each for one in watched for each in one.seconds]
    return Meters(Times(latencies), Times(bare.result()), load.sent, seconds)
