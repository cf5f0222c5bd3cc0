"""The services as a visit uses them, at one terminal and by one clock."""

from __future__ import annotations

from uuid import UUID, uuid4

from moneyed import Money

from hardware.models import Terminal
from hardware.terminal.interface import Reason
from payments import authorisations, refunds
from payments.execution import execute
from payments.models import Authorisation, Operation, Refund
from tests.hardware.terminal.simulated import Simulator
from tests.payments.clock import Clock

FIFTY = Money("50.00", "EUR")
TWELVE = Money("12.34", "EUR")


def euros(amount: str) -> Money:
    return Money(amount, "EUR")


class CashDesk:
    """Asks for money, and has the operation that follows carried out at once, as a worker would."""

    def __init__(self, terminal: Terminal, clock: Clock) -> None:
        self.terminal = terminal
        self.clock = clock

    def ask(self, amount: Money = FIFTY) -> Authorisation:
        return authorisations.authorise(terminal=self.terminal, amount=amount, language="en", now=self.clock())

    def run(self, of: Authorisation | Refund | Operation) -> Operation:
        """Have the newest operation carried out; returns it as it is then. The authorisation is refreshed."""
        operation = of if isinstance(of, Operation) else of.operations.latest("request_id")
        execute(operation.pk, self.clock)
        if not isinstance(of, Operation):
            of.refresh_from_db()
        operation.refresh_from_db()
        return operation

    def hold(self, simulator: Simulator, amount: Money = FIFTY, card: str = "visa-1") -> Authorisation:
        authorisation = self.ask(amount)
        simulator.card(card)
        self.run(authorisation)
        assert authorisation.state == "authorised"
        return authorisation

    def capture(self, authorisation: Authorisation, amount: Money = TWELVE) -> Operation:
        return authorisations.capture(authorisation, amount=amount, reason=Reason.NORMAL_END, now=self.clock())

    def release(self, authorisation: Authorisation, reason: Reason = Reason.NOT_STARTED) -> Operation:
        return authorisations.release(authorisation, reason=reason, now=self.clock())

    def captured(self, simulator: Simulator, amount: Money = TWELVE) -> Authorisation:
        authorisation = self.hold(simulator)
        self.capture(authorisation, amount)
        self.run(authorisation)
        assert authorisation.state == "captured"
        return authorisation

    def refund(
        self,
        authorisation: Authorisation,
        amount: Money,
        quoted: Money | None = None,
        refund_id: UUID | None = None,
    ) -> Refund:
        return refunds.refund(
            authorisation=authorisation,
            amount=amount,
            quoted_refundable=authorisation.refundable if quoted is None else quoted,
            reason="cable too short",
            user=None,
            refund_id=refund_id or uuid4(),
            now=self.clock(),
        )
