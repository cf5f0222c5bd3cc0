"""The procedures that only look: cards, what is open, the last receipt, the day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hardware.terminal.simulator.ask import Ask
from hardware.terminal.simulator.terminal import Ended, Terminal
from hardware.terminal.zvt import build
from hardware.terminal.zvt.commands import STATUS_INFORMATION
from hardware.terminal.zvt.flags import RepeatService
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.simulator import answers, turnover
from hardware.terminal.zvt.simulator.dialogue import Dialogue
from hardware.terminal.zvt.simulator.moves import refuse
from hardware.terminal.zvt.simulator.profiles import Closing
from hardware.terminal.zvt.simulator.reporting import answer, complete, print_receipts, report

_NOTHING_TO_REPEAT = 0x66
_LONGEST_READ = 18 * 3600.0  # seconds: endless is cut here


async def read_card(dialogue: Dialogue, ask: Ask) -> None:
    """06 C0: say what card is presented. Ends with 04 0F alone, or with 06 1E."""
    machine = dialogue.machine
    seconds = (dialogue.message.position("timeout") or b"\0")[0]
    try:
        with _patience(machine.device.terminal, seconds or _LONGEST_READ):
            card = await dialogue.accompany(machine.device.terminal.read_token(ask, dialogue.fault))
    except Ended as end:
        declined = end.outcome == "declined"
        unreadable = answers.aborted(answers.UNREADABLE_CARD)
        await complete(dialogue, unreadable if declined else answers.ended(end.reason, dialogue.telling))
        return
    await answer(dialogue, answers.card_information(card, dialogue.telling))


async def open_holds(dialogue: Dialogue, ask: Ask) -> None:
    """06 23 with 87 FFFF: an abort that is the answer."""
    receipts = dialogue.machine.turnover.open_receipts()
    first = answers.receipt_number(receipts[0] if receipts else answers.NO_RECEIPT)
    listed = dialogue.machine.setup.profile.lists_open and dialogue.tlv and receipts
    numbers = [build.digits_object(0x08, each, 2) for each in receipts]
    more = (build.container(build.nested(0x23, *numbers)),) if listed else ()
    await answer(dialogue, answers.aborted(turnover.UNKNOWN_RECEIPT, first, *more))


async def repeat_receipt(dialogue: Dialogue, ask: Ask) -> None:
    """06 20: the last transaction again."""
    machine = dialogue.machine
    entry = machine.turnover.last()
    if entry is None:
        await refuse(dialogue, _NOTHING_TO_REPEAT)
        return
    service = RepeatService(dialogue.message.number(0x03) or 0)
    hold = machine.turnover.of(entry)
    if RepeatService.STATUS_INFORMATION in service:
        await report(dialogue, entry, answers.status_information(entry, hold, dialogue.telling))
    if RepeatService.NO_PRINT not in service:
        await print_receipts(dialogue, entry)
    await complete(dialogue, answers.completion())


async def end_of_day(dialogue: Dialogue, ask: Ask) -> None:
    """06 50: hand in the totals; what is open is refused, kept or charged, as the make has it."""
    machine = dialogue.machine
    holds = machine.device.book.open_holds()
    if holds and machine.setup.profile.closing is Closing.REFUSES:
        await complete(dialogue, answers.aborted(turnover.UNKNOWN_RECEIPT, answers.receipt_number(holds[0].receipt)))
        return
    if machine.setup.profile.closing is Closing.CHARGES:
        for hold in holds:
            request_id = machine.turnover.request_id(f"{hold.request_id}.charged")
            machine.device.bank.settle(request_id, hold.reference, hold.amount_minor, hold.currency)
    totals = Message(STATUS_INFORMATION, bmps=answers.totals(machine.turnover.since_closing()))
    await dialogue.status(0x0F)
    await dialogue.tell(totals)
    machine.turnover.close_day()
    await complete(dialogue, answers.completion())


@contextmanager
def _patience(terminal: Terminal, seconds: float) -> Iterator[None]:
    """Let the terminal wait for a card as long as the command says."""
    usual, terminal.card_timeout = terminal.card_timeout, min(terminal.card_timeout, seconds)
    try:
        yield
    finally:
        terminal.card_timeout = usual
