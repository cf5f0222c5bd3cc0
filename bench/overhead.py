"""What the wire and its driver add to an authorisation, for each protocol: the card is there already, nobody waits.

The simulator is a process of its own, as in ``make run``; nothing is slowed down. What the virtual terminal itself
needs, reader, bank and a durable line in its book, is measured by asking it directly, and taken off.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import requests
from moneyed import Money

from bench.figures import Figure, Times, reference
from evsite.processes import HOST, ROOT
from hardware.terminal.interface import Outcome, PaymentTerminal, Readiness
from hardware.terminal.registry import SIMULATED, open_terminal
from hardware.terminal.simulator.ask import Ask, Operation
from hardware.terminal.simulator.cards import CARDS
from hardware.terminal.simulator.device import Device, Settings
from hardware.terminal.simulator.faults import Faults
from hardware.terminal.simulator.terminal import Tap
from hardware.terminal.simulators import Placed
from tests.support.processes import free_ports
from tests.support.waiting import eventually

_AMOUNT = Money("40.00", "EUR")
_CARD = "visa-1"
_WARMING_UP = 5
_PATIENCE = 30.0  # seconds
#: The cloud is asked again and again how it goes; how often is up to the device record.
_LOOK_S = 0.01
_QUICKLY: Mapping[str, Mapping[str, object]] = {"ccv": {"timers": {"poll_first": _LOOK_S, "poll_longest": _LOOK_S}}}
_NOTES = {"ccv": f", looks every {_LOOK_S * 1000:.0f} ms"}


@dataclass(frozen=True)
class Overhead:
    """Seconds that authorisations over one protocol took. ``bare``: the virtual terminal alone."""

    protocol: str
    asked: Times
    bare: Times

    @property
    def times(self) -> Times:
        """What is left of each when the virtual terminal's own median is taken off."""
        own = self.bare.median_ms / 1000
        return Times([max(0.0, each - own) for each in self.asked.seconds])


def measure(samples: int = 200) -> list[Overhead]:
    """One protocol after the other."""
    bare = asyncio.run(_bare(samples))
    return [Overhead(name, _over(name, samples), bare) for name in SIMULATED]


def overhead_figures(results: list[Overhead]) -> list[Figure]:
    """The lines of the table."""
    lines = [
        Figure(
            f"overhead of an authorisation, {each.protocol}",
            str(each.times.count),
            str(each.times),
            f"of {each.asked.median_ms:.1f} ms{_NOTES.get(each.protocol, '')}",
        )
        for each in results
    ]
    return [*lines, reference("  the virtual terminal alone", results[0].bare)] if results else []


def _over(name: str, samples: int) -> Times:
    with tempfile.TemporaryDirectory(prefix="tapcharge-bench-") as folder:
        placed = Placed(SIMULATED[name], free_ports(4), Path(folder))
        os.environ |= placed.simulated.environment
        with _running(placed) as control:
            terminal = open_terminal(placed.url, {**placed.profile, **_QUICKLY.get(name, {})})
            try:
                eventually(lambda: terminal.status().readiness is Readiness.READY, _PATIENCE, "the terminal is ready")
                took = [_authorise(terminal, control, number) for number in range(1, samples + _WARMING_UP + 1)]
            finally:
                terminal.close()
    return Times(took[_WARMING_UP:])


@contextmanager
def _running(placed: Placed) -> Iterator[str]:
    """The simulator; where it is controlled."""
    control = f"http://{HOST}:{placed.port}"
    process = subprocess.Popen([sys.executable, "-m", *placed.command], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: _is_up(control), _PATIENCE, "the simulator listens")
        yield control
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _is_up(control: str) -> bool:
    try:
        return requests.get(f"{control}/healthz", timeout=_PATIENCE).ok
    except requests.ConnectionError:
        return False


def _authorise(terminal: PaymentTerminal, control: str, number: int) -> float:
    requests.post(f"{control}/sim/card", json={"card": _CARD}, timeout=_PATIENCE).raise_for_status()
    began = perf_counter()
    result = terminal.authorise(request_id=number, key=uuid4(), amount=_AMOUNT, language="en")
    took = perf_counter() - began
    assert result.outcome is Outcome.APPROVED
    return took


async def _bare(samples: int) -> Times:
    """The virtual terminal without a wire, with its book on the same disk."""
    with tempfile.TemporaryDirectory(prefix="tapcharge-bench-") as folder:
        device = Device.switched_on(Settings(Path(folder)), Faults())
        took = []
        for number in range(1, samples + 1):
            device.terminal.present(Tap(CARDS[_CARD]))
            ask = Ask(Operation.AUTHORISE, str(number), amount=4000, currency="EUR")
            began = perf_counter()
            with device.terminal.occupied(ask):
                entry = await device.terminal.authorise(ask, None)
            took.append(perf_counter() - began)
            assert entry.outcome == Outcome.APPROVED
        device.book.close()
    return Times(took)
