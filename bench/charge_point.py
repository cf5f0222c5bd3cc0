"""A charge point with one connector that costs next to nothing: OCPP 1.6J frames over a bare websocket.

It takes every command at once, notes when, and measures what it is told to. Times are ``time.time()``, the clock that
all processes of the machine share.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

_CONNECTOR = 1

Leaves = Callable[[int, float], object]


class BenchChargePoint:
    """One charge point with a car plugged in. Use as an async context manager."""

    def __init__(self, url: str, identity: str, key: str) -> None:
        self.identity = identity
        self._url = f"{url}/ocpp/{identity}"
        self._basic = "Basic " + base64.b64encode(f"{identity}:{key}".encode()).decode()
        self.register_wh = 1000
        #: When each remote start arrived.
        self.asked_to_start: list[float] = []
        self.charging, self.stopped = asyncio.Event(), asyncio.Event()
        self._transaction = 0
        self._numbers = iter(range(1, 10**9))
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._one_call = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._settled = asyncio.Event()
        self._socket: ClientConnection

    async def __aenter__(self) -> BenchChargePoint:
        self._socket = await connect(
            self._url,
            subprotocols=[Subprotocol("ocpp1.6")],
            additional_headers={"Authorization": self._basic},
            compression=None,
            ping_interval=None,
        )
        self._spawn(self._listen())
        told = await self.call("BootNotification", {"chargePointVendor": "TapCharge", "chargePointModel": "Bench"})
        self._spawn(self._live(told["interval"]))
        await self._status("Preparing")
        await asyncio.wait_for(self._settled.wait(), 30)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await self._socket.close()

    async def read_meter(self, register_wh: int, leaves: Leaves | None = None) -> None:
        """Send a MeterValues and wait for its answer. ``leaves(register, time)`` is called as the frame leaves."""
        self.register_wh = register_wh
        sample = {"value": str(register_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
        power = {"value": "7400", "measurand": "Power.Active.Import", "unit": "W"}
        value = {"timestamp": _now(), "sampledValue": [sample, power]}
        body = {"connectorId": _CONNECTOR, "transactionId": self._transaction, "meterValue": [value]}
        await self.call("MeterValues", body, lambda: leaves and leaves(register_wh, time.time()))

    async def call(
        self, action: str, payload: dict[str, Any], leaves: Callable[[], object] = lambda: None
    ) -> dict[str, Any]:
        """Make a call and return the payload of its answer; ``leaves()`` is called as the frame leaves."""
        async with self._one_call:  # OCPP-J allows no second one
            number = str(next(self._numbers))
            frame = json.dumps([2, number, action, payload])
            answer = self._answers[number] = asyncio.get_running_loop().create_future()
            leaves()
            await self._socket.send(frame)
            return await asyncio.wait_for(answer, 30)

    async def _live(self, interval_s: float) -> None:
        """Give signs of life: a charge point that is silent for too long is not sold."""
        while True:
            await asyncio.sleep(interval_s)
            await self.call("Heartbeat", {})

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            async for frame in self._socket:
                arrived_at, message = time.time(), json.loads(frame)
                if message[0] == 2:
                    await self._obey(message[1], message[2], message[3], arrived_at)
                elif (answer := self._answers.pop(message[1], None)) and not answer.done():
                    _conclude(answer, message)

    async def _obey(self, number: str, action: str, payload: dict[str, Any], arrived_at: float) -> None:
        await self._socket.send(json.dumps([3, number, {"status": "Accepted"}]))
        if action == "RemoteStartTransaction":
            self.asked_to_start.append(arrived_at)
            self._spawn(self._start(payload["idTag"]))
        elif action == "RemoteStopTransaction":
            self._spawn(self._stop())
        elif action == "TriggerMessage":  # the last step of what a charge point is told after its boot
            self._settled.set()

    async def _start(self, tag: str) -> None:
        body = {"connectorId": _CONNECTOR, "idTag": tag, "meterStart": self.register_wh, "timestamp": _now()}
        self._transaction = (await self.call("StartTransaction", body))["transactionId"]
        await self._status("Charging")
        self.stopped.clear()
        self.charging.set()

    async def _stop(self) -> None:
        body = {"transactionId": self._transaction, "meterStop": self.register_wh, "timestamp": _now()}
        await self.call("StopTransaction", {**body, "reason": "Remote"})
        await self._status("Preparing")
        self.charging.clear()
        self.stopped.set()

    async def _status(self, status: str) -> None:
        await self.call("StatusNotification", {"connectorId": _CONNECTOR, "status": status, "errorCode": "NoError"})

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _conclude(answer: asyncio.Future[dict[str, Any]], message: list[Any]) -> None:
    if message[0] == 3:
        answer.set_result(message[2])
    else:
        answer.set_exception(RuntimeError(f"refused: {message[2:4]}"))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
