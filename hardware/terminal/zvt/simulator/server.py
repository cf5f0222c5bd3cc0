"""What ZVT brings to the virtual terminal: a TCP port or a serial line, beside page and control."""

from __future__ import annotations

import asyncio
from functools import partial

from hardware.terminal.simulator.device import Device
from hardware.terminal.simulator.hosting import Wire
from hardware.terminal.simulator.listener import Server
from hardware.terminal.simulator.servers import StreamServer
from hardware.terminal.zvt.simulator.accidents import SECONDS, SERIAL_KINDS, TCP_KINDS
from hardware.terminal.zvt.simulator.desk import Desk
from hardware.terminal.zvt.simulator.line import LineLost
from hardware.terminal.zvt.simulator.machine import Machine
from hardware.terminal.zvt.simulator.ports import PortServer, PtyServer
from hardware.terminal.zvt.simulator.setup import PtyPlace, Setup, TcpPlace
from hardware.terminal.zvt.simulator.tcp_line import TcpLine

#: The name of the link to the pseudo-terminal, in the book's folder.
LINK = "tty"


def wire(setup: Setup) -> Wire:
    """The wire of a terminal that was set up so."""
    kinds = TCP_KINDS if isinstance(setup.place, TcpPlace) else SERIAL_KINDS
    return Wire(kinds=kinds, seconds=SECONDS, servers=lambda device: [_server(setup, device)])


def _server(setup: Setup, device: Device) -> Server:
    machine = Machine(device, setup)
    desk, place = Desk(machine), setup.place
    if isinstance(place, TcpPlace):
        return StreamServer(partial(connected, desk, machine), place.host, place.port)
    if isinstance(place, PtyPlace):
        link = place.link or (device.settings.data / LINK).absolute()
        return PtyServer(desk.converse, machine.ears, setup.timers.serial, link)
    return PortServer(desk.converse, machine.ears, setup.timers.serial, place)


async def connected(desk: Desk, machine: Machine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve a register on a TCP connection until it hangs up."""
    line = TcpLine(reader, writer, machine.ears)
    try:
        await desk.converse(line)
    except LineLost:
        return
    finally:
        line.close()
