"""How a ZVT simulator is started."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from hardware.terminal.zvt.serial_link import Timing
from hardware.terminal.zvt.simulator.profiles import PROFILES, Profile


@dataclass(frozen=True, slots=True)
class TcpPlace:
    """Listens on a TCP port, 0 for any."""

    host: str = "127.0.0.1"
    port: int = 0


@dataclass(frozen=True, slots=True)
class PtyPlace:
    """Opens a pseudo-terminal of its own. ``link`` leads to it wherever it is; without one it is in the book's folder."""

    link: Path | None = None


@dataclass(frozen=True, slots=True)
class DevicePlace:
    """Speaks on a serial device that exists: a port, or one end of somebody else's pseudo-terminal."""

    path: str
    baud: int = 9600
    stop_bits: int = 2


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds: ``answer`` is T3, ``repeat`` the pause after 84 9C, ``serial`` T1 and T2."""

    answer: float = 5.0
    repeat: float = 2.0
    serial: Timing = field(default_factory=Timing)


@dataclass(frozen=True, slots=True)
class Setup:
    """Where it listens, what make it is, and its patience. ``password``: six digits; ``zone``: that of its clock."""

    place: TcpPlace | PtyPlace | DevicePlace
    profile: Profile = PROFILES["ccv"]
    timers: Timers = field(default_factory=Timers)
    password: str = "000000"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Amsterdam"))
