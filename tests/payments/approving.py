"""A terminal that says yes at once, without a socket: for tests of what is written down rather than of what is said."""

from __future__ import annotations

from typing import Any

from moneyed import Money

from hardware.terminal.interface import Handle, Outcome, OutcomeUnknown, Result
from payments.models import Authorisation, Operation
from tests.payments.cashdesk import FIFTY, TWELVE, CashDesk
from tests.payments.scripted import ScriptedTerminal


class ApprovingTerminal(ScriptedTerminal):
    """Approves everything, or is never heard of again while ``silent``."""

    silent = False

    def _next(self, verb: str, /, **asked: Any) -> Result:
        if self.silent:
            raise OutcomeUnknown("nothing was heard", reason="timeout")
        request_id = asked["request_id"]
        amount = asked.get("amount", Money(0, "EUR"))
        handle = Handle(request_id, "reference") if verb == "authorise" else None
        return Result(Outcome.APPROVED, amount, request_id, handle=handle)


class QuickDesk(CashDesk):
    """A cash desk at such a terminal."""

    scripted: ApprovingTerminal

    def held(self, amount: Money = FIFTY) -> Authorisation:
        authorisation = self.ask(amount)
        self.run(authorisation)
        return authorisation

    def taken(self, amount: Money = TWELVE) -> Authorisation:
        authorisation = self.held()
        self.capture(authorisation, amount)
        self.run(authorisation)
        return authorisation

    def lose(self, operation: Operation) -> Operation:
        """Have it carried out without an answer."""
        self.scripted.silent = True
        try:
            return self.run(operation)
        finally:
            self.scripted.silent = False
