"""Whatever happens in whatever order, our books and the bank's agree, or the difference is in doubt.

A Hypothesis state machine drives the real services against a scripted terminal that keeps the bank's book: it knows
what was really done, also when it does not say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from moneyed import Money

from hardware.models import Terminal
from hardware.terminal import registry
from hardware.terminal.interface import (
    Card,
    Handle,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Reason,
    Recovered,
    Result,
    TokenType,
)
from payments import authorisations, operations, recovery
from payments.decisions import decide
from payments.errors import NotInDoubt, RefundRefused, TerminalBusy
from payments.lifecycle import Event, Forbidden, State
from payments.models import Authorisation, Operation, Refund
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

    def __init__(self) -> None:
        super().__init__()
        self.fate, self.granted = "said", 100
        self.doubled = False  # the same request was carried out and came again
        self.book: dict[int, tuple[str, int, int]] = {}  # request id: verb, amount, request id of the hold

    def _next(self, verb: str, /, **asked: Any) -> Any:
        request_id = asked["request_id"]
        self.doubled |= request_id in self.book
        amount = to_minor(asked["amount"]) if "amount" in asked else 0
        if verb == "authorise":
            amount = max(1, amount * self.granted // 100)
        hold = asked["handle"].request_id if "handle" in asked else request_id
        if self.fate == "not_sent":
            raise NotSent("", reason="busy")
        if self.fate == "refused":
            return Result(Outcome.DECLINED, Money(0, "EUR"), request_id)
        if self.fate != "lost_undone":
            self.book[request_id] = (verb, amount, hold)
        if self.fate in ("done_lost", "lost_undone"):
            raise OutcomeUnknown("", reason="timeout")
        return self._answer(request_id)

    def recover(self, **asked: Any) -> Recovered:
        if self.fate == "lost_undone":
            raise OutcomeUnknown("", reason="timeout")
        return Recovered(self._answer(asked["request_id"]) if asked["request_id"] in self.book else None)

    def _answer(self, request_id: int) -> Result:
        verb, amount, hold = self.book[request_id]
        return Result(
            Outcome.APPROVED,
            from_minor(amount, "EUR"),
            request_id,
            card=Card(TokenType.CARD, "67012345678901234567") if verb == "authorise" else None,
            handle=Handle(hold, "reference") if verb == "authorise" else None,
            at=timezone.now(),
        )

    def moved(self, verb: str, hold: int) -> list[int]:
        return [amount for kind, amount, of in self.book.values() if kind == verb and of == hold]


class Books(RuleBasedStateMachine):
    """Drivers, staff, workers and accidents in any order."""

    visits = Bundle("visits")
    refunds = Bundle("refunds")

    def __init__(self) -> None:
        super().__init__()
        self.bank, self.clock = Bank(), Clock()
        self.registered = pytest.MonkeyPatch()
        self.registered.setitem(registry._FACTORIES, "bank", lambda url, profile: self.bank)
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        terminal = Terminal.objects.create(name=str(uuid4()), url=f"bank://{uuid4()}", state="ready")
        self.desk = CashDesk(terminal, self.clock)
        self.user = User.objects.create(username=str(uuid4()))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)
        self.registered.undo()

    @initialize(target=visits, cents=st.integers(1, 20_000), percent=st.integers(1, 100))
    def begin(self, cents: int, percent: int) -> Any:
        """One visit is captured and one is held, so that every history has something to lose."""
        captured = self.ask(cents, 100, "said")
        self.settle(captured, percent, "said")
        held = self.ask(cents, 100, "said")
        return multiple(captured, held)

    @rule(
        target=visits, cents=st.integers(1, 20_000), granted=st.sampled_from([1, 40, 100]), fate=st.sampled_from(LATER)
    )
    def ask(self, cents: int, granted: int, fate: str) -> Any:
        self.bank.granted = granted
        try:
            visit = self.desk.ask(from_minor(cents, "EUR")).pk
        except TerminalBusy:
            return multiple()
        self.carry_out(fate)
        return visit

    def carry_out(self, fate: str) -> None:
        """A worker does what is next, once that is due."""
        if fate == "later":
            return
        self.bank.fate = fate
        due = Operation.objects.filter(state="queued").order_by("due_at").first()
        if due is not None:
            self.clock.now = max(self.clock.now, due.due_at)
        operation = operations.next_for(self.desk.terminal.pk, self.clock())
        if operation is not None:
            self.desk.run(operation)

    @rule(visit=visits)
    def cancel(self, visit: int) -> None:
        authorisations.cancel(Authorisation.objects.get(pk=visit), self.clock())

    @rule(visit=visits, percent=st.integers(0, 110), fate=st.sampled_from(LATER))
    def settle(self, visit: int, percent: int, fate: str) -> None:
        authorisation = Authorisation.objects.get(pk=visit)
        minor = authorisation.authorised_minor * percent // 100
        try:
            authorisations.settle(
                authorisation, amount=from_minor(minor, "EUR"), reason=Reason.NORMAL_END, now=self.clock()
            )
        except Forbidden:
            assert authorisation.state not in (State.AUTHORISED, State.CAPTURING, State.RELEASING)
        except ValueError:
            assert minor > authorisation.authorised_minor
        self.carry_out(fate)

    @rule(
        target=refunds,
        visit=visits,
        percent=st.integers(1, 110),
        stale=st.sampled_from([False, False, True]),
        fate=st.sampled_from(LATER),
    )
    def refund(self, visit: int, percent: int, stale: bool, fate: str) -> Any:
        authorisation, form = Authorisation.objects.get(pk=visit), uuid4()
        cents = max(1, to_minor(authorisation.refundable) * percent // 100)
        quoted = authorisation.refundable + Money(int(stale), "EUR")
        try:
            self.desk.refund(authorisation, from_minor(cents, "EUR"), quoted, form)
        except RefundRefused:
            assert stale or authorisation.state != State.CAPTURED or from_minor(cents, "EUR") > quoted
            return multiple()
        self.carry_out(fate)
        return form

    @rule(form=refunds)
    def click_again(self, form: UUID) -> None:
        refund = Refund.objects.get(pk=form)
        assert self.desk.refund(refund.authorisation, refund.amount, refund.amount, form) == refund

    @rule(fate=st.sampled_from(FATES))
    def work(self, fate: str) -> None:
        self.carry_out(fate)

    @rule()
    def worker_dies(self) -> None:
        operation = operations.next_for(self.desk.terminal.pk, self.clock())
        if operation is not None:
            assert operations.claim(operation.pk, self.clock()) is not None

    @rule(seconds=st.sampled_from([1, 6, 20, 100, 4000]))
    def time_passes(self, seconds: int) -> None:
        sweep(self.clock.forward(seconds=seconds))

    @rule(fate=st.sampled_from(["said", "lost_undone"]))
    def recover(self, fate: str) -> None:
        self.bank.fate = fate
        for operation in Operation.objects.filter(state="unknown", recovery_at__lte=self.clock()):
            recovery.recover(operation.pk, self.clock)

    @rule(visit=visits)
    def decide_truthfully(self, visit: int) -> None:
        authorisation = Authorisation.objects.get(pk=visit)
        hold = authorisation.operations.get(kind="authorise").request_id
        taken = sum(self.bank.moved("capture", hold))
        if taken:
            event = Event.FOUND_CAPTURED
        elif self.bank.moved("release", hold):
            event = Event.FOUND_RELEASED
        elif self.bank.moved("authorise", hold):
            if not authorisation.sealed_handle:
                return
            event = Event.FOUND_HELD
        else:
            event = Event.FOUND_NOTHING
        try:
            decide(authorisation, event, amount=from_minor(taken, "EUR"), user=self.user, note="seen", now=self.clock())
        except NotInDoubt:
            assert authorisation.state != State.IN_DOUBT

    @invariant()
    def the_books_agree_or_it_is_in_doubt(self) -> None:
        assert not self.bank.doubled, "the same request was sent twice"
        ours = Authorisation.objects.filter(terminal=self.desk.terminal).prefetch_related("operations", "refunds")
        for authorisation in ours:
            (hold,) = (each.request_id for each in authorisation.operations.all() if each.kind == "authorise")
            self.compare_hold(authorisation, hold)
            self.compare_refunds(authorisation, hold)

    def compare_hold(self, authorisation: Authorisation, hold: int) -> None:
        held = self.bank.moved("authorise", hold)
        captures, releases = self.bank.moved("capture", hold), self.bank.moved("release", hold)
        assert len(captures) + len(releases) <= 1, "settled twice"
        match authorisation.state:
            case State.CAPTURED:
                assert captures == [authorisation.captured_minor]
            case State.RELEASED:
                assert releases == [0]
            case State.DECLINED | State.FAILED:
                assert not held
            case State.AUTHORISED:
                assert held == [authorisation.authorised_minor]
                assert not captures + releases

    def compare_refunds(self, authorisation: Authorisation, hold: int) -> None:
        given = sum(self.bank.moved("refund", hold))
        open_states = (Refund.State.REQUESTED, Refund.State.IN_DOUBT)
        under_way = sum(each.amount_minor for each in authorisation.refunds.all() if each.state in open_states)
        assert authorisation.refunded_minor - under_way <= given <= authorisation.refunded_minor
        assert authorisation.refunded_minor <= authorisation.captured_minor


@pytest.fixture
def quiet() -> Iterator[None]:
    """Accidents are logged; thousands of them are noise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("logging.Logger.isEnabledFor", lambda self, level: False)
        yield


@pytest.mark.timeout(300)
def test_in_any_order_of_events_no_cent_is_lost_or_doubled(db: None, quiet: None) -> None:
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.generate],  # add Phase.shrink to look closer at a failure
            suppress_health_check=list(HealthCheck),
        ),
    )
