"""``python -m hardware.terminal.payproxy.simulator --port 8100 --data var/im30``"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from hardware.terminal.payproxy.simulator.device import Settings
from hardware.terminal.payproxy.simulator.server import serve


def main(arguments: list[str] | None = None) -> int:
    """Run the simulator until it is told to stop; 1 when its port is taken."""
    settings = _settings(arguments)
    try:
        asyncio.run(_run(settings))
    except OSError as error:
        reason = error.strerror or str(error)
        sys.stderr.write(f"IM30 simulator cannot listen on {settings.host}:{settings.port}: {reason}\n")
        return 1
    return 0


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    await serve(settings, ready=lambda port: _announce(settings, port), stop=stop)


def _announce(settings: Settings, port: int) -> None:
    where = f"http://{settings.host}:{port}/"
    sys.stdout.write(f"IM30 simulator {settings.terminal_id} on {where} (book in {settings.data})\n")
    sys.stdout.flush()


def _settings(arguments: list[str] | None) -> Settings:
    parser = argparse.ArgumentParser(prog="im30-simulator", description="A virtual CCV IM30 with PayProxy.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8100, help="port to listen on, 0 for any (%(default)s)")
    parser.add_argument("--data", type=Path, required=True, help="folder of the bank's book")
    parser.add_argument("--terminal-id", default="12345678", help="terminal id (%(default)s)")
    parser.add_argument("--card-timeout", type=float, default=60.0, help="seconds it waits for a card (%(default)s)")
    parser.add_argument("--remember", type=float, default=10.0, help="seconds an early card counts (%(default)s)")
    return Settings(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
