"""Money in doubt and a list: what is kept as evidence, and what becomes of a difference that a person decided."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from moneyed import Money

from hardware.terminal.interface import Verb
from payments.decisions import decide
from payments.lifecycle import Event
from payments.models import Authorisation, Difference, Evidence
from payments.reconciliation.books import entries
from payments.reconciliation.compare import Fate
from tests.hardware.terminal.simulated import Simulator
from tests.payments.approving import QuickDesk
from tests.payments.cashdesk import FIFTY, TWELVE, CashDesk, euros
from tests.payments.reconciliation.nights import open_differences, reconcile


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("olga")


def in_doubt(desk: CashDesk, simulator: Simulator, fault: str = "lost_answer") -> Authorisation:
    """A capture whose answer was lost."""
    held = desk.hold(simulator)
    simulator.fault("capture", fault)
    desk.capture(held)
    desk.run(held)
    assert held.state == "in_doubt"
    return held


@pytest.mark.parametrize(
    ("fault", "said"), [("lost_answer", ("approved", 1234)), ("lost_before", ("", 0)), ("error_500", ("", 0))]
)
def test_what_the_list_says_about_money_in_doubt_is_kept_as_evidence(
    desk: CashDesk, simulator: Simulator, fault: str, said: tuple[str, int]
) -> None:
    held = in_doubt(desk, simulator, fault)
    run = reconcile(desk)
    about = Evidence.objects.get(reconciliation=run, authorisation=held, kind="capture")
    assert (about.outcome, about.amount_minor) == said
    assert about.request_id == held.operations.get(kind="capture").request_id
    assert Evidence.objects.get(reconciliation=run, authorisation=held, kind="authorise").outcome == "approved"


def test_taken_there_and_in_doubt_here_is_a_difference_that_moves_no_money(
    desk: CashDesk, simulator: Simulator, person: User
) -> None:
    held = in_doubt(desk, simulator)
    reconcile(desk)
    held.refresh_from_db()
    assert (open_differences(), held.state) == (["wrong_state"], "in_doubt")

    decide(held, Event.FOUND_CAPTURED, amount=TWELVE, user=person, note="seen", now=desk.clock())
    assert reconcile(desk).state == "agrees"
    assert Difference.objects.get().resolution == "gone"


def test_what_a_person_decided_wrongly_is_found(desk: CashDesk, simulator: Simulator, person: User) -> None:
    held = in_doubt(desk, simulator)
    decide(held, Event.FOUND_RELEASED, amount=euros("0"), user=person, note="I think", now=desk.clock())
    assert reconcile(desk).state == "differs"
    assert open_differences() == ["wrong_state"]


def test_an_amount_that_a_person_decided_is_the_one_that_counts(
    desk: CashDesk, simulator: Simulator, person: User
) -> None:
    held = in_doubt(desk, simulator)
    decide(held, Event.FOUND_CAPTURED, amount=euros("5.00"), user=person, note="misread", now=desk.clock())
    reconcile(desk)
    row = Difference.objects.get()
    assert (row.what, row.our_minor, row.their_minor) == ("amount_differs", 500, 1234)


def test_what_ended_after_the_list_was_asked_for_counts_as_under_way(desk: CashDesk, simulator: Simulator) -> None:
    held = desk.captured(simulator)
    now = desk.clock()
    period = {"since": now - timedelta(days=1), "until": now + timedelta(days=1)}
    for asked_at, fate in ((now, Fate.UNDER_WAY), (now + timedelta(seconds=1), Fate.DONE)):
        found = entries(desk.terminal, [], **period, asked_at=asked_at)
        assert {each.fate for each in found if each.authorisation == held.pk} == {fate}


def test_what_is_under_way_is_no_difference(desk: CashDesk, simulator: Simulator) -> None:
    held = desk.hold(simulator)
    desk.capture(held)
    assert reconcile(desk).state == "agrees"


@pytest.mark.parametrize(
    ("lost", "event", "fate", "amount"),
    [
        ("authorise", Event.FOUND_CAPTURED, Fate.DONE, None),  # there was a hold, nobody knows of how much
        ("authorise", Event.FOUND_NOTHING, Fate.NOT_DONE, euros("0")),
        ("capture", Event.FOUND_CAPTURED, Fate.DONE, FIFTY),
    ],
)
def test_what_a_person_decided_says_whether_there_was_a_hold(
    quick_desk: QuickDesk, person: User, lost: str, event: Event, fate: Fate, amount: Money | None
) -> None:
    doubtful = quick_desk.ask() if lost == "authorise" else quick_desk.held()
    quick_desk.lose(doubtful.operations.get() if lost == "authorise" else quick_desk.capture(doubtful))
    doubtful.refresh_from_db()
    now = quick_desk.clock()
    taken = TWELVE if event is Event.FOUND_CAPTURED else euros("0")
    decide(doubtful, event, amount=taken, user=person, note="seen", now=now)
    period = {"since": now - timedelta(days=1), "until": now + timedelta(days=1)}
    found = entries(quick_desk.terminal, [], **period, asked_at=now + timedelta(seconds=1))
    assert [(each.fate, each.amount) for each in found if each.kind is Verb.AUTHORISE] == [(fate, amount)]
