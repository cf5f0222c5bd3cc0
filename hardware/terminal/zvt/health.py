"""How the terminal is, by 05 01, and what we can do about it: register, initialise, diagnose (reference: chapter 12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from hardware.terminal.interface import IN_USE, NotSent, OutcomeUnknown, Readiness, Status, TerminalError
from hardware.terminal.zvt import codes, requests
from hardware.terminal.zvt.conversation import Conversation
from hardware.terminal.zvt.dialogue import Aborted, Completed
from hardware.terminal.zvt.results import terminal_status_meaning
from hardware.terminal.zvt.verdict import Told

_READY, _INITIALISE, _CLOCK, _DIAGNOSE = 0x00, 0x51, 0x62, 0xC2
_CARD_INSIDE = (0xDC, 0xE1)  # ready, but for a card that somebody left
_EXTENDED_DIAGNOSIS = 2
_REMEDY_PAUSE = 600.0  # seconds before the same is tried again
_NO_LINE = frozenset({"refused", "timeout", "connection_lost", "connect_timeout", "garbage"})


class Health:
    """Asks, and mends what a terminal can be told to mend by itself."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._remedied_at = float("-inf")
        self._remedies: Mapping[int, Callable[[], object]] = {
            codes.NOT_REGISTERED: conversation.register,
            _INITIALISE: self.initialise,
            _CLOCK: self.diagnose,
            _DIAGNOSE: self.diagnose,
        }

    def status(self) -> Status:
        """How it is; while this process is served without asking. Never raises."""
        if self._conversation.running is not None:
            return Status(Readiness.BUSY, detail="serving", terminal_id=self._conversation.terminal_id)
        try:
            code = self.ask()
            if code in self._remedies and self._is_due():
                with suppress(NotSent, OutcomeUnknown):
                    self._remedies[code]()
                code = self.ask()
        except TerminalError as error:
            return self._failed(error)
        return self._read(code)

    def ask(self) -> int:
        """The terminal's status byte. Raises NotSent or OutcomeUnknown."""
        told = self._conversation.ask(lambda tlv: requests.status_enquiry(self._conversation.profile))
        if isinstance(told.end, Aborted):
            return told.end.code
        assert isinstance(told.end, Completed)
        return (told.end.message.position("terminal_status") or bytes([_READY]))[0]

    def initialise(self) -> None:
        """06 93. Raises NotSent or OutcomeUnknown, as the others."""
        profile = self._conversation.profile
        self._conversation.ask(lambda tlv: requests.with_password(requests.INITIALISATION, profile))

    def diagnose(self, kind: int = _EXTENDED_DIAGNOSIS) -> Told:
        """06 70: 1 line, 2 extended, 3 configuration, 4 EMV configuration."""
        return self._conversation.ask(lambda tlv: requests.diagnosis(kind, tlv=tlv))

    def _is_due(self) -> bool:
        now = self._conversation.clock()
        due = now - self._remedied_at >= _REMEDY_PAUSE
        if due:
            self._remedied_at = now
        return due

    def _read(self, code: int) -> Status:
        if code == _READY or code in _CARD_INSIDE:
            readiness = Readiness.READY
        else:
            readiness = Readiness.BUSY if code == codes.BUSY else Readiness.ATTENTION
        detail = "" if code == _READY else f"{code:02X} {terminal_status_meaning(code)}"
        wants_closing = code == codes.CLOSING_NEEDED
        return Status(readiness, detail, self._conversation.terminal_id, wants_closing)

    def _failed(self, error: TerminalError) -> Status:
        if error.reason in ("busy", IN_USE):
            return Status(Readiness.BUSY, detail=error.reason, terminal_id=self._conversation.terminal_id)
        readiness = Readiness.UNREACHABLE if error.reason in _NO_LINE else Readiness.ATTENTION
        return Status(readiness, detail=error.reason, terminal_id=self._conversation.terminal_id)
