"""OPI-NL of the virtual terminal: one request a connection, one operation at a time (reference: chapter 4)."""

from __future__ import annotations

import asyncio
import time

from hardware.terminal.opi import device, words
from hardware.terminal.opi.device import Output
from hardware.terminal.opi.errors import OpiError
from hardware.terminal.opi.messages import Request, Response, Values, read_request
from hardware.terminal.opi.simulator import accidents, wire
from hardware.terminal.opi.simulator.till import Till, read_frame
from hardware.terminal.simulator.ask import Ask, Operation
from hardware.terminal.simulator.device import Device
from hardware.terminal.simulator.faults import Fault, Kind
from hardware.terminal.simulator.terminal import Ended, PowerCut


class Service:
    """Answers channel 0, and asks back on ``till_port`` of whoever asked."""

    def __init__(self, device: Device, till_port: int) -> None:
        self._device = device
        self._till_port = till_port

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request, and play the fault that was ordered for it."""
        try:
            request = read_request(await read_frame(reader), wire.MAPPING)
        except OpiError:
            return
        till = Till(writer.get_extra_info("peername")[0], self._till_port, request)
        fault: Fault | None = None
        try:
            try:
                ask = wire.read(request)
            except OpiError:
                writer.write(await accidents.after_work(None, wire.answer(request, "ValidationError")))
                return
            exchange = self._device.arrived(ask) if ask else None
            fault = self._device.faults.take(ask.operation) if ask else None
            refused = accidents.before_work(fault)
            answer = wire.answer(request, refused) if refused else await self._work(request, ask, fault, till)
            if exchange:
                exchange.answered_at = time.time()
            writer.write(await accidents.after_work(fault, answer))
            await writer.drain()
        except accidents.Cut as cut:
            if cut.abruptly:
                writer.transport.abort()
        except accidents.Crash:
            await self._device.crash(fault.seconds if fault else 0.0)
        except PowerCut:
            writer.transport.abort()
        finally:
            await till.close()

    async def _work(self, request: Request, ask: Ask | None, fault: Fault | None, till: Till) -> Response:
        terminal = self._device.terminal
        if request.request_type == words.ABORT:
            return wire.answer(request, "Success" if terminal.cancel("aborted by the kiosk") else "Failure")
        if terminal.doing is not None:
            return wire.answer(request, "Busy")
        if ask is None:
            return await self._keep_house(request, till)
        if ask.operation is Operation.STATUS:
            state = Values(state="IDLE", terminal_id=self._device.settings.terminal_id)
            return wire.answer(request, "Success", state)
        if ask.operation is Operation.RECOVER:
            return self._last(request)
        with terminal.occupied(ask):
            terminal.on_screen = till.show
            work = self._read_token if ask.operation is Operation.TOKEN else self._pay
            return await work(request, ask, fault, till)

    async def _pay(self, request: Request, ask: Ask, fault: Fault | None, till: Till) -> Response:
        book, terminal = self._device.book, self._device.terminal
        if book.find(ask.request_id) is not None:  # carried out once: only RepeatLastMessage tells the answer again
            book.repeated(ask.request_id)
            return wire.answer(request, "ValidationError")
        terminal_id = self._device.settings.terminal_id
        if ask.operation is Operation.AUTHORISE:
            entry = await terminal.authorise(ask, fault)
            await till.ask(Output(device.DELIVERY_BOX))
        else:
            entry = terminal.settle(ask, fault)
        test_system = fault is not None and fault.kind is Kind.TEST_SYSTEM
        await till.ask(*wire.receipts(entry, terminal_id, test_system=test_system))
        return wire.told(request, entry, terminal_id)

    async def _read_token(self, request: Request, ask: Ask, fault: Fault | None, till: Till) -> Response:
        try:
            return wire.token(request, await self._device.terminal.read_token(ask, fault))
        except Ended as end:
            return wire.ended(request, end.outcome, end.reason)
        finally:
            await till.ask()

    def _last(self, request: Request) -> Response:
        """The answer to the last request that moved money, or would have."""
        entries = self._device.book.entries()
        if not entries:
            return wire.answer(request, "Failure")
        return wire.told(request, entries[-1], self._device.settings.terminal_id)

    async def _keep_house(self, request: Request, till: Till) -> Response:
        if request.request_type == words.REPRINT:
            answer = self._last(request)
            if entries := self._device.book.entries():
                await till.ask(*wire.receipts(entries[-1], self._device.settings.terminal_id))
            return answer
        if request.request_type == words.CLOSE_DAY:
            await till.ask(Output(device.PRINTER, ("END OF DAY", f"{self._device.book.count()} TRANSACTIONS")))
            return wire.answer(request, "DayClosed")
        known = {words.INFO, words.CIRCUITS, words.TRANSMIT, wire.MAPPING.request_types.activate}
        values = Values(terminal_id=self._device.settings.terminal_id)
        return wire.answer(request, "Success" if request.request_type in known else "ValidationError", values)
