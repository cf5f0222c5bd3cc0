"""The rules of a serial ZVT line: ACK, NAK, three tries, and every block handed up once. Bytes in, events and bytes out.

No I/O and no clock: whoever owns the port hands in bytes and times, writes ``output()`` and calls ``tick`` when
``next_deadline`` has come. Source: zvt.md, section 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.serial_frame import ACK, NAK, frame, unframe
from hardware.terminal.zvt.serial_receiver import Answered, Block, Found, Receiver


@dataclass(frozen=True, slots=True)
class Timing:
    """``t1``: the longest gap between two bytes of a block; ``t2``: the longest wait for ACK or NAK; in seconds."""

    t1: float = 0.2
    t2: float = 5.0
    tries: int = 3


@dataclass(frozen=True, slots=True, repr=False)
class Received:
    """An APDU from the other side; it has been acknowledged."""

    apdu: bytes


@dataclass(frozen=True, slots=True)
class Delivered:
    """Our block arrived intact."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Every try failed. ``refused``: each was answered with NAK, so the other side provably never accepted it."""

    refused: bool


Event = Received | Delivered | Undelivered


class SerialLink:
    """One end of a serial line; terminals and registers follow the same rules. At most one block is under way."""

    def __init__(self, timing: Timing | None = None) -> None:
        self.timing = timing or Timing()
        self._receiver = Receiver(self.timing.t1)
        self._output = bytearray()
        self._sending: bytes | None = None
        self._tries = 0
        self._all_refused = True
        self._answer_by = 0.0
        self._handed_up: bytes | None = None  # since then we got nothing across: the same block again is a repetition

    @property
    def is_sending(self) -> bool:
        """Whether our block still waits for its ACK."""
        return self._sending is not None

    @property
    def next_deadline(self) -> float | None:
        """When ``tick`` is due, None while nothing is waited for."""
        times = [self._receiver.deadline, self._answer_by if self.is_sending else None]
        return min((each for each in times if each is not None), default=None)

    def send(self, apdu: bytes, now: float) -> None:
        """Begin to send. Raises ZvtError while another block is under way."""
        if self.is_sending:
            raise ZvtError("a block is under way")
        self._sending = frame(apdu)
        self._tries, self._all_refused = 0, True
        self._try(now)

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Take bytes that arrived ``now``."""
        return self._events(self._receiver.receive(data, now), now)

    def tick(self, now: float) -> list[Event]:
        """Act on what did not come in time."""
        events = self._events(self._receiver.tick(now), now)
        if self.is_sending and now >= self._answer_by:
            self._all_refused = False
            events += self._again(now)
        return events

    def output(self) -> bytes:
        """What is to be written to the line now; it is handed out once."""
        output = bytes(self._output)
        self._output.clear()
        return output

    def reopened(self) -> None:
        """Begin anew on a fresh line. A block that was under way stays unanswered."""
        self._receiver.forget()
        self._output.clear()
        self._sending = None
        self._handed_up = None

    def _events(self, found: Iterable[Found], now: float) -> list[Event]:
        return [event for each in found for event in self._handle(each, now)]

    def _handle(self, found: Found, now: float) -> Iterator[Event]:
        match found:
            case Block(apdu):
                self._output.append(ACK)  # before anybody looks at what it says
                if apdu != self._handed_up:
                    if self._is_proof(apdu):
                        yield self._delivered()
                    self._handed_up = apdu
                    yield Received(apdu)
            case Answered(accepted):
                if accepted and self.is_sending:
                    yield self._delivered()
                elif self.is_sending:
                    yield from self._again(now)
            case _:
                self._output.append(NAK)

    def _is_proof(self, apdu: bytes) -> bool:
        """Whether the other side can only say this because our block arrived, though its ACK did not.

        Commands and answers alternate: an answer is to our command, and a new command comes after our answer to the one
        before. Sent again, ours would be taken for one more, since the other side got its own across in between. Two
        commands that cross, such as an abort and a result, prove nothing.
        """
        return self._sending is not None and _is_answer(apdu) != _is_answer(unframe(self._sending))

    def _delivered(self) -> Delivered:
        self._sending, self._handed_up = None, None
        return Delivered()

    def _again(self, now: float) -> list[Event]:
        if self._tries < self.timing.tries:
            self._try(now)
            return []
        self._sending = None
        return [Undelivered(refused=self._all_refused)]

    def _try(self, now: float) -> None:
        assert self._sending is not None
        self._tries += 1
        self._answer_by = now + self.timing.t2
        self._output += self._sending


def _is_answer(apdu: bytes) -> bool:
    return apdu[:1] in (b"\x80", b"\x84")
