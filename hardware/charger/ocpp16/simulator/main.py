"""The process: its command line, its charge points and its HTTP server."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import signal
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from hardware.charger.ocpp16.simulator.charger import Charger
from hardware.charger.ocpp16.simulator.control import Control
from hardware.charger.ocpp16.simulator.link import Link
from hardware.charger.ocpp16.simulator.store import Store

KEYS_VARIABLE = "CHARGER_KEYS"
_MOST_CONNECTORS = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """One charge point of the command line."""

    identity: str
    connectors: int
    key: str
    power_w: int = 11_000


def parse_chargers(text: str, keys: dict[str, str]) -> list[Wanted]:
    """Read ``CP001:2:KEY,CP002:1x50000``; a key that is missing comes from ``keys``. Raises ValueError."""
    return [_wanted(part.strip(), keys) for part in text.split(",") if part.strip()]


def parse_keys(text: str) -> dict[str, str]:
    """Read ``CP001=KEY`` pairs, one a line or separated by commas. Raises ValueError."""
    pairs = [part.strip() for part in text.replace(",", "\n").splitlines() if part.strip()]
    if not all("=" in pair for pair in pairs):
        raise ValueError("keys are given as IDENTITY=KEY")
    return dict(pair.split("=", 1) for pair in pairs)


def _wanted(text: str, keys: dict[str, str]) -> Wanted:
    form = re.fullmatch(r"(?P<identity>[^:]+):(?P<connectors>\d+)(?:x(?P<power>\d+))?(?::(?P<key>.+))?", text)
    if form is None or not 1 <= int(form["connectors"]) <= _MOST_CONNECTORS:
        raise ValueError(f"{text.split(':')[0]}: write IDENTITY:CONNECTORS[xWATTS][:KEY]")
    key = form["key"] or keys.get(form["identity"], "")
    if not key:
        raise ValueError(f"{form['identity']}: no key; name it in --keys-file or {KEYS_VARIABLE}")
    return Wanted(form["identity"], int(form["connectors"]), key, int(form["power"] or 11_000))


def _arguments(argv: Sequence[str] | None) -> tuple[argparse.Namespace, list[Wanted]]:
    parser = argparse.ArgumentParser(prog="python -m hardware.charger.simulator", description=__doc__)
    parser.add_argument("--url", default="ws://127.0.0.1:8000/ocpp", help="the central system, without the identity")
    parser.add_argument("--host", default="127.0.0.1", help="where the control page listens")
    parser.add_argument("--port", type=int, default=8101)
    parser.add_argument("--chargers", required=True, help="IDENTITY:CONNECTORS[xWATTS][:KEY], by commas")
    parser.add_argument("--keys-file", type=Path, help=f"IDENTITY=KEY lines; else the variable {KEYS_VARIABLE}")
    parser.add_argument("--speed", type=int, default=1, help="how much faster time runs inside a transaction")
    parser.add_argument("--data", type=Path, help="a folder that keeps meters and queues over a restart")
    found = parser.parse_args(argv)
    if not 1 <= found.speed <= 3600:
        parser.error("--speed is from 1 to 3600")
    try:
        text = found.keys_file.read_text(encoding="utf-8") if found.keys_file else os.environ.get(KEYS_VARIABLE, "")
        return found, parse_chargers(found.chargers, parse_keys(text))
    except (OSError, ValueError) as error:
        parser.error(str(error))


async def serve(url: str, listener: socket.socket, wanted: Sequence[Wanted], speed: int, data: Path | None) -> None:
    """Run charge points and, on ``listener``, their control page until cancelled."""
    links = [
        Link(
            Charger(one.identity, one.connectors, speed, max_power_w=one.power_w),
            url,
            one.key,
            Store(data, one.identity) if data else None,
        )
        for one in wanted
    ]
    runner = web.AppRunner(Control(links, speed).application(), access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        async with asyncio.TaskGroup() as tasks:
            for link in links:
                tasks.create_task(link.run())
    finally:
        await runner.cleanup()


async def _until_told(work: asyncio.Task[None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, work.cancel)
    await asyncio.wait([work])
    if not work.cancelled():
        work.result()


def main(argv: Sequence[str] | None = None) -> None:
    """Run until interrupted."""
    found, wanted = _arguments(argv)
    logging.basicConfig(level=logging.INFO, format="{levelname:<7} {name}: {message}", style="{")
    logging.getLogger("hardware.charger.ocpp16.protocol").setLevel(logging.WARNING)
    try:
        listener = socket.create_server((found.host, found.port))
    except OSError as error:
        raise SystemExit(f"cannot listen on {found.host}:{found.port}: {error.strerror}") from error

    async def run() -> None:
        await _until_told(asyncio.create_task(serve(found.url, listener, wanted, found.speed, found.data)))

    asyncio.run(run())
