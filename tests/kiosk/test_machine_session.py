"""A visit against a model of it, in any order of events: it only takes listed steps, and money follows energy.

No more is taken than is held, nothing for nothing, never twice, and in the end nothing is left open.
"""

from __future__ import annotations

import logging
from typing import Any

import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hardware.models import Transaction
from hardware.terminal.interface import Outcome
from kiosk import visits
from kiosk.lifecycle import FINAL, TABLE, Event, State
from kiosk.models import Receipt, Session, TimelineEntry
from payments import operations
from payments import sweep as payments_sweep
from payments.lifecycle import FINAL as SETTLED
from payments.models import Operation
from tests.kiosk.place import MAESTRO, PHONE, START, VISA, Place, approve, lose, refuse, reread

_CARDS = {"visa": VISA, "phone": PHONE, "maestro": MAESTRO, "nobody": None}
_EVENTS = {str(event) for event in Event}


class Failures(logging.Handler):
    """What went wrong and was only logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.found.append(record.getMessage())


class Visit(RuleBasedStateMachine):
    """One driver, their car, their card, a charge point, a terminal and a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.travel = time_machine.travel(START, tick=False)
        self.transaction = transaction.atomic()
        self.failures = Failures()
        logging.root.addHandler(self.failures)
        self.transaction.__enter__()
        self.place = Place(self.travel.start())
        #: What the model knows: the steps so far, what the meter has said at most, whether the card was the right one.
        self.metered, self.may_stop, self.declined = 0, False, False

    def teardown(self) -> None:
        try:
            if hasattr(self, "session"):
                self.everything_ends()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)
            self.travel.stop()
            logging.root.removeHandler(self.failures)

    @initialize(granted=st.sampled_from(["", "12.00", "3.00"]), accepted=st.booleans(), plugged_in=st.booleans())
    def begin(self, granted: str, accepted: bool, plugged_in: bool) -> None:
        """Most histories begin with a car that charges, because most of a visit is that."""
        self.session = self.place.begin()
        if accepted:
            self.place.answer(self.session, approve(granted))
            if plugged_in:
                self.plug_in()

    @property
    def now(self) -> Session:
        return reread(self.session)

    @property
    def charging(self) -> Transaction | None:
        return Transaction.objects.filter(command=self.now.start_command_id).first()

    @precondition(lambda self: self.now.start_command_id)
    @rule()
    def plug_in(self) -> None:
        if self.now.start_command_id is not None:
            self.place.plug_in(self.session)

    @precondition(lambda self: self.charging)
    @rule(wh=st.integers(-500, 9000), power=st.sampled_from([0, 11_000]))
    def meter(self, wh: int, power: int) -> None:
        self.metered = max(self.metered, wh)
        self.place.meter(self.now, 1000 + wh, power)

    @precondition(lambda self: self.charging)
    @rule(wh=st.integers(-500, 9000))
    def unplug(self, wh: int) -> None:
        self.metered = max(self.metered, wh)
        self.place.stopped(self.session, wh=1000 + wh, reason="EVDisconnected")

    @rule(card=st.sampled_from(sorted(_CARDS)))
    def present(self, card: str) -> None:
        """A card to stop with: only the right one stops anything."""
        before = self.now
        try:
            attempt = self.place.ask_to_stop(before)
        except visits.Refused:
            return
        if operations.claimable(self.place.now).filter(pk=attempt.operation_id).exists():
            outcome = self.place.present(attempt, _CARDS[card]).outcome
            stopped = before.state == State.CHARGING and self.now.state == State.STOPPING
            assert stopped == (outcome == "matched") == (card in ("visa", "phone"))

    @rule(answer=st.sampled_from([approve(), approve(), refuse(), lose]))
    def terminal(self, answer: Any) -> None:
        operation = self.place.newest(self.session)
        if operation.state == Operation.State.QUEUED and operation.due_at <= self.place.now:
            if operations.claimable(self.place.now).filter(pk=operation.pk).exists():
                self.place.answer(self.session, answer)
        elif operation.state == Operation.State.UNKNOWN:
            self.place.found(self.session, approve())

    @rule(online=st.booleans())
    def charger(self, online: bool) -> None:
        (self.place.online if online else self.place.offline)(self.place.charger)

    @rule(status=st.sampled_from(["Charging", "Faulted", "Available"]))
    def status(self, status: str) -> None:
        self.place.status(self.session.connector, status)

    @rule()
    def cancel(self) -> None:
        visits.cancel(self.now, now=self.place.now)

    @rule(seconds=st.sampled_from([1, 30, 100, 500, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.place.forward(seconds=seconds)
        payments_sweep.sweep(self.place.now)
        self.place.sweep()

    @invariant()
    def only_listed_steps_were_taken(self) -> None:
        if not hasattr(self, "session"):
            return
        state = State.AUTHORISING
        told = TimelineEntry.objects.filter(session=self.session, code__in=_EVENTS).order_by("pk")
        for event in told.values_list("code", flat=True):
            state = TABLE[state, Event(event)]
        session = self.now
        assert session.state == state
        assert (session.closed_at is not None) == (state in FINAL)
        assert self.failures.found == []

    @invariant()
    def money_follows_energy(self) -> None:
        if not hasattr(self, "session"):
            return
        session = self.now
        money = session.authorisation
        settlements = Operation.objects.filter(authorisation=money, kind__in=["capture", "release"])
        assert 0 <= session.energy_wh <= max(self.metered, 0)
        fair = (session.energy_wh + 10) // 20  # 0.50 a kWh in cents, rounded half up
        assert session.cost_minor == min(fair, money.authorised_minor)
        assert settlements.exclude(state="answered", outcome="declined").count() <= 1
        if session.energy_wh == 0:
            assert not settlements.filter(kind="capture").exists()
        if money.state == "captured":
            assert money.captured_minor == session.cost_minor > 0
            assert Receipt.objects.filter(session=session).count() == 1

    def everything_ends(self) -> None:
        """Long silence, and a terminal that approves whatever it is asked."""
        for _ in range(5):
            self.time_passes(13 * 3600)
            self.terminal(approve())
        refused = Operation.objects.filter(
            authorisation=self.session.authorisation, kind="capture", outcome=Outcome.DECLINED
        ).exists()
        assert (self.now.state in FINAL) or (refused and self.now.state == State.IN_DOUBT)
        assert refused or self.now.authorisation.state in SETTLED
        self.only_listed_steps_were_taken()
        self.money_follows_energy()


def test_a_visit_only_takes_listed_steps_and_money_follows_energy(db: None) -> None:
    run_state_machine_as_test(
        Visit,
        settings=settings(
            max_examples=8,
            stateful_step_count=16,
            deadline=None,
            phases=[Phase.generate],  # time stands still: shrinking would never notice how long it takes
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
