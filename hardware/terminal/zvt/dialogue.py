"""One command to the terminal, and all that the terminal says until it is over. No I/O; the clock is handed in.

    QUEUED ── sent ──> SENT ── 80 00 ──> ACCEPTED ── 06 0F, 06 1E ──> OVER
                         └── 84 xx, or no answer for T3 ──> OVER <── nothing for T4

d = Dialogue(message, limits)   send d.apdu, then d.sent(now)
d.heard(apdu, now)              an APDU came; returns what happened
d.tick(now)                     when d.deadline has come, and now and then for an abort
d.output()                      APDUs to be sent now
d.lost()                        the line broke
d.over, d.end

While the terminal talks it is the master: each of its messages is answered at once, and all that we may say unasked
is 06 B0, abort. Source: zvt.md, chapters 4 and 8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from hardware.terminal.zvt import commands
from hardware.terminal.zvt.apdu import join
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.message import Message, decode
from hardware.terminal.zvt.sequence import Sequence

ABORT = 0x06B0
PRINT_BLOCK = 0x06D3

_ACKNOWLEDGED = join(commands.POSITIVE, b"")
_UNSUPPORTED = join(0x8483, b"")
_SET_CLOCK = 0x0401


class Ends(Enum):
    """What ends a command."""

    COMPLETION = auto()  # 06 0F or 06 1E
    STATUS = auto()  # the first 04 0F: read card
    ACCEPTANCE = auto()  # its 80 00


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: T3, T4, and a bound on the whole, however often the terminal asks for patience."""

    answer: float = 5.0
    completion: float = 180.0
    hard: float = 600.0


@dataclass(frozen=True, slots=True)
class Sent:
    """The command is on its way."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The terminal works on it."""

    message: Message


@dataclass(frozen=True, slots=True)
class Display:
    """An intermediate status, 04 FF."""

    message: Message


@dataclass(frozen=True, slots=True)
class Printed:
    """A line or a block of a receipt."""

    message: Message


@dataclass(frozen=True, slots=True)
class Result:
    """A status information, 04 0F. Several may come."""

    message: Message


@dataclass(frozen=True, slots=True)
class Completed:
    """The end, by the message that ends such a command."""

    message: Message


@dataclass(frozen=True, slots=True)
class Aborted:
    """The end by 06 1E."""

    code: int
    message: Message


@dataclass(frozen=True, slots=True)
class Refused:
    """The terminal did not begin: 84 xx; of 84 1E the code is in the data."""

    code: int
    message: Message


@dataclass(frozen=True, slots=True)
class Broken:
    """No end that can be trusted. ``accepted``: whether the terminal had begun for certain."""

    accepted: bool
    reason: str


End = Completed | Aborted | Refused | Broken
Event = Sent | Accepted | Display | Printed | Result | End


class _State(Enum):
    QUEUED = auto()
    SENT = auto()
    ACCEPTED = auto()
    OVER = auto()


