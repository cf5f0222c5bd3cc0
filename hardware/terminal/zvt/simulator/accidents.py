"""The faults of a ZVT line, besides those of every wire."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from hardware.terminal.simulator.faults import Kind


class ZvtKind(StrEnum):
    """What can happen on any ZVT line."""

    SILENCE = "silence"  # an update: nothing is answered for "seconds", to nobody
    MODULE_SILENT = "module_silent"  # 84 1E 01 7D, as a CCV IM30 says after an update
    END_OF_DAY_DUE = "end_of_day_due"  # F0
    INITIALISATION_DUE = "initialisation_due"  # 51
    NO_ACKNOWLEDGEMENT = "no_acknowledgement"  # no 80 00; the work goes on
    HALF_OPEN = "half_open"  # dead after 04 0F, and the line seems to stand
    NO_COMPLETION = "no_completion"  # the procedure's last message never comes
    WRONG_PIN_FIRST = "wrong_pin_first"  # two 04 0F: a wrong PIN, then the result
    OTHER_RECEIPT = "other_receipt"  # 04 0F is about another receipt
    UNKNOWN_BMP = "unknown_bmp"  # at the end of 04 0F
    UNKNOWN_TAG = "unknown_tag"  # in front of the others
    LINE_TAIL = "line_tail"  # 06 04 1F07 behind each print line
    NO_LAST_LINE = "no_last_line"  # no print attribute closes the receipt
    SPLIT = "split"  # into single bytes
    GLUED = "glued"  # TCP: 80 00 and what follows, in one
    NAK = "nak"  # serial: every try refused; "after": only the first
    ACK_LOST = "ack_lost"  # serial: taken, and no ACK; so the next four
    ACK_LATE = "ack_late"  # by "seconds"
    ACK_GARBLED = "ack_garbled"
    WRONG_CHECKSUM = "wrong_checksum"  # of the terminal's next block, once


_SERIAL_ONLY = (ZvtKind.NAK, ZvtKind.ACK_LOST, ZvtKind.ACK_LATE, ZvtKind.ACK_GARBLED, ZvtKind.WRONG_CHECKSUM)
_TCP_ONLY = (ZvtKind.GLUED,)
#: ZVT has no request id to get wrong and no reprint to demand.
_SHARED = tuple(kind for kind in Kind if kind not in (Kind.OTHER_REQUEST_ID, Kind.REPRINT_REQUIRED))

TCP_KINDS: tuple[StrEnum, ...] = (*_SHARED, *(kind for kind in ZvtKind if kind not in _SERIAL_ONLY))
SERIAL_KINDS: tuple[StrEnum, ...] = (*_SHARED, *(kind for kind in ZvtKind if kind not in _TCP_ONLY))

SECONDS: Mapping[str, float] = {ZvtKind.SILENCE: 5.0, ZvtKind.ACK_LATE: 6.0}

#: The states in which a terminal takes no payment: what it says to a status enquiry, and ends anything else with.
STATES: Mapping[StrEnum, int] = {
    Kind.INOPERABLE: 0xDF,
    Kind.BUSY: 0x9C,
    ZvtKind.END_OF_DAY_DUE: 0xF0,
    ZvtKind.INITIALISATION_DUE: 0x51,
}
