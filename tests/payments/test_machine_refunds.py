"""Refunds of one captured payment against a model of them: what may be given back, and what was, to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, multiple, rule, run_state_machine_as_test
from moneyed import Money

from payments import operations, recovery
from payments.decisions import decide_refund
from payments.errors import NotInDoubt, RefundRefused
from payments.journal import verify
from payments.models import Operation, Refund
from payments.money import from_minor
from tests.payments.bank import FATES, LATER, Machine, quick


@dataclass
class Given:
    """One refund: ``requested``, ``done``, ``refused`` or ``in_doubt``."""

    minor: int
    state: str = "requested"

    @property
    def reserves(self) -> int:
        """What it takes of what can be refunded."""
        return 0 if self.state == "refused" else self.minor


class Refunds(Machine):
    """Agents who refund, refund too much, twice, and what others have refunded meanwhile."""

    forms = Bundle("forms")

    @initialize(target=forms, cents=st.integers(1, 20_000))
    def begin(self, cents: int) -> Any:
        """A payment of so many cents, and a first refund of a third of it."""
        self.authorisation = self.desk.ask(from_minor(cents, "EUR"))
        self.desk.run(self.authorisation)
        self.desk.capture(self.authorisation, from_minor(cents, "EUR"))
        self.desk.run(self.authorisation)
        self.taken, self.given = cents, dict[UUID, Given]()
        return self.refund(33, False, "later")

    @property
    def left(self) -> int:
        return self.taken - sum(each.reserves for each in self.given.values())

    @rule(
        target=forms,
        percent=st.integers(1, 110),
        stale=st.sampled_from([False, False, True]),
        fate=st.sampled_from(LATER),
    )
    def refund(self, percent: int, stale: bool, fate: str) -> Any:
        minor, form = max(1, self.left * percent // 100), uuid4()
        quoted = from_minor(self.left + stale, "EUR")
        if stale or minor > self.left:
            with pytest.raises(RefundRefused, match="stale" if stale else "too_much"):
                self.desk.refund(self.authorisation, from_minor(minor, "EUR"), quoted, form)
            return multiple()
        refund = self.desk.refund(self.authorisation, from_minor(minor, "EUR"), quoted, form)
        assert (refund.pk, refund.amount_minor, refund.state) == (form, minor, "requested")
        self.given[form] = Given(minor)
        self.work(fate)
        return form

    @rule(form=forms)
    def click_again(self, form: UUID) -> None:
        """The same form once more gives the same refund, whatever is left now."""
        refund = Refund.objects.get(pk=form)
        again = self.desk.refund(self.authorisation, refund.amount, from_minor(self.left, "EUR"), form)
        assert again == refund

    @rule(form=forms)
    def use_the_form_for_something_else(self, form: UUID) -> None:
        amount = from_minor(self.given[form].minor + 1, "EUR")
        with pytest.raises(RefundRefused, match="other"):
            self.desk.refund(self.authorisation, amount, amount, form)

    @rule(amount=st.sampled_from([Money("0.00", "EUR"), Money("-0.01", "EUR"), Money("1.00", "SEK")]))
    def refund_nonsense(self, amount: Money) -> None:
        with pytest.raises(RefundRefused, match="nothing" if amount.currency.code == "EUR" else "currency"):
            self.desk.refund(self.authorisation, amount, from_minor(self.left, "EUR"))

    @rule(fate=st.sampled_from(FATES))
    def work(self, fate: str) -> None:
        """A worker does what is next."""
        if fate == "later" or (operation := self.next_operation()) is None:
            return
        self.bank.fate = fate
        self.desk.run(operation)
        self.of(operation).state = {"said": "done", "refused": "refused", "not_sent": "refused"}.get(fate, "in_doubt")

    @rule()
    def worker_dies(self) -> None:
        if (operation := self.next_operation()) is not None:
            assert operations.claim(operation.pk, self.clock()) is not None

    @rule(seconds=st.sampled_from([1, 6, 20, 100, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)
        for operation in self.under_way():
            self.of(operation).state = "in_doubt"

    @rule(fate=st.sampled_from(["said", "lost_undone"]))
    def recover(self, fate: str) -> None:
        self.bank.fate = fate
        is_busy = Operation.objects.filter(state="in_flight").exists()  # then it is asked nothing beside that
        for operation in Operation.objects.filter(state="unknown", recovery_at__lte=self.clock()):
            recovery.recover(operation.pk, self.clock)
            if fate == "said" and not is_busy:
                self.of(operation).state = "done" if operation.request_id in self.bank.book else "refused"

    @rule(form=forms)
    def decide_truthfully(self, form: UUID) -> None:
        refund, given = Refund.objects.get(pk=form), self.given[form]
        done = refund.operations.get().request_id in self.bank.book
        try:
            decide_refund(refund, done=done, user=self.user, note="seen", now=self.clock())
        except NotInDoubt:
            assert given.state != "in_doubt"
            return
        assert given.state == "in_doubt"
        given.state = "done" if done else "refused"

    def of(self, operation: Operation) -> Given:
        assert operation.refund_id is not None
        return self.given[operation.refund_id]

    @invariant()
    def what_is_given_back_is_as_the_model_says_and_as_the_bank_knows(self) -> None:
        if not hasattr(self, "taken"):
            return
        self.authorisation.refresh_from_db()
        states = dict(self.authorisation.refunds.values_list("pk", "state"))
        assert states == {form: each.state for form, each in self.given.items()}
        assert self.authorisation.refunded_minor == self.taken - self.left
        assert self.authorisation.refundable == from_minor(self.left, "EUR")
        assert 0 <= self.left <= self.taken == self.authorisation.captured_minor
        moved = sum(amount for verb, amount, *_ in self.bank.book.values() if verb == "refund")
        sure = sum(each.minor for each in self.given.values() if each.state == "done")
        assert sure <= moved <= self.taken - self.left

    def teardown(self) -> None:
        assert not verify().findings
        super().teardown()


def test_what_was_refunded_is_always_what_its_model_says(db: None) -> None:
    run_state_machine_as_test(Refunds, settings=quick(histories=6, steps=25))
