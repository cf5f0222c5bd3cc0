"""An authorisation against a model of it, in any order of events: it is always in the state that the model says.

The model knows nothing of tables, rows or terminals. It is what somebody would say who watched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, multiple, rule, run_state_machine_as_test

from hardware.terminal.interface import Reason
from payments import authorisations, operations, recovery
from payments.decisions import decide
from payments.errors import NotInDoubt, TerminalBusy
from payments.journal import verify
from payments.lifecycle import Event, Forbidden
from payments.models import Authorisation, Operation
from payments.money import from_minor
from tests.payments.bank import FATES, LATER, Machine, quick

_DONE = {"authorise": "authorised", "capture": "captured", "release": "released"}
_UNDER_WAY = {"authorise": "pending", "capture": "capturing", "release": "releasing"}


@dataclass
class Hold:
    """What a watcher knows. ``asked`` is the newest question, ``lost`` that nobody knows what became of it."""

    number: int
    asked_minor: int
    state: str = "pending"
    asked: str = "authorise"
    lost: bool = False
    waits: bool = True
    held: int = 0
    taken: int = 0

    def ask(self, verb: str, minor: int) -> None:
        self.asked, self.asked_minor, self.waits, self.state = verb, minor, True, _UNDER_WAY[verb]

    def answer(self, fate: str, granted: int) -> None:
        """The terminal was asked, and it ended like that."""
        if fate == "said":
            self.done(max(1, self.asked_minor * granted // 100))
        elif fate == "refused":
            self.state = {"authorise": "declined", "capture": "in_doubt", "release": "releasing"}[self.asked]
            self.waits = self.asked == "release"
        elif fate == "not_sent":
            self.undone()
        else:
            self.lose()

    def done(self, held: int) -> None:
        self.state, self.lost, self.waits = _DONE[self.asked], False, False
        if self.asked == "authorise":
            self.held = held
        self.taken = self.asked_minor if self.asked == "capture" else 0

    def undone(self) -> None:
        """Nothing happened: a settlement is asked for again, a cardholder is not."""
        self.state = "failed" if self.asked == "authorise" else _UNDER_WAY[self.asked]
        self.lost, self.waits = False, self.asked != "authorise"

    def lose(self) -> None:
        self.state, self.lost, self.waits = "in_doubt", True, False


class Authorisations(Machine):
    """Several holds at one terminal."""

    visits = Bundle("visits")

    def __init__(self) -> None:
        super().__init__()
        self.holds: dict[int, Hold] = {}  # by the authorisation's id

    @initialize(target=visits, cents=st.integers(1, 20_000), percent=st.integers(1, 100))
    def begin(self, cents: int, percent: int) -> Any:
        """One visit is settled and one is held, so that every history has something to lose."""
        settled = self.ask(cents, 100, "said")
        self.settle(settled, percent, "said")
        return multiple(settled, self.ask(cents, 100, "said"))

    @rule(
        target=visits, cents=st.integers(1, 20_000), granted=st.sampled_from([1, 40, 100]), fate=st.sampled_from(LATER)
    )
    def ask(self, cents: int, granted: int, fate: str) -> Any:
        try:
            visit = self.desk.ask(from_minor(cents, "EUR"))
        except TerminalBusy:
            assert any(each.asked == "authorise" and each.state == "pending" for each in self.holds.values())
            return multiple()
        self.holds[visit.pk] = Hold(visit.operations.get().request_id, cents)
        self.work(fate, granted)
        return visit.pk

    @rule(fate=st.sampled_from(FATES), granted=st.sampled_from([1, 100]))
    def work(self, fate: str, granted: int = 100) -> None:
        """A worker does what is next."""
        if fate == "later" or (operation := self.next_operation()) is None:
            return
        self.bank.fate, self.bank.granted = fate, granted
        self.desk.run(operation)
        self.holds[operation.authorisation_id or 0].answer(fate, granted)

    @rule(visit=visits)
    def cancel(self, visit: int) -> None:
        authorisations.cancel(Authorisation.objects.get(pk=visit), self.clock())
        hold = self.holds[visit]
        if hold.asked == "authorise" and hold.waits:
            hold.undone()

    @rule(visit=visits, percent=st.integers(0, 110), fate=st.sampled_from(LATER))
    def settle(self, visit: int, percent: int, fate: str) -> None:
        """Also by somebody who does not know what it has come to."""
        hold, row = self.holds[visit], Authorisation.objects.get(pk=visit)
        minor = hold.held * percent // 100
        try:
            authorisations.settle(row, amount=from_minor(minor, "EUR"), reason=Reason.NORMAL_END, now=self.clock())
        except Forbidden:
            assert hold.state in ("pending", "declined", "failed", "in_doubt")
        except ValueError:
            assert minor > hold.held
        else:
            if hold.state == "authorised":
                hold.ask("capture" if minor else "release", minor)
        self.work(fate)

    @rule()
    def worker_dies(self) -> None:
        """It has claimed, and asks nobody any more."""
        operation = self.next_operation()
        if operation is not None:
            assert operations.claim(operation.pk, self.clock()) is not None
            self.holds[operation.authorisation_id or 0].waits = False

    @rule(seconds=st.sampled_from([1, 6, 20, 100, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)
        for operation in self.under_way():
            self.holds[operation.authorisation_id or 0].lose()
        for row in Authorisation.objects.filter(state="failed", reason="not_served"):
            hold = self.holds[row.pk]
            assert hold.asked == "authorise"
            assert (self.clock() - row.created_at) > operations.PATIENCE
            hold.undone()

    @rule(fate=st.sampled_from(["said", "lost_undone"]))
    def recover(self, fate: str) -> None:
        self.bank.fate = fate
        for operation in Operation.objects.filter(state="unknown", recovery_at__lte=self.clock()):
            recovery.recover(operation.pk, self.clock)
            hold, done = self.holds[operation.authorisation_id or 0], self.bank.book.get(operation.request_id)
            if fate == "said":
                hold.done(done[1]) if done else hold.undone()

    @rule(visit=visits)
    def decide_truthfully(self, visit: int) -> None:
        hold = self.holds[visit]
        captured = self.bank.moved("capture", hold.number)
        if captured:
            event = Event.FOUND_CAPTURED
        elif self.bank.moved("release", hold.number):
            event = Event.FOUND_RELEASED
        elif self.bank.moved("authorise", hold.number):
            event = Event.FOUND_HELD
        else:
            event = Event.FOUND_NOTHING
        if event is Event.FOUND_HELD and not hold.held:
            return  # without its reference it can be neither captured nor released from here
        amount = from_minor(sum(captured), "EUR")
        row = Authorisation.objects.get(pk=visit)
        try:
            decide(row, event, amount=amount, user=self.user, note="seen", now=self.clock())
        except NotInDoubt:
            assert hold.state != "in_doubt"
            return
        assert hold.state == "in_doubt"
        if event is Event.FOUND_HELD:
            hold.undone()
        else:
            hold.state, hold.taken = event.removeprefix("found_").replace("nothing", "failed"), sum(captured)
            hold.lost = hold.waits = False

    @invariant()
    def every_hold_is_as_the_model_says_and_as_the_bank_knows(self) -> None:
        rows = Authorisation.objects.in_bulk(self.holds)
        for key, hold in self.holds.items():
            row = rows[key]
            assert (row.state, row.captured_minor) == (hold.state, hold.taken), hold
            assert row.open_minor == (0 if row.closed_at else row.authorised_minor)
            captures, releases = self.bank.moved("capture", hold.number), self.bank.moved("release", hold.number)
            assert len(captures) + len(releases) <= 1
            if not hold.lost:
                assert captures == ([hold.taken] if hold.state == "captured" else [])
                assert releases == ([0] if hold.state == "released" else [])
                assert self.bank.moved("authorise", hold.number) == ([hold.held] if hold.held else [])

    def teardown(self) -> None:
        assert not verify().findings
        super().teardown()


def test_an_authorisation_is_always_where_its_model_is(db: None) -> None:
    run_state_machine_as_test(Authorisations, settings=quick(histories=8, steps=25))
