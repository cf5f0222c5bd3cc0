"""How the terminal is, as far as CCV's cloud tells: by what is under way there."""

from __future__ import annotations

import time
from collections.abc import Callable

from hardware.terminal.ccv.conversation import Conversation
from hardware.terminal.ccv.keys import Access
from hardware.terminal.ccv.profile import Profile
from hardware.terminal.ccv.transactions import Transaction
from hardware.terminal.interface import NotSent, Readiness, Status, TerminalError

_NEVER = float("-inf")


class Watch:
    """Looks no more often than the profile's intervals allow, because every kiosk of a merchant asks the same cloud.

    The API has no status call (chapter 2.11): a terminal without power is noticed by the first payment that fails.
    """

    def __init__(
        self,
        conversation: Conversation,
        profile: Profile,
        terminal_id: str,
        access: Access,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conversation = conversation
        self._timers = profile.timers
        self._terminal_id = terminal_id
        self._word = f"{access.key} key, {access.host} host"
        self._clock = clock
        self._ready_at = self._text_at = _NEVER
        self._text = ""

    def under_way(self) -> list[Transaction]:
        """Return what waits at this terminal. Raises NotSent or OutcomeUnknown."""
        pending = self._conversation.search(method="terminal", status="pending")
        return [each for each in pending if each.terminal_id == self._terminal_id]

    def status(self, *, busy: bool) -> Status:
        """Return how it is; ``busy`` when this process knows that something is under way. Never raises."""
        if not busy and self._clock() - self._ready_at < self._timers.status_interval:
            return Status(Readiness.READY, self._word, self._terminal_id)
        try:
            busy = busy or bool(self.under_way())
        except TerminalError as error:
            self._ready_at = _NEVER
            return Status(_readiness(error), f"{error.reason} ({self._word})", self._terminal_id)
        self._ready_at = _NEVER if busy else self._clock()
        return Status(Readiness.BUSY if busy else Readiness.READY, self._word, self._terminal_id)

    def text(self) -> str:
        """Return what the terminal shows, or an empty text. Never raises."""
        if self._clock() - self._text_at >= self._timers.display_interval:
            self._text_at = self._clock()
            try:
                self._text = next((each.text for each in self.under_way() if each.text), "")
            except TerminalError:
                self._text = ""
        return self._text


def _readiness(error: TerminalError) -> Readiness:
    """Unreachable where nobody answered; where somebody did, a person must look."""
    silent = isinstance(error, NotSent) and not error.reason.startswith("http_")
    silent = silent or error.reason in ("timeout", "connection_lost")
    return Readiness.UNREACHABLE if silent else Readiness.ATTENTION
