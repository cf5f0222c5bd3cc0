"""The accidents that can be ordered, and the queue of those that are still to happen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hardware.terminal.simulator.ask import Operation


class Kind(StrEnum):
    """What can happen on every wire. A protocol plays those that make sense on its own, and may have more.

    The driver must tell which of them leave the outcome unknown.
    """

    DECLINED = "declined"  # the host says no; "reason"
    APPROVED_LESS = "approved_less"  # at most "amount" (minor units) is held
    CARDHOLDER_TIMEOUT = "cardholder_timeout"
    CANCELLED = "cancelled"
    SLOW = "slow"  # the work is done, its answer comes "seconds" later
    CONNECTION_REFUSED = "connection_refused"  # at once and for everything: nobody listens for "seconds"
    CUT_BEFORE_COMPLETE = "cut_before_complete"  # cut while the request is still being read
    LOST_BEFORE = "lost_before"  # request read, nothing done, connection cut
    LOST_ANSWER = "lost_answer"  # work done, connection cut
    ANSWERED_TWICE = "answered_twice"
    OTHER_REQUEST_ID = "other_request_id"
    GARBLED = "garbled"  # work done, its answer properly framed and not to be read
    ANSWER_CUT = "answer_cut"  # work done, connection cut in the middle of the answer
    BUSY = "busy"
    REPRINT_REQUIRED = "reprint_required"
    LOGGED_OUT = "logged_out"
    INOPERABLE = "inoperable"
    CRASH = "crash"  # "after": whether the work was done; back after "seconds" with nothing but the book
    TEST_SYSTEM = "test_system"  # receipts say that this is a test system (reference chapter 2.8)


#: How long each takes when nobody says otherwise.
_SECONDS: Mapping[str, float] = {Kind.SLOW: 5.0, Kind.CONNECTION_REFUSED: 5.0, Kind.CRASH: 2.0}


@dataclass(slots=True)
class Fault:
    """A fault that will happen to the next ``times`` operations of its kind."""

    operation: Operation
    kind: StrEnum
    times: int = 1
    reason: str = "do not honour"
    amount: int = 2000
    seconds: float = 0.0
    after: bool = False

    def as_json(self) -> dict[str, object]:
        """Return the fault as ``GET /sim/faults`` shows it."""
        return {
            "operation": self.operation,
            "fault": self.kind,
            "times": self.times,
            "reason": self.reason,
            "amount": self.amount,
            "seconds": self.seconds,
            "after": self.after,
        }


class Faults:
    """The faults that are still to happen, in the order they were asked for; and the ``kinds`` that may be.

    ``seconds`` says how long a protocol's own kinds take when nobody says otherwise.
    """

    def __init__(self, kinds: Sequence[StrEnum] = tuple(Kind), seconds: Mapping[str, float] | None = None) -> None:
        self.kinds = kinds
        self._seconds = {**_SECONDS, **(seconds or {})}
        self._waiting: list[Fault] = []

    def read(self, order: Mapping[str, object]) -> Fault:
        """Read an order as it is posted to ``/sim/faults``. Raises ValueError, listing what is possible."""
        unknown = set(order) - {"operation", "fault", "times", "reason", "amount", "seconds", "after"}
        if unknown:
            raise ValueError(
                f"unknown key {min(unknown)!r}; expected operation, fault, times, reason, amount, seconds, after"
            )
        kind = _one_of(self.kinds, "fault", order.get("fault"))
        return Fault(
            operation=Operation(_one_of(Operation, "operation", order.get("operation", Operation.ANY))),
            kind=kind,
            times=_whole("times", order.get("times", 1), lowest=1, highest=1000),
            reason=_text("reason", order.get("reason", "do not honour")),
            amount=_whole("amount", order.get("amount", 2000), lowest=1, highest=10_000_000),
            seconds=_seconds(order.get("seconds", self._seconds.get(kind, 0.0))),
            after=_switch("after", order.get("after", False)),
        )

    def add(self, fault: Fault) -> None:
        """Queue a fault."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all of them."""
        self._waiting.clear()

    def take(self, operation: Operation) -> Fault | None:
        """Return the fault that happens to this operation, and count it as used."""
        for fault in self._waiting:
            if fault.operation in (operation, Operation.ANY):
                fault.times -= 1
                if fault.times == 0:
                    self._waiting.remove(fault)
                return fault
        return None

    def as_json(self) -> list[dict[str, object]]:
        """Return what is still to happen."""
        return [fault.as_json() for fault in self._waiting]


def _one_of(words: Iterable[StrEnum], key: str, value: object) -> StrEnum:
    known = {str(each): each for each in words}
    if str(value) not in known:
        raise ValueError(f"unknown {key} {value!r}; expected one of {', '.join(known)}")
    return known[str(value)]


def _whole(key: str, value: object, *, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise ValueError(f"{key} must be a whole number from {lowest} to {highest}")
    return value


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 600:
        raise ValueError("seconds must be a number from 0 to 600")
    return float(value)


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > 100:
        raise ValueError(f"{key} must be a text of at most 100 characters")
    return value


def _switch(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{key} must be true or false")
    return value