class Dialogue:
    """See the module. Not thread-safe but for ``abort``, which any thread may call."""

    def __init__(
        self, command: Message, limits: Limits, *, ends: Ends = Ends.COMPLETION, sequence: Sequence | None = None
    ) -> None:
        """Raises ZvtError for a command that cannot be written."""
        self.command = command
        self.end: End | None = None
        self.aborting = False  # our abort was sent, and was not refused
        self._sequence = sequence
        self.apdu = (sequence.ours(command) if sequence else command).encode()
        self._limits = limits
        self._ends = ends
        self._state = _State.QUEUED
        self._output: list[bytes] = []
        self._deadline = self._hard_deadline = float("inf")
        self._patience = limits.completion
        self._abort_wanted = self._abort_sent = self._giving_up = False
        self._handlers: Mapping[int, Callable[[Message], list[Event]]] = {
            commands.STATUS_INFORMATION: self._status_information,
            commands.COMPLETION: lambda message: self._over(Completed(message)),
            commands.ABORTED: lambda message: self._over(Aborted(_code(message), message)),
            commands.PRINT_LINE: lambda message: [Printed(message)],
            PRINT_BLOCK: lambda message: [Printed(message)],
            _SET_CLOCK: lambda message: [],
        }

    @property
    def over(self) -> bool:
        """Whether there is nothing more to be heard."""
        return self._state is _State.OVER

    @property
    def deadline(self) -> float:
        """When ``tick`` is due."""
        return min(self._deadline, self._hard_deadline)

    def output(self) -> list[bytes]:
        """APDUs to be sent, in order; handed out once."""
        output, self._output = self._output, []
        return output

    def abort(self) -> None:
        """Ask for 06 B0, as soon as the terminal has accepted the command."""
        self._abort_wanted = True

    def abort_failed(self) -> None:
        """Our abort did not get across; it may be asked for again."""
        self._abort_sent = self.aborting = False

    def sent(self, now: float) -> list[Event]:
        """The command is on its way."""
        self._state = _State.SENT
        self._deadline = now + self._limits.answer
        self._hard_deadline = now + self._limits.hard
        return [Sent()]

    def lost(self, reason: str = "connection_lost") -> list[Event]:
        """The line broke. What had ended before has ended."""
        return [] if self.over else self._over(Broken(self._state is _State.ACCEPTED, reason))

    def tick(self, now: float) -> list[Event]:
        """Act on a wish to abort, and on what did not come in time. Who waited too long for the end first asks for it."""
        accepted = self._state is _State.ACCEPTED
        if accepted and self._abort_wanted and not self._abort_sent:
            self._send_abort()
        if self.over or now < self.deadline:
            return []
        if accepted and not self._abort_sent and not self._giving_up:
            self._giving_up = True  # whether the abort gets across or not
            self._send_abort()
            self._deadline = self._hard_deadline = now + self._limits.answer
            return []
        return self._over(Broken(accepted, "timeout"))

    def heard(self, apdu: bytes, now: float) -> list[Event]:
        """An APDU from the terminal."""
        if self.over:
            return []
        try:
            message = decode(apdu, sent=self.command.command)
        except ZvtError:
            return self._over(Broken(self._state is _State.ACCEPTED, "garbled"))
        if message.command >> 8 in (0x80, 0x84):
            return self._answered(message, now)
        repeated = self._sequence is not None and self._sequence.repeats(message)
        self._answer(message)
        if repeated:
            return []
        if message.command == commands.INTERMEDIATE_STATUS:
            return self._intermediate_status(message, now)
        if self._state is not _State.ACCEPTED or message.command not in self._handlers:
            return []  # before its 80 00: what is left over from an earlier command says nothing about this one
        if message.command == commands.STATUS_INFORMATION:
            self._restart(now)
        return self._handlers[message.command](message)

    def _answered(self, message: Message, now: float) -> list[Event]:
        positive = message.command in (commands.POSITIVE, 0x8400)
        if self._state is _State.ACCEPTED:
            if not positive and self.aborting:  # 84 83: too late, the host was called already
                self._abort_wanted, self._abort_sent, self.aborting = False, False, False
            return []
        if not positive:
            return self._over(Refused(_refusal(message), message))
        self._state = _State.ACCEPTED
        self._restart(now)
        if self._ends is Ends.ACCEPTANCE:
            return [Accepted(message), *self._over(Completed(message))]
        return [Accepted(message)]

    def _intermediate_status(self, message: Message, now: float) -> list[Event]:
        minutes = (message.position("timeout") or b"\0").hex()
        if minutes.isdecimal() and int(minutes):
            self._patience = int(minutes) * 60.0
        if self._state is _State.ACCEPTED:
            self._restart(now)
        else:
            self._deadline = now + self._limits.answer  # card complete talks before its 80 00
        return [Display(message)]

    def _status_information(self, message: Message) -> list[Event]:
        done = self._over(Completed(message)) if self._ends is Ends.STATUS else []
        return [Result(message), *done]

    def _answer(self, message: Message) -> None:
        known = message.command in self._handlers or message.command == commands.INTERMEDIATE_STATUS
        answer = _ACKNOWLEDGED if known else _UNSUPPORTED
        self._output.append(self._sequence.answer(answer, message) if self._sequence else answer)

    def _restart(self, now: float) -> None:
        self._deadline = now + self._patience

    def _send_abort(self) -> None:
        abort = Message(ABORT)
        self._output.append((self._sequence.ours(abort) if self._sequence else abort).encode())
        self._abort_sent = self.aborting = True

    def _over(self, end: End) -> list[Event]:
        self._state, self.end = _State.OVER, end
        return [end]


def answer_to(apdu: bytes) -> bytes | None:
    """What to say to something that comes while nothing is under way: the terminal waits for it. None: nothing."""
    return None if apdu[:1] in (b"\x80", b"\x84") else _ACKNOWLEDGED


def _code(message: Message) -> int:
    return (message.position("result_code") or b"\xff")[0]


def _refusal(message: Message) -> int:
    if message.command == commands.REFUSED_WITH_CODE:
        return (message.position("result_code") or b"\x1e")[0]
    return message.command & 0xFF
