"""Simulated charge points in this process, handled over HTTP like anybody else would."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from hardware.charger.ocpp16.simulator.main import Wanted, serve
from tests.hardware.charger.central import PATIENCE_S
from tests.support.waiting import eventually

Json = dict[str, Any]


class Simulator:
    """The HTTP side of running simulated charge points."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, path: str, body: Json | None = None) -> requests.Response:
        """POST below ``/sim/``."""
        return requests.post(f"{self.url}/sim/{path}", json=body, timeout=PATIENCE_S)

    def do(self, path: str, body: Json | None = None) -> None:
        """The same, and it has to work."""
        answer = self.post(path, body)
        assert answer.ok, answer.text

    def charger(self, identity: str = "CP001") -> Json:
        """What GET /sim/chargers says of one charge point."""
        found = requests.get(f"{self.url}/sim/chargers", timeout=PATIENCE_S).json()["chargers"]
        return next(charger for charger in found if charger["identity"] == identity)

    def bay(self, number: int = 1) -> Json:
        """One connector of CP001."""
        return dict(self.charger()["connectors"][number - 1])

    def is_ready(self) -> bool:
        """Whether every charge point has booted."""
        return requests.get(f"{self.url}/healthz", timeout=PATIENCE_S).ok


@contextmanager
def simulated(url: str, wanted: Sequence[Wanted], *, speed: int = 60, data: Path | None = None) -> Iterator[Simulator]:
    """Run charge points that dial in to ``url`` for the length of the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    work = loop.create_task(serve(url, listener, wanted, speed, data))

    def run() -> None:
        loop.run_until_complete(asyncio.wait([work]))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield Simulator(f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        loop.call_soon_threadsafe(work.cancel)
        thread.join(PATIENCE_S)
        listener.close()


@contextmanager
def booted(url: str, wanted: Sequence[Wanted], *, speed: int = 60, data: Path | None = None) -> Iterator[Simulator]:
    """The same, once every charge point has booted."""
    with simulated(url, wanted, speed=speed, data=data) as simulator:
        eventually(simulator.is_ready)
        yield simulator
