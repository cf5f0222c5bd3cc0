"""A driver out of a device record: ``zvt+serial:///dev/ttyS0`` or ``zvt+tcp://10.0.0.5:20007``, and its profile."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from hardware.terminal.interface import Trace
from hardware.terminal.zvt.addresses import SerialAddress, TcpAddress, read_address
from hardware.terminal.zvt.driver import ZvtTerminal
from hardware.terminal.zvt.link import Link
from hardware.terminal.zvt.profile import Profile
from hardware.terminal.zvt.record import read_profile
from hardware.terminal.zvt.serial_link import Timing
from hardware.terminal.zvt.serial_port import SerialPort
from hardware.terminal.zvt.tcp import TcpLink


def open_zvt(
    url: str,
    record: Mapping[str, object],
    trace: Trace | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> ZvtTerminal:
    """Return the driver; nothing is connected yet. Raises ValueError with a text for the installer."""
    profile = read_profile(record)
    address = read_address(url)
    if isinstance(address, TcpAddress) and urlsplit(url).port is None:
        address = replace(address, port=profile.port)
    return ZvtTerminal(_link(address, profile, clock), profile, trace, clock=clock)


def _link(address: SerialAddress | TcpAddress, profile: Profile, clock: Callable[[], float]) -> Link:
    if isinstance(address, TcpAddress):
        return TcpLink(address, clock=clock)
    timing = Timing(t1=address.t1_ms / 1000, t2=profile.timers.acknowledge)
    return SerialPort(address, timing=timing, clock=clock)
