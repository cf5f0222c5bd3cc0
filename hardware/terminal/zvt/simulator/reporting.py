"""How a result reaches the register: status information, receipts, completion; and every accident on the way."""

from __future__ import annotations

from dataclasses import replace

from hardware.terminal.simulator.book import Entry
from hardware.terminal.simulator.faults import Kind
from hardware.terminal.zvt import build
from hardware.terminal.zvt.bmp_table import CONTAINER
from hardware.terminal.zvt.commands import STATUS_INFORMATION
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.simulator import answers, receipts
from hardware.terminal.zvt.simulator.accidents import ZvtKind
from hardware.terminal.zvt.simulator.dialogue import BrokenOff, Dialogue
from hardware.terminal.zvt.simulator.line import LineLost
from hardware.terminal.zvt.tlv import Tlv

_ASK_AGAIN = 0x9C
_WRONG_PIN = 0x37
_GARBAGE = b"\x04\xff\xee\xdd\xcc"
_NO_SUCH_BMP = b"\x5f\x01\x02"
_NO_SUCH_TAG = Tlv(0x1F8055, b"\xca\xfe")


class NotTaken(Exception):
    """The register said that the goods were not delivered, or asked too often."""


async def report(dialogue: Dialogue, entry: Entry, message: Message) -> None:
    """Tell the result of a line of the book until the register takes it. Raises NotTaken, BrokenOff and LineLost."""
    if dialogue.kind == ZvtKind.WRONG_PIN_FIRST:
        await dialogue.tell(Message(STATUS_INFORMATION, bmps=(build.byte(0x27, _WRONG_PIN),)))
    await _until_taken(dialogue, await _struck(dialogue, message))
    dialogue.machine.turnover.taken(entry)


async def answer(dialogue: Dialogue, message: Message) -> None:
    """Tell what is all of the answer. Raises BrokenOff and LineLost."""
    told = await _struck(dialogue, message)
    if dialogue.kind != ZvtKind.NO_COMPLETION:
        await dialogue.tell(told)


async def print_receipts(dialogue: Dialogue, entry: Entry) -> None:
    """Send both receipts, where the register prints. Raises BrokenOff and LineLost."""
    registration = dialogue.registration
    if not registration.prints:
        return
    machine = dialogue.machine
    number, terminal_id = machine.turnover.of(entry).receipt, machine.device.settings.terminal_id
    lines = receipts.lines(entry, number, terminal_id, dialogue.kind == Kind.TEST_SYSTEM)
    tails = dialogue.kind == ZvtKind.LINE_TAIL or (machine.setup.profile.line_tails and dialogue.tlv)
    for receipt in receipts.RECEIPTS:
        for message in receipts.messages(
            receipt,
            lines,
            registration,
            blocks=registration.blocks and dialogue.tlv,
            tails=tails,
            closed=dialogue.kind != ZvtKind.NO_LAST_LINE,
        ):
            await dialogue.tell(message)


async def complete(dialogue: Dialogue, message: Message) -> None:
    """End the procedure. Raises BrokenOff and LineLost; what was booked stays booked."""
    if dialogue.kind == ZvtKind.NO_COMPLETION:
        return
    if dialogue.kind == Kind.ANSWERED_TWICE:
        await dialogue.tell(message)
    await dialogue.tell(message)


async def _struck(dialogue: Dialogue, message: Message) -> Message:
    """Let the fault happen to the message, and return what is left of it. Raises BrokenOff and LineLost."""
    fault = dialogue.fault
    match dialogue.kind:
        case Kind.LOST_ANSWER:
            dialogue.line.cut()
            raise LineLost
        case Kind.CRASH if fault:
            await dialogue.machine.crash(fault.seconds)
            raise LineLost
        case Kind.ANSWER_CUT:
            dialogue.line.send_part(message.encode())
            raise LineLost
        case ZvtKind.HALF_OPEN:
            await dialogue.line.send(message.encode())
            dialogue.line.play_dead()
            raise BrokenOff
        case Kind.SLOW if fault:
            await dialogue.pause(fault.seconds)
        case Kind.ANSWERED_TWICE:
            await dialogue.tell(message)
    return _spoiled(dialogue.kind, message)


async def _until_taken(dialogue: Dialogue, message: Message) -> None:
    """84 9C: again in two seconds, as often as BMP 02 says."""
    limit = dialogue.message.number(0x02) or dialogue.machine.setup.profile.most_repeats
    repeats = 0
    while (word := await dialogue.tell(message)) == _ASK_AGAIN:
        repeats += 1
        if limit and repeats > limit:
            raise NotTaken
        await dialogue.pause(dialogue.machine.setup.timers.repeat)
    if word:
        raise NotTaken


def _spoiled(kind: str | None, message: Message) -> Message:
    match kind:
        case Kind.GARBLED:
            return Message(message.command, rest=_GARBAGE)
        case ZvtKind.UNKNOWN_BMP:
            return replace(message, rest=_NO_SUCH_BMP)
        case ZvtKind.UNKNOWN_TAG:
            others = [bmp for bmp in message.bmps if bmp.tag != CONTAINER]
            return replace(message, bmps=(*others, build.container(_NO_SUCH_TAG, *message.objects())))
        case ZvtKind.OTHER_RECEIPT:
            other = answers.receipt_number("9876")
            return replace(message, bmps=tuple(other if bmp.tag == other.tag else bmp for bmp in message.bmps))
    return message
