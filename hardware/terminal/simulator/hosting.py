"""Puts a virtual terminal on the network: control API and page on one port, its protocol there or on a line of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web

from hardware.terminal.simulator.control import Control
from hardware.terminal.simulator.device import Device, Settings
from hardware.terminal.simulator.faults import Faults, Kind
from hardware.terminal.simulator.listener import Listener, Server
from hardware.terminal.simulator.page import page_routes
from hardware.terminal.simulator.servers import HttpServer


@dataclass(frozen=True, slots=True)
class Wire:
    """What a protocol brings to the virtual terminal.

    Either HTTP ``routes``, which share the control port and go away with it, or ``servers`` of its own beside it.
    ``kinds`` are the faults it plays, shared and its own; ``seconds`` says how long its own take by default.
    """

    kinds: Sequence[StrEnum] = tuple(Kind)
    seconds: Mapping[str, float] = field(default_factory=dict)
    routes: Callable[[Device], Sequence[web.RouteDef]] = lambda device: ()
    servers: Callable[[Device], Sequence[Server]] = lambda device: ()


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a running simulator listens: the control port, and the wire for people."""

    port: int
    wire: str


async def serve(settings: Settings, wire: Wire, *, ready: Callable[[Addresses], None], stop: asyncio.Event) -> None:
    """Run a simulator until ``stop`` is set; ``ready`` is told where it listens. Raises OSError when a port is taken."""
    device = Device.switched_on(settings, Faults(wire.kinds, wire.seconds))
    app = web.Application(client_max_size=1_000_000)
    app.add_routes([*wire.routes(device), *Control(device).routes(), *page_routes()])
    http = HttpServer(app, settings.host, settings.port)
    servers = wire.servers(device)
    control = Listener() if servers else device.listener
    try:
        await control.open(http)
        if servers:
            await device.listener.open(*servers)
        ready(Addresses(http.port, device.listener.where))
        await stop.wait()
    finally:
        device.power_cut()
        await device.listener.close()
        await control.close()
        device.book.close()
