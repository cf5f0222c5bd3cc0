"""A payment terminal on an in-memory line: the real driver's HTTP on one side, the real simulator on the other.

The line raises what ``requests`` and ``urllib3`` raise for each way in which a connection fails, so that the driver's
own judgement (hardware/terminal/http.py) is under test.
"""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import random
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProtocolError, ReadTimeoutError

from faults.orders import Order, Orders
from faults.scheduler import Flag, Scheduler
from hardware.terminal.amounts import to_number
from hardware.terminal.payproxy import codec
from hardware.terminal.payproxy.simulator import wire
from hardware.terminal.payproxy.simulator.desk import Desk
from hardware.terminal.payproxy.simulator.wire import Fields
from hardware.terminal.simulator.ask import Ask, Operation
from hardware.terminal.simulator.bank import Bank
from hardware.terminal.simulator.book import Book
from hardware.terminal.simulator.device import Device, Settings
from hardware.terminal.simulator.faults import Fault, Kind
from hardware.terminal.simulator.terminal import PowerCut, Terminal

#: Kinds that the device itself plays; the others happen on the line.
_PLAYED = frozenset({Kind.DECLINED, Kind.APPROVED_LESS, Kind.CARDHOLDER_TIMEOUT, Kind.CANCELLED, Kind.TEST_SYSTEM})
_REFUSALS = {
    "busy": "BUSY",
    "reprint_required": "PRINT_LAST_TICKET",
    "logged_out": "LOGGED_OUT",
    "inoperable": "INOPERABLE",
}
_SETTLING = frozenset({"capture", "release", "refund"})
_MONEY = frozenset({"authorise", "capture", "release", "refund"})


