"""How the terminal is, asked seldom: GetStatus is for a first check, not for constant polling (reference: 4.7, 5.2)."""

from __future__ import annotations

from collections.abc import Callable

from hardware.terminal.interface import NotSent, Readiness, Status, TerminalError
from hardware.terminal.opi import values
from hardware.terminal.opi.asking import Asking
from hardware.terminal.opi.verdict import Heard
from hardware.terminal.opi.words import CIRCUITS, STATUS, Kind, Meaning, normalise

_NOT_ANSWERED = frozenset({"refused", "connect_timeout", "timeout", "connection_lost"})


class Health:
    """Asks, and remembers a good answer for as long as the profile says."""

    def __init__(self, asking: Asking, clock: Callable[[], float]) -> None:
        self._asking = asking
        self._clock = clock
        self._ready: tuple[float, Status] | None = None
        self._circuits_due = False

    def doubt(self) -> None:
        """Forget the last answer: after a recovery the terminal must list its card circuits before it is ready."""
        self._ready, self._circuits_due = None, True

    def status(self) -> Status:
        """Return the status; while this process is served, and shortly after a good answer, without asking."""
        if self._asking.running:
            return Status(Readiness.BUSY, detail="serving")
        if self._ready and self._clock() - self._ready[0] < self._asking.profile.timers.status_interval:
            return self._ready[1]
        status = self.ask()
        self._ready = (self._clock(), status) if status.readiness is Readiness.READY else None
        return status

    def ask(self) -> Status:
        """Ask now. Never raises."""
        try:
            heard = self._question(STATUS)
            status = self._read(heard)
            if status.readiness is Readiness.READY and self._circuits_due:
                if self._question(CIRCUITS).meaning(self._asking.profile) is not Meaning.APPROVED:
                    return Status(Readiness.ATTENTION, detail="no card circuits", terminal_id=status.terminal_id)
                self._circuits_due = False
            return status
        except NotSent as error:
            if error.reason == Meaning.BUSY:
                return Status(Readiness.BUSY, detail=error.reason)
            self._asking.mend(error.reason)
            return _failed(error)
        except TerminalError as error:
            return _failed(error)

    def _question(self, request_type: str) -> Heard:
        return self._asking.beside(self._asking.request(Kind.SERVICE, request_type), self._asking.profile.timers.status)

    def _read(self, heard: Heard) -> Status:
        """Reduce an answer; a state we do not know keeps the kiosk closed, and is shown."""
        mapping, told = self._asking.profile.mapping, heard.response.values
        word = told.state or heard.response.result
        detail = " ".join(filter(None, (values.short(word), values.short(told.sub_state))))
        if _is_one_of(told.state, mapping.busy_states):
            readiness = Readiness.BUSY
        elif heard.meaning(self._asking.profile) is Meaning.APPROVED and (
            not told.state or _is_one_of(told.state, mapping.ready_states)
        ):
            readiness = Readiness.READY
        else:
            readiness = Readiness.ATTENTION
            if _is_one_of(told.state, mapping.reprint_states):
                self._asking.mend(Meaning.REPRINT_REQUIRED)
            elif _is_one_of(told.state, mapping.logged_out_states):
                self._asking.mend(Meaning.LOGGED_OUT)
        return Status(readiness, detail=detail, terminal_id=values.short(told.terminal_id))


def _is_one_of(word: str, states: tuple[str, ...]) -> bool:
    return normalise(word) in {normalise(each) for each in states}


def _failed(error: TerminalError) -> Status:
    readiness = Readiness.UNREACHABLE if error.reason in _NOT_ANSWERED else Readiness.ATTENTION
    return Status(readiness, detail=error.reason)
