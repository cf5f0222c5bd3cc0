"""The faults of ZVT's own, and how a verb may end in them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from hardware.terminal.interface import Outcome
from hardware.terminal.zvt.simulator.accidents import ZvtKind
from tests.hardware.terminal.contract.cases import DONE, NOT_SENT, NOTHING, Case

_APPROVED = frozenset({Outcome.APPROVED})
_REFUSED = frozenset({NOT_SENT})

_ALL = (
    Case(ZvtKind.SILENCE, NOTHING, {"seconds": 0.3}, impatient=True),
    Case(ZvtKind.MODULE_SILENT, _REFUSED),
    Case(ZvtKind.END_OF_DAY_DUE, _REFUSED),
    Case(ZvtKind.INITIALISATION_DUE, _REFUSED),
    Case(ZvtKind.NO_ACKNOWLEDGEMENT, DONE, impatient=True),
    Case(ZvtKind.HALF_OPEN, DONE, impatient=True),
    Case(ZvtKind.NO_COMPLETION, DONE, impatient=True),
    *(
        Case(each, _APPROVED)
        for each in (
            *(ZvtKind.WRONG_PIN_FIRST, ZvtKind.UNKNOWN_BMP, ZvtKind.UNKNOWN_TAG),
            *(ZvtKind.LINE_TAIL, ZvtKind.NO_LAST_LINE, ZvtKind.SPLIT, ZvtKind.GLUED),
            *(ZvtKind.ACK_GARBLED, ZvtKind.WRONG_CHECKSUM),
        )
    ),
    Case(ZvtKind.NAK, _REFUSED),
    Case(ZvtKind.NAK, _APPROVED, {"after": True}),
    Case(ZvtKind.ACK_LOST, DONE, impatient=True),
    Case(ZvtKind.ACK_LATE, _APPROVED, {"seconds": 0.05}),
)

#: What the driver's own tests show: of an authorisation nobody can tell that its receipt number is another one's.
_ELSEWHERE = frozenset({ZvtKind.OTHER_RECEIPT})


def own_cases(kinds: Sequence[str]) -> tuple[Case, ...]:
    """Those that a line plays."""
    return tuple(case for case in _ALL if case.fault in kinds)


def contract_kinds(kinds: Sequence[StrEnum]) -> tuple[StrEnum, ...]:
    """What of a line's faults the contract is about."""
    return tuple(each for each in kinds if each not in _ELSEWHERE)
