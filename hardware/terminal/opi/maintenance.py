"""Service requests for the technician: they move no money (reference: chapters 4.2 and 4.5)."""

from __future__ import annotations

from dataclasses import dataclass, field

from hardware.terminal.interface import Receipts
from hardware.terminal.opi import values
from hardware.terminal.opi.asking import Asking
from hardware.terminal.opi.dialogue import Limits
from hardware.terminal.opi.verdict import Heard
from hardware.terminal.opi.words import CIRCUITS, INFO, TRANSMIT, Kind, Meaning


@dataclass(frozen=True, slots=True)
class Served:
    """How a service request ended: the terminal's word, and what it printed."""

    done: bool
    word: str
    terminal_id: str = ""
    receipts: Receipts = field(default_factory=Receipts)


class Maintenance:
    """Every method blocks until the terminal has answered, and raises NotSent or OutcomeUnknown when it does not."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def info(self) -> Served:
        """Ask what the terminal is."""
        return self._serve(INFO)

    def card_circuits(self) -> Served:
        """Ask which cards it takes: it is ready for payments when that succeeds."""
        return self._serve(CIRCUITS)

    def activate(self) -> Served:
        """Activate it, or log in to it where the profile says so."""
        return self._serve(self._asking.profile.mapping.request_types.activate)

    def transmit(self) -> Served:
        """Have stored transactions sent to the acquirer."""
        return self._serve(TRANSMIT, patient=True)

    def _serve(self, request_type: str, *, patient: bool = False) -> Served:
        timers = self._asking.profile.timers
        limits = Limits(timers.idle, timers.hard) if patient else None
        return self._served(self._asking.housekeeping(Kind.SERVICE, request_type, limits))

    def _served(self, heard: Heard) -> Served:
        return Served(
            done=heard.meaning(self._asking.profile) is Meaning.APPROVED,
            word=values.short(heard.response.result),
            terminal_id=values.short(heard.response.values.terminal_id),
            receipts=heard.receipts,
        )
