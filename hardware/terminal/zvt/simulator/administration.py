"""The commands that are about the terminal itself."""

from __future__ import annotations

from hardware.terminal.simulator.ask import Ask
from hardware.terminal.simulator.faults import Kind
from hardware.terminal.zvt import build
from hardware.terminal.zvt.bmp_table import CONTAINER
from hardware.terminal.zvt.commands import COMPLETION
from hardware.terminal.zvt.flags import EnquiryService
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.simulator import answers
from hardware.terminal.zvt.simulator.accidents import STATES
from hardware.terminal.zvt.simulator.dialogue import Dialogue
from hardware.terminal.zvt.simulator.registration import WrongCurrency, number_of, read_registration
from hardware.terminal.zvt.simulator.reporting import answer, complete

_WRONG_CURRENCY, _NOT_REGISTERED, _BUSY = 0x6F, 0x6B, 0x9C
_VERSION = b"SIM 1.0"
_DEVICE = b"TAPCHARG" + b"SIMULATOR-1.0.0.0"


async def register(dialogue: Dialogue, ask: Ask) -> None:
    """06 00: keep to what the register says of itself."""
    machine = dialogue.machine
    try:
        machine.registration = read_registration(dialogue.message, machine.setup.profile)
    except WrongCurrency:
        await dialogue.refuse(0x1E, _WRONG_CURRENCY)
        return
    await dialogue.accept()
    known = machine.registration
    currency = [build.digits(0x49, number_of(known.currency))] if known.currency else []
    charset = [each for each in dialogue.message.objects(0x14) if known.tlv]
    tlv = [build.container(*charset)] if any(bmp.tag == CONTAINER for bmp in dialogue.message.bmps) else []
    terminal_id = build.digits(0x29, machine.device.settings.terminal_id)
    await complete(dialogue, answers.completion(build.byte(0x19, 0), terminal_id, *currency, *tlv))


async def log_off(dialogue: Dialogue, ask: Ask) -> None:
    """06 02: forget it."""
    dialogue.machine.registration = None
    await dialogue.accept()


async def status(dialogue: Dialogue, ask: Ask) -> None:
    """05 01: how the terminal is; disturbs nothing."""
    state = STATES.get(dialogue.fault.kind) if dialogue.fault else None
    if state is None and dialogue.kind == Kind.LOGGED_OUT:
        state = _NOT_REGISTERED
    if state is None:
        state = _BUSY if dialogue.machine.device.terminal.doing is not None else 0
    service = EnquiryService(dialogue.message.number(0x03) or 0)
    version = () if EnquiryService.NO_VERSION in service else (("sw_version", _VERSION),)
    await dialogue.accept()
    await answer(dialogue, Message(COMPLETION, (*version, ("terminal_status", bytes([state])))))


async def maintain(dialogue: Dialogue, ask: Ask) -> None:
    """06 70, 06 79, 06 91, 06 93: done at once."""
    await dialogue.status(0x0E)
    await complete(dialogue, answers.completion())


async def set_terminal_id(dialogue: Dialogue, ask: Ask) -> None:
    """06 1B: only with an empty turnover memory, and then it keeps the one it has."""
    emptied = not dialogue.machine.turnover.open_receipts() and not dialogue.machine.turnover.since_closing()
    await complete(dialogue, answers.completion() if emptied else answers.aborted(0xB5))


async def acknowledge(dialogue: Dialogue, ask: Ask) -> None:
    """06 C5, 06 E0: there is nothing more to say."""
    await dialogue.accept()


async def system_information(dialogue: Dialogue, ask: Ask) -> None:
    """0F A1 of Feig: device, version, terminal and temperature in fixed width."""
    terminal_id = dialogue.machine.device.settings.terminal_id.encode()
    await complete(dialogue, Message(COMPLETION, rest=_DEVICE + terminal_id + b"21.0"))
