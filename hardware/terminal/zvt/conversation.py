"""Holds one dialogue at a time with the terminal over its line, and registers where that is due.

A refusal is never sent again from here: it ends as it is once what caused it was mended as far as we can, and the
caller tries again when it suits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from hardware.terminal.interface import NotSent, OutcomeUnknown, TerminalError, Trace
from hardware.terminal.zvt import codes, requests, verdict
from hardware.terminal.zvt.dialogue import (
    ABORT,
    Broken,
    Completed,
    Dialogue,
    Display,
    Ends,
    Event,
    Limits,
    Printed,
    Refused,
    Result,
    answer_to,
)
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.explain import trace as explained
from hardware.terminal.zvt.link import Link
from hardware.terminal.zvt.message import Message, decode
from hardware.terminal.zvt.profile import Profile
from hardware.terminal.zvt.receipts import Gatherer
from hardware.terminal.zvt.sequence import TAG as SEQUENCE_ID
from hardware.terminal.zvt.sequence import Sequence
from hardware.terminal.zvt.verdict import Told

_SLICE = 0.1  # seconds after which a wish to abort is noticed
_MOST_STALE = 32  # messages left over from an earlier command
_REFUSES_TLV = (codes.CANNOT_PARSE, codes.UNSUPPORTED)


class Running:
    """A dialogue under way, and what came of it so far."""

    def __init__(self, dialogue: Dialogue, charset: str) -> None:
        self.dialogue = dialogue
        self.display: Message | None = None
        self._results: list[Message] = []
        self._receipts = Gatherer(charset)

    def take(self, events: list[Event]) -> None:
        """Keep what happened."""
        for event in events:
            if isinstance(event, Display):
                self.display = event.message
            elif isinstance(event, Result):
                self._results.append(event.message)
            elif isinstance(event, Printed):
                self._receipts.take(event.message)

    def told(self) -> Told:
        """What the terminal said, now that it is over."""
        end = self.dialogue.end
        assert end is not None
        return Told(end, tuple(self._results), self._receipts.receipts(), self.dialogue.aborting)


class Conversation:
    """What every verb of one terminal shares: line, lock, registration. Waits are in seconds of ``clock``."""

    def __init__(
        self, link: Link, profile: Profile, trace: Trace | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.profile = profile
        self.clock = clock
        self.tlv = profile.tlv  # until the terminal refuses it
        self.terminal_id = ""
        self.running: Running | None = None
        self._link = link
        self._trace = trace
        self._lock = threading.Lock()
        self._registered = False
        self._sequence: Sequence | None = None

    def ask(self, build: Callable[[bool], Message], *, ends: Ends = Ends.COMPLETION, answer: float = 0.0) -> Told:
        """Register if that is due, and hold one dialogue; ``build`` is told whether TLV may be sent.

        ``answer`` is a time limit of the command's own, which comes on top of T3. Raises NotSent for what was provably
        not begun, OutcomeUnknown for what has no end that can be trusted.
        """
        with self._alone():
            if not self._registered:
                self._register()
            told = self._hold(_built(build, self.tlv), ends, self._limits(answer))
            try:
                verdict.check_begun(told)
            except codes.Unbegun as refusal:
                self._mend(refusal.code)
                raise
            return told

    def register(self) -> None:
        """06 00, whether it is due or not."""
        with self._alone():
            self._register()

    def log_off(self) -> None:
        """06 02. The next command registers first."""
        with self._alone():
            told = self._hold(Message(requests.LOG_OFF), Ends.ACCEPTANCE, self._limits(0.0))
            self._registered = False
        verdict.check_begun(told)

    def abort(self) -> None:
        """06 B0: to the dialogue under way, or else by itself. Raises NotSent or OutcomeUnknown where that is known."""
        running = self.running
        if running is not None:
            running.dialogue.abort()
            return
        with self._alone():
            told = self._hold(Message(ABORT), Ends.ACCEPTANCE, self._limits(0.0))
        verdict.check_begun(told)

    def close(self) -> None:
        """Give back the line."""
        self._link.close()

    def _register(self) -> None:
        """Raises like ``ask``. A terminal that cannot parse the container is asked once more, without it."""
        told = self._hold(_built(self._registration, self.tlv), Ends.COMPLETION, self._limits(0.0))
        if isinstance(told.end, Refused) and self.tlv and told.end.code in _REFUSES_TLV:
            self.tlv = False
            told = self._hold(_built(self._registration, self.tlv), Ends.COMPLETION, self._limits(0.0))
        verdict.check_begun(told)
        if not isinstance(told.end, Completed):
            raise codes.Unbegun(getattr(told.end, "code", codes.NOT_REGISTERED))
        message = told.end.message
        with suppress(ZvtError):
            self.terminal_id = message.digits(0x29) or self.terminal_id
        echoed = self.profile.sequence_ids and message.object_value(SEQUENCE_ID) is not None
        self._sequence = Sequence() if echoed else None
        self._registered = True

    def _registration(self, tlv: bool) -> Message:
        self._sequence = None
        return requests.registration(self.profile, tlv=tlv)

    def _mend(self, code: int) -> None:
        """A terminal that forgot us is told again who we are; whether that helped shows at the next command."""
        if code != codes.NOT_REGISTERED:
            return
        self._registered = False
        with suppress(NotSent, OutcomeUnknown):
            self._register()

    def _limits(self, answer: float) -> Limits:
        timers = self.profile.timers
        return Limits(timers.answer, timers.completion + answer, timers.hard + answer)

    def _hold(self, message: Message, ends: Ends, limits: Limits) -> Told:
        try:
            dialogue = Dialogue(message, limits, ends=ends, sequence=self._sequence)
        except ZvtError as error:
            raise NotSent(str(error), reason="invalid_request") from None
        self._clear_the_line()
        self.running = running = Running(dialogue, self.profile.charset)
        try:
            self._exchange(running)
        finally:
            self.running = None
        if isinstance(dialogue.end, Broken):
            self._give_up(dialogue.end.reason)
            raise OutcomeUnknown("the terminal did not come to an end", reason=dialogue.end.reason)
        self._link.rest()
        return running.told()

    def _exchange(self, running: Running) -> None:
        dialogue = running.dialogue
        try:
            self._send(dialogue.apdu)
        except TerminalError as error:
            self._give_up(str(error))
            raise
        running.take(dialogue.sent(self.clock()))
        while not dialogue.over:
            try:
                apdu = self._link.receive(min(_SLICE, max(0.0, dialogue.deadline - self.clock())))
            except OutcomeUnknown as error:
                running.take(dialogue.lost(error.reason))
                return
            if apdu is not None:
                self._tell_apdu("<", apdu, dialogue.command.command)
                running.take(dialogue.heard(apdu, self.clock()))
            running.take(dialogue.tick(self.clock()))
            self._say(running)

    def _say(self, running: Running) -> None:
        """Send our answers. What the terminal ended before one of them failed to arrive has ended all the same."""
        for apdu in running.dialogue.output():
            is_abort = apdu[:2] == ABORT.to_bytes(2, "big")
            try:
                self._send(apdu)
            except TerminalError as error:
                if is_abort:
                    running.dialogue.abort_failed()
                    continue
                running.take(running.dialogue.lost(error.reason))
                self._give_up(str(error))
                return

    def _give_up(self, why: str) -> None:
        """After a break the line is opened anew, and whoever is there then is told who we are."""
        self._tell(f"! {why}")
        self._link.close()
        self._registered = False

    def _clear_the_line(self) -> None:
        """Answer what is left over from an earlier command: a terminal waits for that, and stays busy without."""
        with suppress(TerminalError):
            for _ in range(_MOST_STALE):
                apdu = self._link.receive(0)
                if apdu is None:
                    return
                self._tell_apdu("<", apdu, None)
                answer = answer_to(apdu)
                if answer is not None:
                    self._send(answer)

    def _send(self, apdu: bytes) -> None:
        self._tell_apdu(">", apdu, None)
        self._link.send(apdu)

    def _tell_apdu(self, direction: str, apdu: bytes, sent: int | None) -> None:
        if self._trace is None:
            return
        try:
            self._tell(f"{direction} {explained(decode(apdu, sent=sent), charset=self.profile.charset)}")
        except ZvtError:
            self._tell(f"{direction} ({len(apdu)} bytes that cannot be read)")

    def _tell(self, line: str) -> None:
        if self._trace is not None:
            self._trace(line)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """A short question of another thread is waited for, a long one is not."""
        if not self._lock.acquire(timeout=self.profile.timers.answer):
            raise NotSent("the terminal is being asked something else", reason="busy")
        try:
            yield
        finally:
            self._lock.release()


def _built(build: Callable[[bool], Message], tlv: bool) -> Message:
    try:
        return build(tlv)
    except ValueError as error:
        raise NotSent(str(error), reason="invalid_request") from None
