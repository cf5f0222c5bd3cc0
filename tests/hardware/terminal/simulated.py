"""A real simulator on a free port, and what a tester may do to it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import requests

from hardware.terminal.payproxy.simulator.server import WIRE
from hardware.terminal.simulator.device import Settings
from hardware.terminal.simulator.hosting import Addresses, Wire, serve
from tests.support.waiting import eventually

PATIENCE = 30.0  # seconds: a bound for what should happen at once
REMEMBER = 120.0  # so long a card counts that is presented before its driver has even started


class Simulator:
    """A simulator in a thread, and what a tester may do to it over HTTP."""

    def __init__(self, data: Path, wire: Wire = WIRE, *, remember: float = REMEMBER, **settings: Any) -> None:
        self.wire = wire
        self.settings = Settings(data=data, port=0, remember=remember, **settings)
        self._http = requests.Session()
        self._http.trust_env = False  # nor look for proxies and passwords each time
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._started.wait(PATIENCE), "the simulator did not start"

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await serve(self.settings, self.wire, ready=self._ready, stop=self._stop)

    def _ready(self, found: Addresses) -> None:
        self.port, self.where = found.port, found.wire
        self._started.set()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._http.close()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the simulator did not stop"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Connection": "close"}
        return self._http.request(method, self.url + path, headers=headers, timeout=PATIENCE, **options)

    def get(self, path: str) -> Any:
        return self.call("GET", path).json()

    def post(self, path: str, body: object) -> Any:
        answer = self.call("POST", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def card(self, name: str = "visa-1", pin: str = "ok") -> Any:
        return self.post("/sim/card", {"card": name, "pin": pin})

    def fault(self, operation: str, fault: str, **more: object) -> None:
        self.post("/sim/faults", {"operation": operation, "fault": fault, **more})

    def book(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/sim/book")["transactions"]
        return found

    def totals(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/sim/book")["totals"]
        return found

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("/sim/state")
        return found

    def wait_for(self, what: str | None) -> dict[str, Any]:
        """Wait until the terminal waits for a card, a PIN, or nothing."""

        def waits() -> dict[str, Any] | None:
            state = self.state()
            return state if state["waiting_for"] == what else None

        return eventually(waits, PATIENCE, what=f"the terminal waits for {what}") or {}

    def is_up(self) -> bool:
        try:
            return self.call("GET", "/healthz").ok
        except requests.ConnectionError:
            return False
