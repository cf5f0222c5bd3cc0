"""What the virtual terminal answers to each request, whatever brought it: the PayProxy API without HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

from hardware.terminal.payproxy.simulator import wire
from hardware.terminal.payproxy.simulator.wire import Fields
from hardware.terminal.simulator.ask import Ask, Operation
from hardware.terminal.simulator.device import Device
from hardware.terminal.simulator.faults import Fault, Kind
from hardware.terminal.simulator.terminal import Ended

Work = Callable[[Ask, Fault | None], Awaitable[Fields]]

#: The states that ``/terminal/status`` shows under the faults of these kinds (reference chapter 1.4).
STATES: Mapping[StrEnum, str] = {
    Kind.BUSY: "BUSY",
    Kind.REPRINT_REQUIRED: "REPRINT_TICKET",
    Kind.LOGGED_OUT: "LOGGED_OUT",
    Kind.INOPERABLE: "INOPERABLE",
}


class Desk:
    """Carries out requests: one operation at a time. A request that the device does not survive raises PowerCut."""

    def __init__(self, device: Device) -> None:
        self._device = device

    async def payment(self, ask: Ask, fault: Fault | None) -> Fields:
        """Authorise, capture, release (a capture of zero) or refund."""
        return await self._alone(self._pay, ask, fault)

    async def token(self, ask: Ask, fault: Fault | None) -> Fields:
        """Read the token of a card."""
        return await self._alone(self._read_token, ask, fault)

    async def recover(self, ask: Ask, fault: Fault | None) -> Fields:
        """Say what became of an earlier request (inferred)."""
        doing = self._device.terminal.doing
        if doing is not None and doing.request_id == ask.request_id:
            return wire.refused("BUSY", ask.request_id)
        entry = self._device.book.find(ask.request_id)
        if entry is None:
            return wire.refused("NOT_FOUND", ask.request_id)
        return wire.recover_answer(entry, self._device.settings.terminal_id)

    async def status(self, ask: Ask, fault: Fault | None) -> Fields:
        """Say how the terminal is; does not disturb what it does."""
        state = STATES.get(fault.kind) if fault else None
        state = state or ("BUSY" if self._device.terminal.doing is not None else "IDLE")
        return wire.status_answer(state, self._device.settings.terminal_id)

    def abort(self) -> Fields:
        """End the wait for a card, as the cancel key would."""
        self._device.terminal.cancel("aborted by the kiosk")
        return {"status": "SUCCESS"}

    def last_display_message(self) -> Fields:
        """The text on the screen."""
        screen = self._device.terminal.screen
        return wire.display_answer(screen.text_id, screen.language)

    async def _alone(self, work: Work, ask: Ask, fault: Fault | None) -> Fields:
        """Do one thing that occupies the terminal; refuse while it does another."""
        if self._device.terminal.doing is not None:
            return wire.refused("BUSY", ask.request_id)
        with self._device.terminal.occupied(ask):
            return await work(ask, fault)

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
