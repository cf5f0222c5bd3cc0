"""One ZVT terminal: the device behind it, what the register registered for, and whether it listens."""

from __future__ import annotations

import asyncio

from hardware.terminal.simulator.ask import Ask, Operation
from hardware.terminal.simulator.device import Device
from hardware.terminal.simulator.faults import Fault
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.message import Message, decode
from hardware.terminal.zvt.simulator.accidents import ZvtKind
from hardware.terminal.zvt.simulator.answers import NO_RECEIPT
from hardware.terminal.zvt.simulator.line import Ears
from hardware.terminal.zvt.simulator.profiles import BOOK_TOTAL, HOLD_REVERSAL, PARTIAL_REVERSAL
from hardware.terminal.zvt.simulator.registration import Registration, code_of
from hardware.terminal.zvt.simulator.setup import Setup
from hardware.terminal.zvt.simulator.turnover import Turnover

_OPERATIONS = {
    0x0622: Operation.AUTHORISE,
    0x06C0: Operation.TOKEN,
    HOLD_REVERSAL: Operation.RELEASE,
    0x0630: Operation.REFUND,
    0x0631: Operation.REFUND,
    0x0501: Operation.STATUS,
    0x0620: Operation.RECOVER,
}


class Machine:
    """What all lines of one terminal share."""

    def __init__(self, device: Device, setup: Setup) -> None:
        self.device = device
        self.setup = setup
        self.turnover = Turnover(device.book, device.bank)
        self.registration: Registration | None = None
        self.ears = Ears(self._fault_for, self._is_asleep)
        self._loop = asyncio.get_running_loop()
        self._asleep_until = 0.0
        self.reverse_unfinished()

    def operation_of(self, message: Message) -> Operation | None:
        """What the command asks for, None for what is not worth a fault."""
        if message.command not in (PARTIAL_REVERSAL, BOOK_TOTAL):
            return _OPERATIONS.get(message.command)
        receipt = receipt_of(message)
        if receipt == NO_RECEIPT:
            return Operation.RECOVER
        return Operation.CAPTURE if self.booked(message, receipt) else Operation.RELEASE

    def booked(self, message: Message, receipt: str) -> int:
        """How much a booking takes, in minor units: below zero where more is given back than was held."""
        amount = message.amount() or 0
        hold = self.turnover.hold(receipt)
        if message.command == PARTIAL_REVERSAL and hold is not None:
            return hold.amount_minor - amount
        return amount

    def ask(self, message: Message) -> Ask:
        """The command as the shared terminal sees it. Raises WrongCurrency, and ZvtError for an unreadable amount."""
        reference = message.object_value(0xE9, 0x1F63) or b""
        language = message.object_value(0x15) or b"en"
        registered = self.registration.currency if self.registration else ""
        return Ask(
            self.operation_of(message) or Operation.ANY,
            self.turnover.request_id(reference.decode("ascii", "replace")),
            language.decode("ascii", "replace").lower(),
            message.amount() or 0,
            code_of(message.value(0x49), self.setup.profile) or registered or "EUR",
        )

    def fall_asleep(self, seconds: float) -> None:
        """Answer nothing for a while."""
        self._asleep_until = self._loop.time() + seconds

    def reverse_unfinished(self) -> None:
        """Undo what no register knows of, where this make does that."""
        if self.setup.profile.reverses:
            self.turnover.reverse_unfinished()

    async def crash(self, seconds: float) -> None:
        """Lose power, and come back with nothing but the book."""
        if not self.setup.profile.keeps_registration:
            self.registration = None
        await self.device.crash(seconds)
        self.reverse_unfinished()

    def _is_asleep(self) -> bool:
        return self._loop.time() < self._asleep_until

    def _fault_for(self, apdu: bytes) -> Fault | None:
        try:
            operation = self.operation_of(decode(apdu))
        except ZvtError:
            return None
        fault = self.device.faults.take(operation) if operation else None
        if fault is not None and fault.kind is ZvtKind.SILENCE:
            self.fall_asleep(fault.seconds)
        return fault


def receipt_of(message: Message) -> str:
    """BMP 87 in hex: four digits, or ``FFFF``; an empty text for none."""
    return (message.value(0x87) or b"").hex().upper()
