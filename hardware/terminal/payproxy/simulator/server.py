"""Puts the virtual terminal on the network: PayProxy API, control API and page on one port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from hardware.terminal.payproxy.simulator.control import Control
from hardware.terminal.payproxy.simulator.device import Device, Settings
from hardware.terminal.payproxy.simulator.listener import Listener
from hardware.terminal.payproxy.simulator.page import page_routes
from hardware.terminal.payproxy.simulator.service import Service


async def serve(settings: Settings, *, ready: Callable[[int], None], stop: asyncio.Event) -> None:
    """Run a simulator until ``stop`` is set; ``ready`` is called with its port. Raises OSError when that is taken."""
    device = Device.switched_on(settings)
    app = web.Application(client_max_size=1_000_000)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    listener = Listener(runner, settings.host, settings.port)
    app.add_routes(Service(device, listener).routes())
    app.add_routes(Control(device, listener).routes())
    app.add_routes(page_routes())
    app.on_response_prepare.append(listener.close_if_away)
    await runner.setup()
    try:
        await listener.open()
        ready(listener.port)
        await stop.wait()
    finally:
        device.power_cut()
        await listener.close()
        device.book.close()
