"""``python -m hardware.terminal.zvt.simulator --data var/im30 --tcp 127.0.0.1:20007``, or ``--serial pty``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hardware.terminal.simulator import command
from hardware.terminal.zvt.addresses import BAUD_RATES, DEFAULT_TCP_PORT
from hardware.terminal.zvt.simulator.profiles import PROFILES
from hardware.terminal.zvt.simulator.server import wire
from hardware.terminal.zvt.simulator.setup import DevicePlace, PtyPlace, Setup, TcpPlace

PTY = "pty"


def main(arguments: list[str] | None = None) -> int:
    """Run the simulator until it is told to stop; 1 when its port cannot be had."""
    options = command.parser("A virtual CCV IM30 with ZVT.")
    places = options.add_mutually_exclusive_group()
    places.add_argument("--tcp", default=f"127.0.0.1:{DEFAULT_TCP_PORT}", help="host and port of ZVT (%(default)s)")
    places.add_argument("--serial", help=f"a serial device, or {PTY!r} for a pseudo-terminal of its own")
    options.add_argument("--link", type=Path, help="where to link the pseudo-terminal (tty in the data folder)")
    options.add_argument("--baud", type=int, choices=BAUD_RATES, default=9600, help="of the device (%(default)s)")
    options.add_argument("--profile", choices=list(PROFILES), default="ccv", help="make of terminal (%(default)s)")
    options.add_argument("--password", default="000000", help="six digits (%(default)s)")
    given = options.parse_args(arguments)
    try:
        place = _place(given)
    except ValueError as error:
        options.error(str(error))
    setup = Setup(place, PROFILES[given.profile], password=given.password)
    return command.run(command.settings(given), wire(setup))


def _place(given: argparse.Namespace) -> TcpPlace | PtyPlace | DevicePlace:
    if given.serial == PTY:
        return PtyPlace(given.link.absolute() if given.link else None)
    if given.serial:
        return DevicePlace(given.serial, given.baud)
    host, _, port = given.tcp.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError("--tcp must be HOST:PORT")
    return TcpPlace(host, int(port))


if __name__ == "__main__":
    sys.exit(main())