class Till:
    """One terminal, its bank and its line."""

    def __init__(
        self, host: str, scheduler: Scheduler, orders: Orders, rng: random.Random, clock: Callable[[], datetime]
    ) -> None:
        self.host, self._scheduler, self._orders, self._rng = host, scheduler, orders, rng
        self.book = Book(None)
        self.bank = Bank(self.book, clock)
        self.device = scheduler.loop.run_until_complete(self._switch_on())
        self.away_until = 0.0
        self._earlier: Fields = {}
        self._desk = Desk(self.device)

    async def _switch_on(self) -> Device:
        settings = Settings(data=None)  # type: ignore[arg-type]
        return Device(settings, self.book, self.bank, Terminal(self.bank, card_timeout=60.0, remember=10.0))

    @property
    def terminal(self) -> Terminal:
        """The reader and its screen."""
        return self.device.terminal

    def restart(self, seconds: float) -> None:
        """Power is cut; it is back after ``seconds`` with nothing but its book."""
        self.device.power_cut()
        self.away_until = max(self.away_until, self._scheduler.now + seconds)

    def exchange(self, request: requests.PreparedRequest, timeout: tuple[float, float]) -> requests.Response:
        """One HTTP exchange, from inside a strand that waits for it. What is sent arrives at once: docs/faults.md."""
        path, body = urlsplit(request.url or "").path, request.body or b""
        assert isinstance(body, bytes)
        operation, work = self._work(str(path), body)
        money = ("money",) if operation in _MONEY else ()
        order = self._orders.strike("line", operation, *money)
        kind = order.kind if order else ""
        if kind == "connect_timeout":
            self._scheduler.sleep(timeout[0])
            raise requests.ConnectTimeout(MaxRetryError(None, "", ConnectTimeoutError("timed out")), request=request)  # type: ignore[arg-type]
        if kind == "refused" or self._scheduler.now < self.away_until:
            broken = NewConnectionError(None, "connection refused")  # type: ignore[arg-type]
            raise requests.ConnectionError(MaxRetryError(None, "", broken), request=request)  # type: ignore[arg-type]
        if kind in ("cut_before_complete", "lost_before"):
            raise _cut(request)
        if kind == "answer_of_another" and self._earlier and operation in _SETTLING:  # and ours is lost
            return _response(request, 200, json.dumps(self._earlier).encode())
        if kind == "error_500_before":
            return _response(request, 500, b"Internal Server Error")
        if kind in _REFUSALS:
            request_id = _request_id(body)
            return _response(request, 200, json.dumps(wire.refused(_REFUSALS[kind], request_id)).encode())
        if order and kind == "restart_before":
            self.restart(order.seconds)
            raise _cut(request)
        return self._answered(request, work, order, timeout[1])

    def _answered(
        self,
        request: requests.PreparedRequest,
        work: Callable[[Fault | None], object],
        order: Order | None,
        read_s: float,
    ) -> requests.Response:
        outcome = Flag()
        self._scheduler.loop.create_task(self._serve(work, order, outcome))
        if not self._scheduler.wait(outcome, read_s):
            raise requests.ReadTimeout(ReadTimeoutError(None, "", "read timed out"), request=request)  # type: ignore[arg-type]
        kind, answer = (order.kind if order else ""), outcome.value
        if answer is None or kind == "lost_answer":
            raise _cut(request)
        if order and kind == "restart_after":
            self.restart(order.seconds)
            raise _cut(request)
        if kind == "error_500_after":
            return _response(request, 500, b"Internal Server Error")
        if kind == "answer_of_another":
            answer, self._earlier = (self._earlier or answer | {"requestId": "1"}), answer
        elif "amount" in answer:
            self._earlier = answer
        raw = json.dumps(_twisted(answer, kind)).encode()
        if kind == "garbled":
            return _response(request, 200, raw[: len(raw) // 2])
        if kind == "answer_cut":
            return _response(request, 200, raw[: -len(raw) // 4], length=len(raw))
        if kind == "answered_twice":
            return _response(request, 200, raw + raw, length=len(raw))
        return _response(request, 200, raw)

    async def _serve(self, work: Callable[[Fault | None], object], order: Order | None, outcome: Flag) -> None:
        """The terminal works on, whoever still listens."""
        played = None
        if order and order.kind in _PLAYED:
            played = Fault(Operation.ANY, Kind(order.kind), amount=int(order.seconds) or 500)
        try:
            answer = await work(played)  # type: ignore[misc]
            await asyncio.sleep(self._rng.uniform(0.01, 0.3))
            if order and order.kind in ("slow", "late"):
                await asyncio.sleep(order.seconds)
            outcome.set(answer)
        except PowerCut:
            outcome.set(None)

    def _work(self, path: str, body: bytes) -> tuple[str, Callable[[Fault | None], object]]:
        """What the request asks for: its name, and the work itself."""
        desk = self._desk
        if path == "/terminal/payment":
            ask = wire.read_payment(codec.decode(body))
            return ask.operation.value, lambda fault: desk.payment(ask, fault)
        if path == "/terminal/token":
            ask = wire.read_token(codec.decode(body))
            return "token", lambda fault: desk.token(ask, fault)
        if path == "/terminal/recover":
            ask = wire.read_recover(codec.decode(body))
            return "recover", lambda fault: desk.recover(ask, fault)
        if path == "/terminal/status":
            return "status", lambda fault: desk.status(Ask(Operation.STATUS, ""), fault)
        if path == "/terminal/lastDisplayMessage":
            return "display", lambda fault: _at_once(desk.last_display_message)
        return "abort", lambda fault: _at_once(desk.abort)


class Line(BaseAdapter):
    """Takes the place of ``HTTPAdapter`` in the driver's session."""

    tills: dict[str, Till] = {}

    def __init__(self, max_retries: int = 0) -> None:
        super().__init__()

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):  # type: ignore[no-untyped-def]
        """Carry one request to its till."""
        return self.tills[urlsplit(request.url).hostname or ""].exchange(request, timeout)

    def close(self) -> None:
        """Nothing is kept open."""


async def _at_once(work: Callable[[], Fields]) -> Fields:
    return work()


def _twisted(answer: Fields, kind: str) -> Fields:
    """The answer as the fault has it."""
    if kind == "other_amount" and "amount" in answer:
        return answer | {"amount": f"{to_number(codec.to_money(answer['amount'], 'EUR')) + 1000:f}"}
    if kind == "other_currency" and "currency" in answer:
        return answer | {"currency": "USD"}
    if kind == "other_time" and "timestamp" in answer:
        return answer | {"timestamp": "2026-01-01T00:00:00.000+00:00"}
    return answer


def _request_id(body: bytes) -> str:
    return str(codec.decode(body).get("requestId", ""))


def _cut(request: requests.PreparedRequest) -> requests.ConnectionError:
    reset = ConnectionResetError(104, "Connection reset by peer")
    return requests.ConnectionError(ProtocolError("Connection aborted.", reset), request=request)


def _response(
    request: requests.PreparedRequest, status: int, body: bytes, length: int | None = None
) -> requests.Response:
    """The answer as ``requests`` makes it of the bytes on the line."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
    parsed = http.client.HTTPResponse(_Received(head.encode() + body))  # type: ignore[arg-type]
    parsed.begin()
    response = requests.Response()
    response.status_code, response.request, response.url = status, request, request.url or ""
    response.raw = HTTPResponse(parsed, headers=dict(parsed.getheaders()), status=status, preload_content=False)
    return response


class _Received:
    """What came over the line, as far as ``http.client`` wants to know a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> io.BytesIO:
        """The bytes to read."""
        return io.BytesIO(self._data)
