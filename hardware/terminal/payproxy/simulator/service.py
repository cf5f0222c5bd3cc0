"""The PayProxy API of the virtual terminal over HTTP (reference: ccv-interfaces.md, chapter 1)."""

from __future__ import annotations

import time
from collections.abc import Callable

from aiohttp import web

from hardware.terminal.payproxy import codec
from hardware.terminal.payproxy.simulator import accidents, wire
from hardware.terminal.payproxy.simulator.desk import STATES, Desk, Work
from hardware.terminal.payproxy.simulator.wire import Fields
from hardware.terminal.simulator.ask import Ask, Operation
from hardware.terminal.simulator.device import Device
from hardware.terminal.simulator.http_faults import Crash
from hardware.terminal.simulator.terminal import PowerCut


class Service:
    """Answers ``/terminal/...``: each request with the fault that was ordered for it."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._desk = Desk(device)

    def routes(self) -> list[web.RouteDef]:
        """Return the API's routes."""
        return [
            web.post("/terminal/payment", self.payment),
            web.post("/terminal/token", self.token),
            web.post("/terminal/recover", self.recover),
            web.post("/terminal/status", self.status),
            web.post("/terminal/abort", self.abort),
            web.get("/terminal/lastDisplayMessage", self.last_display_message),
        ]

    async def payment(self, request: web.Request) -> web.StreamResponse:
        """Authorise, capture, release (a capture of zero) or refund."""
        return await self._exchange(request, wire.read_payment, self._desk.payment)

    async def token(self, request: web.Request) -> web.StreamResponse:
        """Read the token of a card."""
        return await self._exchange(request, wire.read_token, self._desk.token)

    async def recover(self, request: web.Request) -> web.StreamResponse:
        """Say what became of an earlier request (inferred)."""
        return await self._exchange(request, wire.read_recover, self._desk.recover)

    async def status(self, request: web.Request) -> web.StreamResponse:
        """Say how the terminal is."""
        await request.read()
        return await self._play(request, Ask(Operation.STATUS, ""), self._desk.status, states=True)

    async def abort(self, request: web.Request) -> web.StreamResponse:
        """End the wait for a card."""
        await request.read()
        return web.json_response(self._desk.abort())

    async def last_display_message(self, request: web.Request) -> web.StreamResponse:
        """Return the text on the screen."""
        return web.json_response(self._desk.last_display_message())

    async def _exchange(self, request: web.Request, read: Callable[[Fields], Ask], work: Work) -> web.StreamResponse:
        try:
            ask = read(codec.decode(await request.read()))
        except ValueError:
            return web.json_response(wire.refused("VALIDATION_ERROR"))
        return await self._play(request, ask, work)

    async def _play(self, request: web.Request, ask: Ask, work: Work, *, states: bool = False) -> web.StreamResponse:
        exchange = self._device.arrived(ask)
        fault = self._device.faults.take(ask.operation)
        try:
            early = None
            if not (states and fault is not None and fault.kind in STATES):
                early = accidents.before_work(request, fault, ask.request_id)
            if early is not None:
                return early
            answer = await work(ask, fault)
            exchange.answered_at = time.time()
            return await accidents.after_work(request, fault, answer)
        except Crash:
            await self._device.crash(fault.seconds if fault else 0.0)
            return web.Response()
        except PowerCut:
            return web.Response()
