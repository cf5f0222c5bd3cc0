"""A terminal with the bank's book behind it: it knows what was really done, also when it does not say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine
from moneyed import Money

from hardware.models import Terminal
from hardware.terminal import registry
from hardware.terminal.interface import (
    Card,
    Handle,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Recovered,
    Result,
    TokenType,
)
from hardware.terminal.kind import TerminalKind
from payments import operations
from payments.models import Operation
from payments.money import from_minor, to_minor
from payments.sweep import sweep
from tests.payments.cashdesk import CashDesk
from tests.payments.clock import Clock
from tests.payments.scripted import ScriptedTerminal

#: How an exchange ends: said, refused, not sent, done and lost, not done and lost.
FATES = ("said", "refused", "not_sent", "done_lost", "lost_undone")
#: The same, or that no worker comes yet.
LATER = ("later", *FATES)


class Bank(ScriptedTerminal):
    """Does what it is asked, keeps a book, and answers as the test wants."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.fate, self.granted = "said", 100
        #: Request id: verb, amount, request id of the hold, when.
        self.book: dict[int, tuple[str, int, int, datetime]] = {}

    def _next(self, verb: str, /, **asked: Any) -> Any:
        request_id = asked["request_id"]
        assert request_id not in self.book, "what was done is asked again"
        amount = to_minor(asked["amount"]) if "amount" in asked else 0
        if verb == "authorise":
            amount = max(1, amount * self.granted // 100)
        hold = asked["handle"].request_id if "handle" in asked else request_id
        if self.fate == "not_sent":
            raise NotSent("", reason="busy")
        if self.fate == "refused":
            return Result(Outcome.DECLINED, Money(0, "EUR"), request_id)
        if self.fate != "lost_undone":
            self.book[request_id] = (verb, amount, hold, self.clock())
        if self.fate in ("done_lost", "lost_undone"):
            raise OutcomeUnknown("", reason="timeout")
        return self._answer(request_id)

    def recover(self, **asked: Any) -> Recovered:
        if self.fate == "lost_undone":
            raise OutcomeUnknown("", reason="timeout")
        return Recovered(self._answer(asked["request_id"]) if asked["request_id"] in self.book else None)

    def _answer(self, request_id: int) -> Result:
        verb, amount, hold, at = self.book[request_id]
        new = verb == "authorise"
        return Result(
            Outcome.APPROVED,
            from_minor(amount, "EUR"),
            request_id,
            card=Card(TokenType.CARD, "67012345678901234567") if new else None,
            handle=Handle(hold, "reference") if new else None,
            at=at,
        )

    def moved(self, verb: str, hold: int) -> list[int]:
        """The amounts of what was done to a hold, one by one."""
        return [amount for kind, amount, of, _ in self.book.values() if (kind, of) == (verb, hold)]


class Machine(RuleBasedStateMachine):
    """Drivers, staff, workers and accidents at one terminal, inside a transaction that is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.bank = Bank(self.clock)
        self.registered = pytest.MonkeyPatch()
        self.registered.setitem(registry.BY_SCHEME, "bank", TerminalKind(("bank",), lambda *_: self.bank, {}))
        # A history is thousands of lines about accidents; the machine says itself what it did.
        self.registered.setattr("logging.Logger.isEnabledFor", lambda logger, level: False)
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        terminal = Terminal.objects.create(name=str(uuid4()), url=f"bank://{uuid4()}", state="ready")
        self.desk = CashDesk(terminal, self.clock)
        self.user = User.objects.create(username=str(uuid4()))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)
        self.registered.undo()

    def next_operation(self) -> Operation | None:
        """What a worker would do next, once that is due."""
        due = Operation.objects.filter(terminal=self.desk.terminal, state="queued").order_by("due_at").first()
        if due is not None:
            self.clock.now = max(self.clock.now, due.due_at)
        return operations.next_for(self.desk.terminal.pk, self.clock())

    def under_way(self) -> Iterator[Operation]:
        """What a worker that died has left behind, after a sweep has come by."""
        dead = Operation.objects.filter(terminal=self.desk.terminal, state="in_flight")
        lapsed = [each for each in dead if each.lease_until and each.lease_until < self.clock()]
        sweep(self.clock())
        yield from lapsed


def quick(histories: int, steps: int) -> settings:
    """Another history every time, and its blob is printed when it fails. The volume is in ``make faults``."""
    return settings(
        max_examples=histories,
        stateful_step_count=steps,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
