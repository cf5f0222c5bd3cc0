"""Asks one thing of the terminal at a time, and clears what keeps it from being asked (reference: chapter 4.7).

A refusal is never sent again from here: it ends as ``NotSent`` once what caused it was mended as far as we can, and the
caller tries again when it suits. After a refusal the terminal is left alone for a few seconds.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from hardware.terminal.interface import NotSent, OutcomeUnknown, TerminalError, Trace
from hardware.terminal.opi.dialogue import Dialogue, Limits
from hardware.terminal.opi.errors import OpiError
from hardware.terminal.opi.messages import Request, Response
from hardware.terminal.opi.profile import Profile
from hardware.terminal.opi.transport import WRITE, Transport
from hardware.terminal.opi.verdict import Heard, check_header
from hardware.terminal.opi.words import REPEAT, REPRINT, Kind, Meaning

_OWN_IDS = 9_999  # requests that move no money are numbered by ourselves, over and over


class Asking:
    """What driver and maintenance share. ``pause`` waits so many seconds; the clocks are handed in."""

    def __init__(
        self,
        transport: Transport,
        profile: Profile,
        trace: Trace | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], object] = lambda seconds: threading.Event().wait(seconds),
    ) -> None:
        self.profile = profile
        self.now = now
        self._transport = transport
        self._trace = trace
        self._clock = clock
        self._pause = pause
        self._rest_until = float("-inf")
        self._own_ids = itertools.cycle(range(1, _OWN_IDS + 1))
        self._lock = threading.Lock()
        self._running: Dialogue | None = None

    @property
    def running(self) -> Dialogue | None:
        """What the terminal does for this process now, beside aborts and status."""
        return self._running

    @property
    def longest_reprint(self) -> float:
        """Seconds after which ``reprint`` has ended."""
        timers = self.profile.timers
        return self.profile.reprint_tries * (timers.reprint_pause + timers.connect + timers.recovery + WRITE)

    def request(self, kind: Kind, request_type: str, request_id: str = "") -> Request:
        """Return a request with our header; without an id, one that moves no money."""
        return Request(
            kind=kind,
            request_type=request_type,
            request_id=request_id or str(next(self._own_ids)),
            workstation_id=self.profile.workstation_id,
            application_sender=self.profile.application_sender,
            pop_id=self.profile.pop_id,
            at=self.now().astimezone(self.profile.time_zone),
        )

    def dialogue(self, request: Request, limits: Limits) -> Dialogue:
        """Return the dialogue about ``request``. Raises NotSent when OPI cannot carry it."""
        try:
            return Dialogue(request, self.profile, limits, self._clock(), self._trace)
        except OpiError as error:
            raise NotSent(str(error), reason="invalid_request") from None

    def alone(self, dialogue: Dialogue) -> Heard:
        """Hold a dialogue with channel 1, and nothing else meanwhile. Raises NotSent or OutcomeUnknown."""
        self._pause_if_refused()
        with self._only(dialogue):
            response = self._transport.hold(dialogue, with_devices=True)
        return self._checked(dialogue, response)

    def beside(self, request: Request, limit: float) -> Heard:
        """Ask on a connection of its own, whatever else is going on. Raises NotSent or OutcomeUnknown."""
        dialogue = self.dialogue(request, Limits(limit, limit))
        return self._checked(dialogue, self._transport.hold(dialogue, with_devices=False))

    def housekeeping(self, kind: Kind, request_type: str, limits: Limits | None = None) -> Heard:
        """Ask for something that moves no money, alone."""
        limit = self.profile.timers.recovery
        limits = limits or Limits(limit, limit)
        return self.alone(self.dialogue(self.request(kind, request_type), limits))

    def reprint(self) -> Heard:
        """Have the last ticket delivered. Raises NotSent when the terminal stays busy, or as every question."""
        for _ in range(self.profile.reprint_tries):
            self._pause(self.profile.timers.reprint_pause)
            self._rest_until = float("-inf")
            try:
                return self.housekeeping(Kind.CARD, REPRINT)
            except NotSent as refusal:
                if refusal.reason != Meaning.BUSY:
                    raise
        raise NotSent("the terminal does not give its last ticket", reason=Meaning.BUSY)

    def mend(self, reason: str) -> None:
        """Clear what a refusal named, as far as that is up to us; whether it helped shows at the next request."""
        with suppress(NotSent, OutcomeUnknown):
            if reason == Meaning.REPRINT_REQUIRED:
                self.reprint()
            elif reason == Meaning.LOGGED_OUT:
                self._rest_until = float("-inf")
                self.housekeeping(Kind.SERVICE, self.profile.mapping.request_types.activate)

    def _checked(self, dialogue: Dialogue, response: Response) -> Heard:
        heard = Heard.of(dialogue, response)
        if dialogue.request.request_type == REPEAT and heard.meaning(self.profile) is not Meaning.BUSY:
            return heard  # its header may be the repeated one's: recovery.py reads it
        try:
            check_header(self.profile, dialogue.request, heard)
        except TerminalError as error:
            if isinstance(error, NotSent):
                self._rest_until = self._clock() + self.profile.timers.unavailable_pause
            raise
        return heard

    def _pause_if_refused(self) -> None:
        remaining = self._rest_until - self._clock()
        if remaining > 0:
            self._pause(remaining)

    @contextmanager
    def _only(self, dialogue: Dialogue) -> Iterator[None]:
        with self._lock:
            if self._running is not None:
                raise NotSent("the terminal is being asked something else", reason=Meaning.BUSY)
            self._running = dialogue
        try:
            yield
        finally:
            self._running = None
