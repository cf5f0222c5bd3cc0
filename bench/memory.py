"""What ``make run`` keeps in memory: every process of it, the supervisor included, after a visit."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from bench.browser import PATIENCE, Browser
from bench.peers import running
from bench.terminal import BenchTerminal
from evsite.processes import HOST, Layout
from tests.support.processes import free_port, free_port_pair
from tests.support.waiting import eventually_async

#: The simulated devices are not part of the product on site.
SIMULATORS = frozenset({"terminal", "chargers"})
_NAMES = (
    ("valkey-server", "valkey"),
    ("uvicorn", "web"),
    (" worker ", "worker"),
    (" beat", "beat"),
    ("hardware.terminal.payproxy.simulator", "terminal"),
    ("hardware.charger", "chargers"),
    ("evsite.run", "supervisor"),
)


@dataclass(frozen=True)
class Process:
    """Bytes: ``rss`` counts shared pages in full, ``pss`` by share."""

    name: str
    rss: int
    pss: int


def name_of(command: Sequence[str]) -> str:
    """Which process of the list it is, by its command line."""
    text = " ".join(command) + " "
    return next((name for part, name in _NAMES if part in text), "other")


def of(pids: dict[str, int]) -> list[Process]:
    """The memory of named processes now."""
    return [_look(name, psutil.Process(pid)) for name, pid in pids.items()]


def _look(name: str, process: psutil.Process) -> Process:
    memory = process.memory_full_info()
    return Process(name, memory.rss, getattr(memory, "pss", memory.rss))


async def measure(*, idle_s: float) -> list[Process]:
    """Start ``evsite.run`` on free ports, let one visit pass, wait ``idle_s``, and look."""
    with tempfile.TemporaryDirectory(prefix="tapcharge-memory-") as folder:
        layout = Layout(var=Path(folder), port=free_port(), sim_port=free_port_pair())
        environment = {"PORT": str(layout.port), "SIM_PORT": str(layout.sim_port), "VAR_DIR": folder}
        with (layout.var / "run.log").open("wb") as log:
            async with running(environment, sys.executable, "-m", "evsite.run", stdout=log.fileno()) as run:
                try:
                    await _visit(layout, run)
                except (AssertionError, TimeoutError, aiohttp.ClientError) as error:
                    raise RuntimeError((layout.var / "run.log").read_text(encoding="utf-8")) from error
                await asyncio.sleep(idle_s)
                top = psutil.Process(run.pid)
                return [_look(name_of(each.cmdline()), each) for each in (top, *top.children(recursive=True))]


async def _visit(layout: Layout, run: asyncio.subprocess.Process) -> None:
    site, device = f"http://{HOST}:{layout.port}", f"http://{HOST}:{layout.sim_port}"
    async with Cars(f"http://{HOST}:{layout.charger_port}") as cars:
        await eventually_async(lambda: run.returncode is not None or cars.connected(), 90, "make run is ready")
        async with Browser(site) as browser, BenchTerminal(device) as terminal:
            await cars.do("plug")
            public_id = await browser.pay(1)
            async with browser.watching(f"session:{public_id}:0") as screen:
                await terminal.present()
                await screen.until("charging", energy_wh=100)
                await browser.stop(public_id)
                await terminal.present()
                await screen.until("finished")
            await cars.do("unplug")


class Cars:
    """The simulated charge points of ``make run``. Use as an async context manager."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE), raise_for_status=True)

    async def __aenter__(self) -> Cars:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def do(self, action: str) -> None:
        """plug or unplug, at connector 1."""
        async with self._http.post(f"{self._url}/sim/cars/CP001/1/{action}") as answer:
            await answer.read()

    async def connected(self) -> bool:
        """Whether every charge point has booted at the site."""
        try:
            async with self._http.get(f"{self._url}/healthz"):
                return True
        except aiohttp.ClientError:
            return False
