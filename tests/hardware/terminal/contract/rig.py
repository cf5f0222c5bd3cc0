"""A driver and its simulator at work: the verbs with amounts that fit each other, and the bank's book beside them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from uuid import uuid4

from moneyed import Money

from hardware.terminal.interface import (
    Capability,
    Handle,
    NotSent,
    Outcome,
    OutcomeUnknown,
    PaymentTerminal,
    Reason,
    Recovered,
    Result,
    TerminalError,
    Verb,
)
from tests.hardware.terminal.contract.cases import NOT_SENT, UNKNOWN
from tests.hardware.terminal.simulated import PATIENCE, Simulator
from tests.support.waiting import eventually

HOLD, TAKEN, BACK = Money("40.00", "EUR"), Money("18.40", "EUR"), Money("8.40", "EUR")
AMOUNTS = {Verb.AUTHORISE: HOLD, Verb.CAPTURE: TAKEN, Verb.RELEASE: HOLD, Verb.REFUND: BACK}


class Rig:
    """One visit at one terminal. Request ids count up; ``handle`` is that of the latest hold."""

    def __init__(self, simulator: Simulator, open_driver: Callable[..., PaymentTerminal]) -> None:
        self.simulator = simulator
        self.open_driver = open_driver
        self.terminal = open_driver()
        self.handle: Handle | None = None
        self.request_id = 0
        self._ids = count(700_001)

    def hold(self, amount: Money = HOLD, card: str = "visa-1", *, terminal: PaymentTerminal | None = None) -> Result:
        """Hold ``amount`` on ``card``, presented now; no name: one that was presented before."""
        if card:
            self.simulator.card(card)
        self.request_id = next(self._ids)
        result = (terminal or self.terminal).authorise(
            request_id=self.request_id, key=uuid4(), amount=amount, language="en"
        )
        self.handle = result.handle or self.handle
        return result

    def capture(self, amount: Money = TAKEN, *, terminal: PaymentTerminal | None = None) -> Result:
        """Take ``amount`` of the hold."""
        self.request_id = next(self._ids)
        return (terminal or self.terminal).capture(
            request_id=self.request_id, key=uuid4(), amount=amount, handle=self._held(), reason=Reason.NORMAL_END
        )

    def release(self, currency: str = "EUR", *, terminal: PaymentTerminal | None = None) -> Result:
        """Release the hold."""
        self.request_id = next(self._ids)
        return (terminal or self.terminal).release(
            request_id=self.request_id, key=uuid4(), currency=currency, handle=self._held(), reason=Reason.NO_ENERGY
        )

    def refund(self, amount: Money = BACK, *, terminal: PaymentTerminal | None = None) -> Result:
        """Give back ``amount`` of what was captured."""
        self.request_id = next(self._ids)
        return (terminal or self.terminal).refund(
            request_id=self.request_id, key=uuid4(), amount=amount, handle=self._held()
        )

    def ask(self, verb: Verb, *, terminal: PaymentTerminal | None = None, card: str = "visa-1") -> Result:
        """Carry out one money verb with its amount of ``AMOUNTS``; ``card`` is that of ``hold``."""
        work: dict[Verb, Callable[..., Result]] = {
            Verb.AUTHORISE: partial(self.hold, card=card),
            Verb.CAPTURE: self.capture,
            Verb.RELEASE: self.release,
            Verb.REFUND: self.refund,
        }
        return work[verb](terminal=terminal)

    def prepare(self, verb: Verb) -> None:
        """Bring the book to where ``verb`` makes sense."""
        if verb is not Verb.AUTHORISE:
            self.hold()
        if verb is Verb.REFUND:
            self.capture()

    def moved(self) -> list[tuple[str, int]]:
        """What the bank did, as kind and minor units; refusals left out."""
        eventually(self.simulator.is_up, what="the simulator is back")
        lines = self.simulator.book()
        return [(each["kind"], each["amount_minor"]) for each in lines if each["outcome"] == "approved"]

    def recovered(self, verb: Verb, request_id: int | None = None) -> Result | None:
        """What the terminal says became of the latest request, as soon as it can tell."""

        def told() -> Recovered | None:
            try:
                return self.terminal.recover(request_id=request_id or self.request_id, verb=verb, amount=AMOUNTS[verb])
            except TerminalError:
                return None

        found = eventually(told, PATIENCE, what=f"what became of the {verb} can be told").result
        if found and found.handle:
            self.handle = found.handle
        return found

    @property
    def recovers(self) -> bool:
        """Whether the terminal can be asked what became of a request."""
        return Capability.RECOVER in self.terminal.capabilities

    def _held(self) -> Handle:
        assert self.handle is not None
        return self.handle


def ending_of(work: Callable[[], Result]) -> tuple[str, Result | None]:
    """How a verb ended: an Outcome and its result, or NOT_SENT or UNKNOWN."""
    try:
        result = work()
    except NotSent:
        return NOT_SENT, None
    except OutcomeUnknown:
        return UNKNOWN, None
    return str(result.outcome), result


def tells_the_truth(rig: Rig, verb: Verb, ending: str, result: Result | None, moved: list[tuple[str, int]]) -> None:
    """Assert that an ending, or recovery after it, agrees with what the bank ``moved`` in the meantime."""
    assert len(moved) <= 1, "it was done once, or not at all"
    if ending == NOT_SENT:
        assert moved == []
        return
    if ending == UNKNOWN:
        if not rig.recovers:
            return
        result = rig.recovered(verb)
    approved = result is not None and result.outcome is Outcome.APPROVED
    assert [kind for kind, _ in moved] == ([str(verb)] if approved else [])
