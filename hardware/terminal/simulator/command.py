"""The command line of every simulator: the options they share, one line when it listens, a clear one when it cannot."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from hardware.terminal.simulator.device import Settings
from hardware.terminal.simulator.hosting import Addresses, Wire, serve


def parser(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options of ``settings``; a protocol adds those of its wire."""
    options = argparse.ArgumentParser(prog="im30-simulator", description=description)
    options.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    options.add_argument("--port", type=int, default=8100, help="port of page and control, 0 for any (%(default)s)")
    options.add_argument("--data", type=Path, required=True, help="folder of the bank's book")
    options.add_argument("--terminal-id", default="12345678", help="terminal id (%(default)s)")
    options.add_argument("--card-timeout", type=float, default=60.0, help="seconds it waits for a card (%(default)s)")
    options.add_argument("--remember", type=float, default=10.0, help="seconds an early card counts (%(default)s)")
    return options


def settings(given: argparse.Namespace) -> Settings:
    """Return the shared settings that were given on the command line."""
    return Settings(given.data, given.host, given.port, given.terminal_id, given.card_timeout, given.remember)


def run(settings: Settings, wire: Wire) -> int:
    """Run the simulator until it is told to stop; 1 when a port is taken."""
    try:
        asyncio.run(_run(settings, wire))
    except OSError as error:
        reason = error.strerror or str(error)
        sys.stderr.write(f"IM30 simulator cannot listen on {settings.host}:{settings.port}: {reason}\n")
        return 1
    return 0


async def _run(settings: Settings, wire: Wire) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    await serve(settings, wire, ready=lambda found: _announce(settings, found), stop=stop)


def _announce(settings: Settings, found: Addresses) -> None:
    page = f"http://{settings.host}:{found.port}/"
    line = "" if found.wire == page else f" speaking on {found.wire}"
    sys.stdout.write(f"IM30 simulator {settings.terminal_id} on {page}{line} (book in {settings.data})\n")
    sys.stdout.flush()
