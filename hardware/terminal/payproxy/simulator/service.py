"""The PayProxy API of the virtual terminal (reference: ccv-interfaces.md, chapter 1)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from hardware.terminal.payproxy import codec
from hardware.terminal.payproxy.simulator import accidents, wire
from hardware.terminal.payproxy.simulator.device import Device
from hardware.terminal.payproxy.simulator.faults import Fault, Kind, Operation
from hardware.terminal.payproxy.simulator.listener import Listener
from hardware.terminal.payproxy.simulator.terminal import Ended, PowerCut
from hardware.terminal.payproxy.simulator.wire import Ask, Fields

Work = Callable[[Ask, Fault | None], Awaitable[Fields]]


class Service:
    """Answers ``/terminal/...``: one operation at a time, each with the fault that was ordered for it."""

    def __init__(self, device: Device, listener: Listener) -> None:
        self._device = device
        self._listener = listener

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
        return await self._operate(request, wire.read_payment, self._pay)

    async def token(self, request: web.Request) -> web.StreamResponse:
        """Read the token of a card."""
        return await self._operate(request, wire.read_token, self._read_token)

    async def recover(self, request: web.Request) -> web.StreamResponse:
        """Say what became of an earlier request (inferred)."""
        return await self._exchange(request, wire.read_recover, self._recover)

    async def status(self, request: web.Request) -> web.StreamResponse:
        """Say how the terminal is; does not disturb what it does."""
        await request.read()
        return await self._play(request, Ask(Operation.STATUS, ""), self._status, states=True)

    async def abort(self, request: web.Request) -> web.StreamResponse:
        """End the wait for a card, as the cancel key would."""
        await request.read()
        self._device.terminal.cancel("aborted by the kiosk")
        return web.json_response({"status": "SUCCESS"})

    async def last_display_message(self, request: web.Request) -> web.StreamResponse:
        """Return the text on the screen."""
        screen = self._device.terminal.screen
        return web.json_response(wire.display_answer(screen.text_id, screen.language))

    async def _operate(self, request: web.Request, read: Callable[[Fields], Ask], work: Work) -> web.StreamResponse:
        """Do one thing that occupies the terminal; refuse while it does another."""

        async def alone(ask: Ask, fault: Fault | None) -> Fields:
            if self._device.terminal.doing is not None:
                return wire.refused("BUSY", ask.request_id)
            with self._device.terminal.occupied(ask):
                return await work(ask, fault)

        return await self._exchange(request, read, alone)

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
            if not (states and fault is not None and fault.kind in accidents.STATES):
                early = accidents.before_work(request, fault, ask.request_id)
            if early is not None:
                return early
            answer = await work(ask, fault)
            exchange.answered_at = time.time()
            return await accidents.after_work(request, fault, answer)
        except accidents.Crash:
            self._device.power_cut()
            await accidents.crash(self._listener, fault.seconds if fault else 0.0)
            return web.Response()
        except PowerCut:
            return web.Response()

    async def _pay(self, ask: Ask, fault: Fault | None) -> Fields:
        book = self._device.book
        if book.find(ask.request_id) is not None:  # carried out once: only recovery tells the answer again
            book.repeated(ask.request_id)
            return wire.refused("DUPLICATE_REQUEST", ask.request_id)
        terminal = self._device.terminal
        if ask.operation is Operation.AUTHORISE:
            entry = await terminal.authorise(ask, fault)
        else:
            entry = terminal.settle(ask, fault)
        test_system = fault is not None and fault.kind is Kind.TEST_SYSTEM
        return wire.payment_answer(entry, self._device.settings.terminal_id, test_system=test_system)

    async def _read_token(self, ask: Ask, fault: Fault | None) -> Fields:
        try:
            return wire.token_answer(ask, await self._device.terminal.read_token(ask, fault))
        except Ended as end:
            return wire.ended_answer(ask, end.outcome, end.reason)

    async def _recover(self, ask: Ask, fault: Fault | None) -> Fields:
        doing = self._device.terminal.doing
        if doing is not None and doing.request_id == ask.request_id:
            return wire.refused("BUSY", ask.request_id)
        entry = self._device.book.find(ask.request_id)
        if entry is None:
            return wire.refused("NOT_FOUND", ask.request_id)
        return wire.recover_answer(entry, self._device.settings.terminal_id)

    async def _status(self, ask: Ask, fault: Fault | None) -> Fields:
        state = accidents.STATES.get(fault.kind) if fault else None
        state = state or ("BUSY" if self._device.terminal.doing is not None else "IDLE")
        return wire.status_answer(state, self._device.settings.terminal_id)
