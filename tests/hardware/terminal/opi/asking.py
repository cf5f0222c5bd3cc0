"""The verbs with their usual arguments."""

from __future__ import annotations

from uuid import uuid4

from moneyed import Money

from hardware.terminal.interface import Handle, Reason, Result
from hardware.terminal.opi.driver import OpiTerminal

ID = 700_011
HOLD = Money("50.00", "EUR")
HANDLE = Handle(700_001, "TRX-SECRET-1", stan="000320")


def authorise(terminal: OpiTerminal, request_id: int = ID) -> Result:
    return terminal.authorise(request_id=request_id, key=uuid4(), amount=HOLD, language="nl")


def capture(terminal: OpiTerminal, amount: str = "18.40", reason: Reason = Reason.NORMAL_END) -> Result:
    return terminal.capture(request_id=ID, key=uuid4(), amount=Money(amount, "EUR"), handle=HANDLE, reason=reason)


def release(terminal: OpiTerminal) -> Result:
    return terminal.release(request_id=ID, key=uuid4(), currency="EUR", handle=HANDLE, reason=Reason.NO_ENERGY)
