"""What a refusal leads to: the codes of 84 xx, 06 1E and BMP 27, as far as they decide anything.

What they say in words is in ``results``. Source: zvt.md, chapter 12.
"""

from __future__ import annotations

from collections.abc import Mapping

from hardware.terminal.interface import NotSent
from hardware.terminal.zvt.results import result_meaning

CANCELLED = 0x6C  # the time limit or the stop key: the number does not tell which
UNSUPPORTED = 0x83
PENDING = 0xB8  # also the answer that lists pre-authorisations
NOT_REGISTERED = 0x6B
BUSY = 0x9C
CANNOT_PARSE = 0x9A
CLOSING_NEEDED = 0xF0

#: The terminal is not fit to begin anything: nothing was done, and it may be asked again when it is. Some of these are
#: also results of the host; those come with a status information.
NOT_STARTED: Mapping[int, str] = {
    NOT_REGISTERED: "unregistered",
    BUSY: "busy",
    0x51: "initialisation_needed",
    0x6A: "memory_full",
    0x7D: "module_silent",
    0xB1: "memory_full",
    0xB2: "journal_full",
    0xC2: "diagnosis_needed",
    0xDF: "blocked",
    0xE0: "maintenance",
    0xE4: "activation_needed",
    CLOSING_NEEDED: "end_of_day_needed",
    0xFC: "device_missing",
}


class Unbegun(NotSent):
    """The terminal said that it does not begin; ``code`` is why."""

    def __init__(self, code: int) -> None:
        super().__init__(
            f"the terminal did not start: {code:02X}, {result_meaning(code)}",
            reason=NOT_STARTED.get(code, f"refused_{code:02x}"),
        )
        self.code = code


#: Words by which terminals tell the stop key from the time limit in their own text, which not all of them send.
_CANCEL_WORDS = ("cancel", "abbruch durch kunde", "stop", "storno", "annul", "geannuleerd")


def tells_cancel(text: str) -> bool:
    """Whether the terminal's own text says that the cardholder gave up."""
    return any(each in text.lower() for each in _CANCEL_WORDS)
