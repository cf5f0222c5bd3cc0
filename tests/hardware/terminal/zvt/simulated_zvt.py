"""A ZVT simulator on a free port or a pseudo-terminal of its own, and a register at its line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hardware.terminal.zvt.addresses import TcpAddress, read_address
from hardware.terminal.zvt.serial_link import Timing
from hardware.terminal.zvt.serial_port import SerialPort
from hardware.terminal.zvt.simulator.profiles import PROFILES
from hardware.terminal.zvt.simulator.server import wire
from hardware.terminal.zvt.simulator.setup import PtyPlace, Setup, TcpPlace, Timers
from hardware.terminal.zvt.tcp import TcpLink
from tests.hardware.terminal.simulated import Simulator
from tests.hardware.terminal.zvt.register import Register

#: Short, for what is tested by not answering; long enough for a busy machine to answer in.
TIMING = Timing(t1=0.3, t2=0.3)
TIMERS = Timers(answer=0.3, repeat=0.01, serial=TIMING)


@contextmanager
def simulated(
    data: Path, line: str = "tcp", make: str = "plain", timers: Timers | None = None, **settings: float
) -> Iterator[Simulator]:
    """A simulator; ``line`` is ``tcp`` or ``serial``, ``make`` one of its profiles."""
    place = TcpPlace() if line == "tcp" else PtyPlace()
    started = Simulator(data, wire(Setup(place, PROFILES[make], timers or Timers(repeat=0.01))), **settings)
    yield started
    started.stop()


@contextmanager
def at_the_line(simulator: Simulator, timing: Timing | None = None) -> Iterator[Register]:
    """A register at the simulator's line."""
    address = read_address(f"zvt+{simulator.where}" if "://" in simulator.where else f"zvt+serial://{simulator.where}")
    link = TcpLink(address) if isinstance(address, TcpAddress) else SerialPort(address, timing=timing)
    yield Register(link)
    link.close()
