"""One procedure: nothing goes on before the register has acknowledged what went before."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from typing import Any, TypeVar

from hardware.terminal.simulator import screens
from hardware.terminal.simulator.faults import Fault
from hardware.terminal.simulator.terminal import Screen
from hardware.terminal.zvt.flags import Config
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.simulator import answers
from hardware.terminal.zvt.simulator.accidents import ZvtKind
from hardware.terminal.zvt.simulator.answers import Telling
from hardware.terminal.zvt.simulator.line import Arrived, Line
from hardware.terminal.zvt.simulator.machine import Machine
from hardware.terminal.zvt.simulator.registration import Registration

T = TypeVar("T")

ABORT = 0x06B0
_TOO_LATE, _WAIT = 0x83, 0x9C
_ANSWERS = (0x80, 0x84)

#: What the screen shows as an intermediate status.
_STATUSES = {screens.PRESENT_CARD: 0x0A, screens.PRESENT_CARD_TO_STOP: 0x0A, screens.ENTER_PIN: 0x01}


class BrokenOff(Exception):
    """The register did not acknowledge in time, or did something else instead."""


class Dialogue:
    """The terminal's half of one procedure, from the register's command to the completion."""

    def __init__(self, line: Line, machine: Machine, message: Message, fault: Fault | None) -> None:
        self.line, self.machine, self.message, self.fault = line, machine, message, fault
        self._held_back = b""

    @property
    def kind(self) -> str | None:
        """The fault that was ordered."""
        return self.fault.kind if self.fault else None

    @property
    def registration(self) -> Registration:
        """What the register registered for; nothing, where it did not."""
        return self.machine.registration or Registration(Config(0))

    @property
    def tlv(self) -> bool:
        """Whether the register understands TLV."""
        return self.registration.tlv or any(bmp.tag == 0x06 for bmp in self.message.bmps)

    @property
    def telling(self) -> Telling:
        """How things are told to this register."""
        control = self.message.object_value(0x1F15) or b"\0"
        return Telling(
            self.machine.setup.profile,
            self.machine.device.settings.terminal_id,
            self.machine.setup.zone,
            control[0],
            currency=bool(self.registration.currency or self.message.value(0x49)),
            tlv=self.tlv,
            charset=self.registration.charset,
        )

    async def accept(self) -> None:
        """80 00: the command is carried out."""
        if self.kind == ZvtKind.GLUED:
            self._held_back = _answer(0)
        elif self.kind != ZvtKind.NO_ACKNOWLEDGEMENT:
            await self._send(_answer(0))

    async def refuse(self, code: int, *data: int) -> None:
        """84 xx: it is not."""
        await self._send(_answer(code, *data))

    async def tell(self, message: Message) -> int:
        """Say something, and return the register's word for it: 0, or the xx of 84 xx. Raises BrokenOff, LineLost."""
        held_back, self._held_back = self._held_back, b""
        await self._send(held_back + message.encode())
        return await self.acknowledged()

    async def acknowledged(self) -> int:
        """Wait for the register's answer, T3 at most. Raises BrokenOff and LineLost."""
        until = asyncio.get_running_loop().time() + self.machine.setup.timers.answer
        while True:
            left = until - asyncio.get_running_loop().time()
            arrived = await self.line.receive(max(0.0, left))
            if arrived is None:
                raise BrokenOff
            if arrived.apdu[0] in _ANSWERS:
                return 0 if arrived.apdu[0] == _ANSWERS[0] else arrived.apdu[1]
            if arrived.command == ABORT:
                await self.stop()
            elif not self._is_repetition(arrived):
                self.line.push_back(arrived)
                raise BrokenOff

    async def status(self, code: int, text: str = "") -> None:
        """An intermediate status, where the register wants to know."""
        if Config.INTERMEDIATE_STATUS in self.registration.config:
            minutes = math.ceil(self.machine.device.terminal.card_timeout / 60)
            shown = text if self.tlv else ""
            await self.tell(answers.intermediate(code, minutes, shown, self.registration.charset))

    async def accompany(self, work: Coroutine[Any, Any, T]) -> T:
        """Do what needs a cardholder, tell what the screen shows, and listen for an abort. Raises like the work."""
        terminal = self.machine.device.terminal
        shown: asyncio.Queue[Screen] = asyncio.Queue()
        terminal.on_screen = shown.put_nowait
        working = asyncio.ensure_future(work)
        try:
            await asyncio.sleep(0)  # it has begun to wait, so it can be ended
            while not working.done():
                await self._listen(working, shown)
        finally:
            terminal.on_screen = lambda screen: None
            if not working.done():
                terminal.cancel("the register is gone")
                await asyncio.wait({working})
            working.exception()  # it was asked for, whoever hears of it
        return working.result()

    async def stop(self) -> None:
        """06 B0: end the wait for the cardholder, or say that it is too late. At rest there is nothing to end."""
        terminal = self.machine.device.terminal
        stopped = terminal.doing is None or terminal.cancel("aborted by the kiosk")
        await self.line.send(_answer(0 if stopped else _TOO_LATE))

    async def pause(self, seconds: float) -> None:
        """Take that long; a register that hangs up ends it. Raises LineLost."""
        until = asyncio.get_running_loop().time() + seconds
        while (left := until - asyncio.get_running_loop().time()) > 0:
            arrived = await self.line.receive(left)
            if arrived is not None:
                await self._interrupted(arrived)

    async def _listen(self, working: asyncio.Future[Any], shown: asyncio.Queue[Screen]) -> None:
        heard = asyncio.ensure_future(self.line.receive())
        seen = asyncio.ensure_future(shown.get())
        waits: set[asyncio.Future[Any]] = {working, heard, seen}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        arrived = await _result(heard)
        screen = await _result(seen)
        if screen is not None and screen.text_id in _STATUSES:
            await self.status(_STATUSES[screen.text_id], screens.text(screen.text_id, screen.language))
        if arrived is not None:
            await self._interrupted(arrived)

    async def _interrupted(self, arrived: Arrived) -> None:
        if arrived.command == ABORT:
            await self.stop()
        elif arrived.apdu[0] not in _ANSWERS and not self._is_repetition(arrived):
            await self.refuse(_WAIT)

    def _is_repetition(self, arrived: Arrived) -> bool:
        """Whether it is the command under way, sent again because the ACK of its block was lost."""
        return arrived.apdu == self.message.encode()

    async def _send(self, apdu: bytes) -> None:
        await self.line.send(apdu, split=self.kind == ZvtKind.SPLIT)


async def _result(waited: asyncio.Future[Any]) -> Any:
    """What arrived, None where nothing did. Raises LineLost."""
    if waited.done():
        return waited.result()
    waited.cancel()
    await asyncio.wait({waited})
    return None if waited.cancelled() else waited.result()


def _answer(code: int, *data: int) -> bytes:
    head = bytes([0x84, code]) if code else b"\x80\x00"
    return head + bytes([len(data), *data])
