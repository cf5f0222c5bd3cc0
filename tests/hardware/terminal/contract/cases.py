"""What every wire can suffer, and how a verb may end in it.

Where an answer is lost, a driver may leave the outcome unknown, or find out by itself and tell the truth. What it may
never do is tell anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hardware.terminal.interface import Outcome
from hardware.terminal.simulator.faults import Kind

NOT_SENT, UNKNOWN = "not_sent", "unknown"

#: The answer was lost: the bank did it, or did not.
DONE = frozenset({UNKNOWN, Outcome.APPROVED})
NOTHING = frozenset({UNKNOWN, NOT_SENT})


@dataclass(frozen=True)
class Case:
    """A fault as it is ordered, and the ``endings`` it allows: an Outcome, NOT_SENT or UNKNOWN."""

    fault: str
    endings: frozenset[str]
    order: Mapping[str, object] = field(default_factory=dict)
    #: It happens to the cardholder, so only where there is one.
    at_the_reader: bool = False
    #: The driver is opened with short timeouts, to run into them.
    impatient: bool = False

    def __str__(self) -> str:
        return "-".join([self.fault, *(f"{name}={value}" for name, value in self.order.items())])


def _only(ending: str) -> frozenset[str]:
    return frozenset({ending})


CASES = (
    Case(Kind.DECLINED, _only(Outcome.DECLINED), {"reason": "stolen card"}),
    Case(Kind.SLOW, _only(Outcome.APPROVED), {"seconds": 0.05}),
    Case(Kind.SLOW, DONE, {"seconds": 1.5}, impatient=True),
    Case(Kind.CUT_BEFORE_COMPLETE, NOTHING),
    Case(Kind.LOST_BEFORE, NOTHING),
    Case(Kind.LOST_ANSWER, DONE),
    Case(Kind.ANSWER_CUT, DONE),
    Case(Kind.ANSWERED_TWICE, _only(Outcome.APPROVED)),
    Case(Kind.OTHER_REQUEST_ID, DONE),
    Case(Kind.GARBLED, DONE),
    Case(Kind.BUSY, _only(NOT_SENT)),
    Case(Kind.REPRINT_REQUIRED, _only(NOT_SENT)),
    Case(Kind.LOGGED_OUT, _only(NOT_SENT)),
    Case(Kind.INOPERABLE, _only(NOT_SENT)),
    Case(Kind.CRASH, NOTHING, {"seconds": 0.05}),
    Case(Kind.CRASH, DONE, {"seconds": 0.05, "after": True}),
    Case(Kind.TEST_SYSTEM, _only(UNKNOWN)),
    Case(Kind.CONNECTION_REFUSED, _only(NOT_SENT), {"seconds": 0.4}),
    Case(Kind.APPROVED_LESS, _only(Outcome.APPROVED), {"amount": 1500}, at_the_reader=True),
    Case(Kind.CARDHOLDER_TIMEOUT, _only(Outcome.TIMED_OUT), at_the_reader=True),
    Case(Kind.CANCELLED, _only(Outcome.ABORTED), at_the_reader=True),
)
