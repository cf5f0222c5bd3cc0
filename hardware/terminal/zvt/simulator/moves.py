"""The procedures that move money: 06 22, 06 23, 06 24, 06 25, 06 30, 06 31."""

from __future__ import annotations

from dataclasses import replace

from hardware.terminal.simulator.ask import Ask, Operation
from hardware.terminal.simulator.book import Entry
from hardware.terminal.simulator.terminal import Ended
from hardware.terminal.zvt.simulator import answers, turnover
from hardware.terminal.zvt.simulator.dialogue import Dialogue
from hardware.terminal.zvt.simulator.machine import receipt_of
from hardware.terminal.zvt.simulator.profiles import HOLD_REVERSAL
from hardware.terminal.zvt.simulator.reporting import NotTaken, complete, print_receipts, report

_WAITING_FOR_HOST = 0x04


async def pre_authorisation(dialogue: Dialogue, ask: Ask) -> None:
    """06 22: hold the amount on the card that is presented. No receipt where that succeeds."""
    if not ask.amount:
        await refuse(dialogue, turnover.TOO_MUCH)
        return
    entry = await dialogue.accompany(dialogue.machine.device.terminal.authorise(ask, dialogue.fault))
    if entry.outcome in ("aborted", "timed_out"):
        await complete(dialogue, answers.ended(entry.reason, dialogue.telling))
        return
    await dialogue.status(_WAITING_FOR_HOST)
    await _tell(dialogue, entry, entry, receipts=entry.outcome != "approved")


async def booking(dialogue: Dialogue, ask: Ask) -> None:
    """06 23, 06 24, 06 25: take some of a hold, or give all of it back."""
    machine, message = dialogue.machine, dialogue.message
    receipt = receipt_of(message)
    everything_back = message.command == HOLD_REVERSAL
    taken = 0 if everything_back else machine.booked(message, receipt)
    hold = machine.turnover.hold(receipt)
    named = ask.currency if message.value(0x49) else ""
    refusal = machine.turnover.refusal(receipt, named, taken) or _mismatch(dialogue, hold)
    if refusal is not None or hold is None:
        await refuse(dialogue, refusal or turnover.UNKNOWN_RECEIPT)
        return
    await dialogue.status(_WAITING_FOR_HOST)
    ask = replace(ask, operation=_operation(taken), amount=taken, reference=hold.reference, currency=hold.currency)
    entry = machine.device.terminal.settle(ask, dialogue.fault)
    billed = entry.amount_minor if everything_back or entry.outcome != "approved" else taken
    await _tell(dialogue, entry, hold, amount=billed)


async def reversal(dialogue: Dialogue, ask: Ask) -> None:
    """06 30: undo a transaction, by its receipt number: a hold is freed, what was taken is given back."""
    machine = dialogue.machine
    hold = machine.turnover.hold(receipt_of(dialogue.message))
    totals = machine.device.book.totals_of(hold.request_id) if hold else None
    if hold is None or totals is None:
        await refuse(dialogue, turnover.IMPOSSIBLE)
        return
    left = totals.captured_minor - totals.refunded_minor
    if not totals.held_minor and not left:
        await refuse(dialogue, turnover.ALREADY_SETTLED)
        return
    operation = Operation.RELEASE if totals.held_minor else Operation.REFUND
    await dialogue.status(_WAITING_FOR_HOST)
    ask = replace(ask, operation=operation, amount=left, reference=hold.reference, currency=hold.currency)
    await _tell(dialogue, machine.device.terminal.settle(ask, dialogue.fault), hold)


async def refund(dialogue: Dialogue, ask: Ask) -> None:
    """06 31: give money back, to the hold with this receipt number, or else to the card that is presented."""
    machine = dialogue.machine
    receipt = receipt_of(dialogue.message)
    if receipt:
        hold = machine.turnover.hold(receipt)
    else:
        try:
            card = await dialogue.accompany(machine.device.terminal.read_token(ask, None))
        except Ended as end:
            await complete(dialogue, answers.ended(end.reason, dialogue.telling))
            return
        hold = machine.turnover.captured_with(card.name, ask.amount, ask.currency)
    if hold is None or not ask.amount:
        await refuse(dialogue, turnover.IMPOSSIBLE)
        return
    await dialogue.status(_WAITING_FOR_HOST)
    entry = machine.device.terminal.settle(replace(ask, reference=hold.reference), dialogue.fault)
    await _tell(dialogue, entry, hold)


async def refuse(dialogue: Dialogue, code: int) -> None:
    """End a procedure that never got as far as the bank."""
    await complete(dialogue, answers.aborted(code))


async def _tell(
    dialogue: Dialogue, entry: Entry, hold: Entry, *, amount: int | None = None, receipts: bool = True
) -> None:
    try:
        await report(dialogue, entry, answers.status_information(entry, hold, dialogue.telling, amount))
    except NotTaken:
        dialogue.machine.turnover.reverse_unfinished()
        await refuse(dialogue, answers.TIMEOUT_OR_STOP)
        return
    if receipts:
        await print_receipts(dialogue, entry)
    approved = entry.outcome == "approved"
    await complete(dialogue, answers.completion() if approved else answers.aborted(answers.result_code(entry)))


def _operation(taken: int) -> Operation:
    return Operation.CAPTURE if taken else Operation.RELEASE


def _mismatch(dialogue: Dialogue, hold: Entry | None) -> int | None:
    """An authorisation id or trace number that is not the one of the hold."""
    given, trace = dialogue.message.value(0x3B), dialogue.message.digits(0x0B)
    if hold is None:
        return None
    wrong_id = given is not None and given.rstrip(b"\0").decode("ascii", "replace") != turnover.authorisation_id(hold)
    return turnover.UNKNOWN_RECEIPT if wrong_id or trace not in (None, hold.stan[-6:]) else None
