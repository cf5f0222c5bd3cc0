"""Takes commands off a line, one after the other, and has them carried out."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass

from hardware.terminal.simulator.ask import Ask
from hardware.terminal.simulator.faults import Kind
from hardware.terminal.simulator.terminal import PowerCut
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.message import decode
from hardware.terminal.zvt.simulator import administration, answers, looks, moves
from hardware.terminal.zvt.simulator.accidents import STATES, ZvtKind
from hardware.terminal.zvt.simulator.dialogue import ABORT, BrokenOff, Dialogue
from hardware.terminal.zvt.simulator.line import Arrived, Line, LineLost
from hardware.terminal.zvt.simulator.machine import Machine, receipt_of
from hardware.terminal.zvt.simulator.profiles import BOOK_TOTAL, HOLD_REVERSAL, PARTIAL_REVERSAL
from hardware.terminal.zvt.simulator.registration import WrongCurrency

_UNKNOWN, _BUSY, _NOT_REGISTERED, _WRONG_CURRENCY, _UNREADABLE = 0x83, 0x9C, 0x6B, 0x6F, 0x9A
_WRONG_PASSWORD = 0x37
_MODULE_SILENT = (0x1E, 0x7D)
_BOOKINGS = (PARTIAL_REVERSAL, BOOK_TOTAL, HOLD_REVERSAL)
_STATUS, _SYSTEM_INFORMATION = 0x0501, 0x0FA1


@dataclass(frozen=True, slots=True)
class Command:
    """How a command is carried out. ``at_once``: it says 80 00 itself. ``unregistered``: it needs no registration."""

    work: Callable[[Dialogue, Ask], Awaitable[None]]
    at_once: bool = False
    unregistered: bool = False


_COMMANDS: Mapping[int, Command] = {
    0x0600: Command(administration.register, at_once=True, unregistered=True),
    0x0602: Command(administration.log_off, at_once=True, unregistered=True),
    _STATUS: Command(administration.status, at_once=True, unregistered=True),
    _SYSTEM_INFORMATION: Command(administration.system_information, unregistered=True),
    **dict.fromkeys((0x0670, 0x0679, 0x0691, 0x0693), Command(administration.maintain)),
    **dict.fromkeys((0x06C5, 0x06E0), Command(administration.acknowledge, at_once=True)),
    0x061B: Command(administration.set_terminal_id),
    0x0622: Command(moves.pre_authorisation),
    **dict.fromkeys(_BOOKINGS, Command(moves.booking)),
    0x0630: Command(moves.reversal),
    0x0631: Command(moves.refund),
    0x06C0: Command(looks.read_card),
    0x0620: Command(looks.repeat_receipt),
    0x0650: Command(looks.end_of_day),
}
_OPEN_HOLDS = Command(looks.open_holds)


class Desk:
    """One terminal at all its lines."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def converse(self, line: Line) -> None:
        """Serve one line until it is lost."""
        while True:
            arrived = await line.receive()
            if arrived is None or arrived.apdu[0] in (0x80, 0x84):
                continue  # an acknowledgement that nobody waits for any more
            try:
                await self._carry_out(line, arrived)
            except (BrokenOff, PowerCut, LineLost):  # a serial line may only be without a register for a while
                self._machine.reverse_unfinished()
                line.broke_off()

    async def _carry_out(self, line: Line, arrived: Arrived) -> None:
        machine = self._machine
        message = decode(arrived.apdu)
        dialogue = Dialogue(line, machine, message, arrived.fault)
        if message.command == ABORT:
            await dialogue.stop()
            return
        command = self._command(dialogue)
        if command is None or message.rest:
            await dialogue.refuse(_UNKNOWN)
            return
        try:
            ask = machine.ask(message)
        except WrongCurrency:
            await dialogue.refuse(0x1E, _WRONG_CURRENCY)
            return
        except ZvtError:
            await dialogue.refuse(_UNREADABLE)
            return
        exchange = machine.device.arrived(ask)
        if not await self._refused(dialogue, command):
            alone = nullcontext() if message.command == _STATUS else machine.device.terminal.occupied(ask)
            with alone:
                await self._work(dialogue, command, ask)
        exchange.answered_at = time.time()

    async def _work(self, dialogue: Dialogue, command: Command, ask: Ask) -> None:
        if not command.at_once:
            await dialogue.accept()
        code = self._unable(dialogue, command)
        if code is None:
            await command.work(dialogue, ask)
        else:
            await moves.refuse(dialogue, code)

    async def _refused(self, dialogue: Dialogue, command: Command) -> bool:
        """Whether the command is not even begun."""
        machine, fault = self._machine, dialogue.fault
        is_status = dialogue.message.command == _STATUS
        match dialogue.kind:
            case Kind.CUT_BEFORE_COMPLETE | Kind.LOST_BEFORE:
                dialogue.line.cut()
                raise LineLost
            case Kind.CRASH if fault and not fault.after:
                await machine.crash(fault.seconds)
                raise LineLost
            case Kind.LOGGED_OUT:
                machine.registration = None
            case ZvtKind.MODULE_SILENT:
                await dialogue.refuse(*_MODULE_SILENT)
                return True
        busy = machine.device.terminal.doing is not None or dialogue.kind == Kind.BUSY
        if busy and not is_status:
            await dialogue.refuse(_BUSY)
            return True
        if machine.setup.profile.refuses_unregistered and not machine.registration and not command.unregistered:
            await dialogue.refuse(_NOT_REGISTERED)
            return True
        password = dialogue.message.position("password")
        if password is not None and password.hex() != machine.setup.password:
            await dialogue.refuse(_WRONG_PASSWORD)
            return True
        return False

    def _unable(self, dialogue: Dialogue, command: Command) -> int | None:
        """Why the terminal breaks off what it has just begun."""
        if dialogue.message.command == _STATUS:
            return None
        if self._machine.registration is None and not command.unregistered:
            return _NOT_REGISTERED
        return STATES.get(dialogue.fault.kind) if dialogue.fault else None

    def _command(self, dialogue: Dialogue) -> Command | None:
        """The command, None where this make does not know it."""
        message, profile = dialogue.message, self._machine.setup.profile
        if message.command == PARTIAL_REVERSAL and receipt_of(message) == answers.NO_RECEIPT:
            return _OPEN_HOLDS
        if message.command in _BOOKINGS and message.command not in profile.bookings:
            return None
        if message.command == _SYSTEM_INFORMATION and not profile.vendor_information:
            return None
        return _COMMANDS.get(message.command)
