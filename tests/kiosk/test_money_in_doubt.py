"""Answers that were lost, and what a session makes of what is found out later."""

from __future__ import annotations

import pytest

from hardware.terminal.interface import Outcome
from kiosk import visits
from kiosk.models import Receipt, Session
from payments.escalation import escalate
from payments.models import Authorisation, Operation
from tests.kiosk.place import Place, approve, codes, deny, lose, refuse, reread

pytestmark = pytest.mark.usefixtures("no_failures")


def in_doubt(place: Place) -> Session:
    session = place.begin()
    place.answer(session, lose)
    return reread(session)


def settling(place: Place) -> Session:
    session = place.charge(place.charging(), minutes=2)
    place.stopped(session)
    return reread(session)


def test_a_hold_found_while_the_driver_waits_starts_the_visit(place: Place) -> None:
    session = in_doubt(place)
    place.forward(seconds=59)
    place.found(session, approve("40.00"))
    session = reread(session)
    assert (session.state, session.authorisation.authorised_minor) == ("starting", 4000)
    assert "found_in_time" in codes(session)


def test_a_hold_found_a_minute_later_is_released(place: Place) -> None:
    session = in_doubt(place)
    place.forward(seconds=60)
    place.found(session, approve("40.00"))
    session = reread(session)
    assert (session.state, session.end_reason, session.start_command) == ("settling", "late", None)
    assert place.newest(session).kind == Operation.Kind.RELEASE
    place.answer(session, approve())
    assert reread(session).state == "not_started"


def test_a_hold_found_when_someone_else_has_the_connector_is_released(place: Place) -> None:
    session = in_doubt(place)
    other = place.begin()
    place.found(session, approve("40.00"))
    assert (reread(session).state, reread(other).state) == ("settling", "authorising")


def test_a_decline_found_later_ends_it(place: Place) -> None:
    session = in_doubt(place)
    place.found(session, refuse())
    assert reread(session).state == "declined"


@pytest.mark.parametrize("answer", [deny, refuse(Outcome.ABORTED)])
def test_nothing_found_ends_it(place: Place, answer: object) -> None:
    session = in_doubt(place)
    place.found(session, answer)  # type: ignore[arg-type]
    assert reread(session).state == "cancelled"


def test_a_lost_capture_is_in_doubt_until_it_is_found_and_then_finished_once(place: Place) -> None:
    session = settling(place)
    place.answer(session, lose)
    session = reread(session)
    assert (session.state, session.flags) == ("in_doubt", ["money_in_doubt"])
    place.forward(minutes=5)
    assert place.sweep() == 0

    place.found(session, approve())
    session = reread(session)
    assert (session.state, session.authorisation.captured_minor) == ("finished", 18)
    assert Operation.objects.filter(kind="capture").count() == 1
    assert Receipt.objects.count() == 1


def test_a_capture_that_never_happened_is_asked_again(place: Place) -> None:
    session = settling(place)
    place.answer(session, lose)
    place.found(session, deny)
    session = reread(session)
    assert (session.state, session.authorisation.state) == ("in_doubt", "capturing")
    assert "found_held" in codes(session)

    place.answer(session, lose)  # lost once more: still in doubt
    assert reread(session).state == "in_doubt"
    place.found(session, deny)
    place.answer(session, approve())
    assert reread(session).state == "finished"


def test_a_capture_that_is_refused_is_for_a_person(place: Place) -> None:
    session = settling(place)
    place.answer(session, refuse())
    assert reread(session).state == "in_doubt"


def test_a_lost_release_is_in_doubt_and_found_released(place: Place) -> None:
    session = place.charging()
    place.stopped(session, wh=1000)
    place.answer(session, lose)
    assert reread(session).state == "in_doubt"
    place.found(session, approve())
    assert reread(session).state == "finished"


def test_a_lost_release_of_a_visit_that_never_began(place: Place) -> None:
    session = place.begin()
    place.answer(session, approve("5.00"))
    place.answer(session, lose)
    place.found(session, approve())
    assert reread(session).state == "not_started"


def test_a_release_that_is_refused_goes_on_settling_and_is_said(place: Place) -> None:
    session = place.held()
    visits.cancel(session, now=place.now)
    place.answer(session, refuse())
    assert (reread(session).state, codes(session)[-1]) == ("settling", "release_refused")
    place.forward(seconds=10)
    place.answer(session, approve())
    assert reread(session).state == "not_started"


def test_a_hold_that_could_not_be_released_by_its_deadline_is_for_a_person(place: Place) -> None:
    session = place.held()
    visits.cancel(session, now=place.now)
    place.forward(days=5)
    place.answer(session, deny)
    assert reread(session).state == "in_doubt"
    assert Authorisation.objects.get().state == "in_doubt"


def test_a_hold_near_its_deadline_is_on_the_timeline(place: Place) -> None:
    session = place.held()
    visits.cancel(session, now=place.now)
    place.forward(days=4, hours=1)
    escalate(place.now)
    assert codes(session)[-1] == "deadline_near"
