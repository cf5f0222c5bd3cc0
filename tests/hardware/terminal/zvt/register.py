"""A cash register that knows nothing: it sends what it is told to and acknowledges what comes, over any line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hardware.terminal.zvt import build
from hardware.terminal.zvt.bmp import Bmp
from hardware.terminal.zvt.link import Link
from hardware.terminal.zvt.message import Message, decode

PATIENCE = 10.0  # seconds: a bound for what should happen at once

ACKNOWLEDGED = bytes.fromhex("800000")
PASSWORD = ("password", bytes(3))
#: Configuration: we print, line by line, and want intermediate status.
EVERYTHING = 0x8E
QUIET = 0x10
ENDS = (0x060F, 0x061E)


class Register:
    """One line to a terminal."""

    def __init__(self, link: Link) -> None:
        self.link = link

    def send(self, message: Message | bytes) -> None:
        self.link.send(message if isinstance(message, bytes) else message.encode())

    def hear(self, timeout: float = PATIENCE) -> bytes:
        apdu = self.link.receive(timeout)
        assert apdu is not None, "the terminal says nothing"
        return apdu

    def acknowledge(self) -> None:
        self.link.send(ACKNOWLEDGED)

    def begin(self, command: Message) -> None:
        """Send a command that is accepted."""
        self.send(command)
        assert self.hear() == ACKNOWLEDGED

    def follow(self, sent: int, *, ends: tuple[int, ...] = ENDS) -> Iterator[Message]:
        """What the terminal says, each thing acknowledged once the next one is asked for, to the end."""
        while True:
            message = decode(self.hear(), sent=sent)
            yield message
            self.acknowledge()
            if message.command in ends:
                return

    def ask(self, command: Message, *, ends: tuple[int, ...] = ENDS) -> list[Message]:
        """Carry a whole procedure out."""
        self.begin(command)
        return list(self.follow(command.command, ends=ends))

    def register(
        self, config: int = QUIET, *tlv: object, currency: bytes = b"\x09\x78", announce: bool = True
    ) -> Message:
        container = (build.container(*tlv),) if announce else ()  # type: ignore[arg-type]
        positions = (PASSWORD, ("config_byte", bytes([config])), ("cc", currency))
        (completion,) = self.ask(Message(0x0600, positions, container))
        return completion


Procedure = Callable[[], list[Message]]


def hold(amount: int = 4000, *more: Bmp) -> Message:
    """06 22."""
    return Message(0x0622, bmps=(build.amount(amount), build.byte(0x19, 0x40), *more))


def booking(command: int, receipt: str, amount: int | None = None, *more: Bmp) -> Message:
    """06 23, 06 24 or 06 25."""
    amounts = () if amount is None else (build.amount(amount),)
    return Message(command, bmps=(Bmp(0x87, bytes.fromhex(receipt)), *amounts, *more))


def status_of(messages: list[Message]) -> Message:
    """The last status information of a procedure."""
    return [each for each in messages if each.command == 0x040F][-1]


def code_of(messages: list[Message]) -> int | None:
    """The code that a procedure ended with; None for a completion."""
    value = messages[-1].position("result_code")
    return value[0] if value else None
