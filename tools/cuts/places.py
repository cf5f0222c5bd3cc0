"""One terminal per protocol, as in ``make run``: its simulator, a line that can be cut, and the device record.

The record is the demo's own. Only waiting is shorter, where a cut line has the driver wait for its limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hardware.terminal.ccv.simulator.server import WIRE as CCV
from hardware.terminal.opi.simulator.server import opi_wire
from hardware.terminal.payproxy.simulator.server import WIRE as PAYPROXY
from hardware.terminal.registry import SIMULATED
from hardware.terminal.simulator.hosting import Wire
from hardware.terminal.zvt.serial_link import Timing
from hardware.terminal.zvt.simulator.server import wire as zvt_wire
from hardware.terminal.zvt.simulator.setup import PtyPlace, Setup, TcpPlace, Timers
from tests.hardware.terminal.simulated import Simulator
from tests.support.processes import free_port
from tools.cuts import moments
from tools.cuts.moments import Moments
from tools.cuts.pty_relay import PtyRelay
from tools.cuts.relay import Line, TcpRelay
from tools.cuts.scissors import Way
from tools.cuts.units import HttpMessages, OpiFrames, TcpApdus


@dataclass(frozen=True, slots=True)
class Place:
    """A terminal that stands, and how a kiosk gets there."""

    simulator: Simulator
    line: Line
    url: str
    profile: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Protocol:
    """``stand``: set one up in a folder of its own. ``moments``: when its line can be cut."""

    moments: Moments
    stand: Callable[[Path, Line, ExitStack], Place]


@contextmanager
def standing(protocol: Protocol, folder: Path) -> Iterator[Place]:
    """A terminal of ``protocol`` that keeps its book in ``folder``."""
    with ExitStack() as stack:
        line = Line()
        stack.callback(line.close)
        yield protocol.stand(folder, line, stack)


def _simulator(folder: Path, wire: Wire, stack: ExitStack) -> Simulator:
    # A card is presented when the terminal asks for one; one that comes too late counts for nothing.
    simulator = Simulator(folder / "terminal", wire, remember=0.0)
    stack.callback(simulator.stop)
    return simulator


def _payproxy(folder: Path, line: Line, stack: ExitStack) -> Place:
    simulator = _simulator(folder, PAYPROXY, stack)
    relay = TcpRelay(line, HttpMessages, simulator.port)
    line.add(relay)
    return Place(simulator, line, f"payproxy+http://127.0.0.1:{relay.port}", SIMULATED["payproxy"].profile)


def _ccv(folder: Path, line: Line, stack: ExitStack) -> Place:
    simulator = _simulator(folder, CCV, stack)
    relay = TcpRelay(line, HttpMessages, simulator.port)
    line.add(relay)
    simulated, key_file = SIMULATED["ccv"], folder / "terminal.key"
    (key,) = simulated.environment.values()
    key_file.write_text(key, encoding="ascii")
    timers = {"cardholder": 2.0, "settle": 2.0, "poll_first": 0.05, "poll_longest": 0.1}
    at_once = dict.fromkeys(("status_interval", "display_interval", "absent_after"), 0.0)
    profile = {
        **{key: value for key, value in simulated.profile.items() if key != "key_env"},
        "key_file": str(key_file),
        "timers": {**timers, **at_once},
        "repeat_pauses": [0.05],
    }
    return Place(simulator, line, f"ccv+http://127.0.0.1:{relay.port}/api/v1?terminal=12345678", profile)


#: A terminal whose register is gone notices after three waits for its ACK, or one for its answer.
_PATIENCE = Timers(answer=1.0, serial=Timing(t1=0.5, t2=0.5))


def _zvt_tcp(folder: Path, line: Line, stack: ExitStack) -> Place:
    simulator = _simulator(folder, zvt_wire(Setup(TcpPlace(), timers=_PATIENCE)), stack)
    relay = TcpRelay(line, TcpApdus, int(simulator.where.rpartition(":")[2]))
    line.add(relay)
    return Place(simulator, line, f"zvt+tcp://127.0.0.1:{relay.port}", SIMULATED["zvt+tcp"].profile)


def _zvt_serial(folder: Path, line: Line, stack: ExitStack) -> Place:
    simulator = _simulator(folder, zvt_wire(Setup(PtyPlace(), timers=_PATIENCE)), stack)
    near = folder / "tty"
    line.add(PtyRelay(line, near, Path(simulator.where)))
    return Place(simulator, line, f"zvt+serial://{near}", SIMULATED["zvt+serial"].profile)


def _opi(folder: Path, line: Line, stack: ExitStack) -> Place:
    """Two wires: the terminal dials back while it works."""
    till = free_port()
    back = TcpRelay(line, OpiFrames, till, Way.TOLD)
    line.add(back)
    simulator = _simulator(folder, opi_wire(0, back.port), stack)
    relay = TcpRelay(line, OpiFrames, int(simulator.where.rpartition(":")[2]))
    line.add(relay)
    no_pauses = dict.fromkeys(("reprint_pause", "unavailable_pause", "status_interval"), 0)
    profile = {**SIMULATED["opi+tcp"].profile, "listen_port": till, "timers": {**no_pauses, "idle": 5}}
    return Place(simulator, line, f"opi+tcp://127.0.0.1:{relay.port}", profile)


PROTOCOLS: Mapping[str, Protocol] = {
    "payproxy": Protocol(moments.PAYPROXY, _payproxy),
    "zvt+tcp": Protocol(moments.ZVT_TCP, _zvt_tcp),
    "zvt+serial": Protocol(moments.ZVT_SERIAL, _zvt_serial),
    "opi+tcp": Protocol(moments.OPI, _opi),
    "ccv": Protocol(moments.CCV, _ccv),
}
