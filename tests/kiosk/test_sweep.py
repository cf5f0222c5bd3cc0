"""What a crash between two steps leaves behind is made up for, once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hardware.terminal.interface import Reason
from kiosk import delivery, ending, sessions, settling, starting
from kiosk.models import Session
from payments import authorisations
from payments.lifecycle import Event as MoneyEvent
from payments.models import Operation
from tests.kiosk.place import Place, approve, codes, lose, refuse, reread

Crash = Callable[[object, str], None]


class Died(Exception):
    """What a test kills a step with."""


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch) -> Crash:
    """Make ``module.name`` raise until the end of the test or ``monkeypatch.undo``."""

    def dies(*_: object, **__: object) -> None:
        raise Died

    return lambda module, name: monkeypatch.setattr(module, name, dies)


def settlements(session: Session) -> list[str]:
    rows = Operation.objects.filter(authorisation=session.authorisation_id, kind__in=["capture", "release"])
    return [row.kind for row in rows]


def swept_once(place: Place, session: Session) -> Session:
    assert place.sweep() == 1
    done = reread(session)
    assert place.sweep() == 0
    assert "repaired" in codes(session)
    return done


@pytest.mark.parametrize("function", ["approved", "go_ahead"])
def test_an_approval_that_was_missed(
    place: Place, crash: Crash, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    session = place.begin()
    crash(starting, function)
    place.answer(session, approve())
    assert reread(session).state == "authorising"
    assert reread(session).authorisation.state == "authorised"

    monkeypatch.undo()
    assert swept_once(place, session).state == "starting"


def test_a_session_that_ends_while_the_sweep_looks_for_it_is_left_alone(
    place: Place, crash: Crash, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    session = place.begin()
    crash(settling, "heard")
    place.answer(session, refuse())
    monkeypatch.undo()
    lock = sessions.lock

    def ended_first(found: Session) -> Session | None:
        monkeypatch.setattr(sessions, "lock", lock)
        assert place.sweep() == 1, "another worker's"
        return lock(found)

    caplog.clear()
    monkeypatch.setattr(sessions, "lock", ended_first)
    place.sweep()
    assert reread(session).state == "declined"
    assert codes(session).count("repaired") == 1
    assert not [each for each in caplog.records if each.exc_info]


@pytest.mark.parametrize(("answer", "state"), [(refuse(), "declined"), (lose, "in_doubt")])
def test_a_refusal_or_a_loss_that_was_missed(
    place: Place, crash: Crash, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Operation], object], state: str
) -> None:
    session = place.begin()
    crash(settling, "heard")
    place.answer(session, answer)  # type: ignore[arg-type]
    monkeypatch.undo()
    assert swept_once(place, session).state == state


def test_a_start_that_was_never_asked(place: Place) -> None:
    session = place.held()
    Session.objects.filter(pk=session.pk).update(state="authorised", start_command=None)
    assert swept_once(place, session).state == "starting"


def test_a_beginning_that_was_missed(place: Place, crash: Crash, monkeypatch: pytest.MonkeyPatch) -> None:
    session = place.held()
    monkeypatch.setattr("kiosk.starting.begun", lambda *_: None)
    place.plug_in(session)
    monkeypatch.undo()
    session = swept_once(place, session)
    assert (session.state, session.meter_start_wh) == ("charging", 1000)


def test_a_meter_value_makes_up_for_a_beginning_that_was_missed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    session = place.held()
    monkeypatch.setattr("kiosk.starting.begun", lambda *_: None)
    place.plug_in(session)
    monkeypatch.undo()
    place.forward(minutes=1)
    session = place.meter(session, 1183)
    assert (session.state, session.energy_wh) == ("charging", 183)


@pytest.mark.parametrize("stopping_first", [False, True])
def test_an_end_that_was_missed(place: Place, monkeypatch: pytest.MonkeyPatch, stopping_first: bool) -> None:
    session = place.charge(place.charging(), minutes=2)
    if stopping_first:
        place.status(place.first, "Faulted")
    monkeypatch.setattr("kiosk.ending.reported", lambda *_: None)
    place.stopped(session, wh=1400)
    monkeypatch.undo()
    session = swept_once(place, session)
    assert (session.state, session.energy_wh, settlements(session)) == ("settling", 400, ["capture"])


def test_a_settlement_that_could_not_be_asked(place: Place, crash: Crash, monkeypatch: pytest.MonkeyPatch) -> None:
    session = place.charge(place.charging(), minutes=2)
    crash(authorisations, "settle")
    place.stopped(session)
    session = reread(session)
    assert (session.state, session.flags, settlements(session)) == ("settling", ["stuck"], [])

    monkeypatch.undo()
    assert place.sweep() == 1
    assert place.sweep() == 0
    assert settlements(session) == ["capture"]


@pytest.mark.parametrize(("answer", "state"), [(approve(), "finished"), (lose, "in_doubt")])
def test_the_end_of_the_money_that_was_missed(
    place: Place, crash: Crash, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Operation], object], state: str
) -> None:
    session = place.charge(place.charging(), minutes=2)
    place.stopped(session)
    crash(settling, "closed")
    place.answer(session, answer)  # type: ignore[arg-type]
    assert reread(session).state == "settling"
    monkeypatch.undo()
    assert swept_once(place, session).state == state
    assert settlements(session) == ["capture"]


def test_a_hold_that_was_found_and_missed(place: Place, crash: Crash, monkeypatch: pytest.MonkeyPatch) -> None:
    session = place.begin()
    place.answer(session, lose)
    crash(starting, "found_held")
    place.found(session, approve())
    monkeypatch.undo()
    assert swept_once(place, session).state == "starting"


def test_a_hold_found_before_the_visit_heard_of_the_doubt(
    place: Place, crash: Crash, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = place.begin()
    crash(settling, "closed")
    place.answer(session, lose)
    monkeypatch.undo()
    assert reread(session).state == "authorising"
    place.found(session, approve("40.00"))
    assert reread(session).state == "starting"


@pytest.mark.parametrize(("found", "state"), [(approve(), "finished"), (None, "cancelled")])
def test_what_became_of_a_lost_capture_that_was_missed(
    place: Place, crash: Crash, monkeypatch: pytest.MonkeyPatch, found: Callable[[Operation], object] | None, state: str
) -> None:
    session = place.charge(place.charging(), minutes=2)
    place.stopped(session)
    place.answer(session, lose)
    crash(settling, "heard")
    if found is None:
        authorisations.advance(reread(session).authorisation, MoneyEvent.FOUND_NOTHING, place.now)
    else:
        place.found(session, found)  # type: ignore[arg-type]
    monkeypatch.undo()
    assert swept_once(place, session).state == state


def test_a_hold_that_is_gone_while_settling_goes_through_doubt_to_a_person(place: Place) -> None:
    session = place.charge(place.charging(), minutes=2)
    place.stopped(session)
    type(session.authorisation).objects.filter(pk=session.authorisation_id).update(
        state="failed", released_minor=session.authorisation.authorised_minor
    )
    place.sweep()
    assert reread(session).state == "in_doubt"
    place.sweep()
    session = reread(session)
    assert (session.state, session.flags) == ("cancelled", ["money_in_doubt"])


def test_a_hold_that_is_released_under_a_running_visit_stops_it(place: Place) -> None:
    session = place.charge(place.charging(), minutes=2)
    authorisations.release(session.authorisation, reason=Reason.NOT_STARTED, now=place.now)
    place.sweep()
    assert reread(session).state == "stopping"
    place.answer(session, approve())
    assert "amount_differs" in reread(session).flags
    place.stopped(session)
    place.sweep()
    assert reread(session).state == "finished"


def test_a_delivery_whose_hold_was_released_while_it_ended_is_for_a_person_to_look_at(place: Place) -> None:
    session = place.charge(place.charging(), minutes=2)
    authorisations.release(session.authorisation, reason=Reason.NOT_STARTED, now=place.now)
    place.stopped(session)
    place.answer(session, approve())
    session = reread(session)
    assert (session.state, session.authorisation.captured_minor) == ("finished", 0)
    assert session.cost_minor > 0
    assert session.flags == ["amount_differs"]


def test_one_session_that_fails_stops_no_other(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ill, well = place.charging(place.first), place.charging(place.third)
    place.forward(hours=13)
    missed = ending.missed

    def sometimes(session: Session, *rest: object) -> None:
        if session.pk == ill.pk:
            raise Died
        missed(session, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("kiosk.stopping.stop", sometimes)
    monkeypatch.setattr("kiosk.ending.missed", sometimes)
    Session.objects.update(deadline_at=None)
    place.sweep()
    assert (reread(ill).state, reread(well).state) == ("charging", "settling")


def test_a_failing_listener_loses_no_money_and_no_other_step(place: Place, crash: Crash) -> None:
    session = place.charging()
    crash(delivery, "metered")
    with pytest.raises(Died):
        place.meter(session, 1183)
    assert reread(session).state == "charging"


def test_a_quiet_place_needs_nothing(place: Place, django_assert_max_num_queries: object) -> None:
    for connector in (place.first, place.second, place.third):
        place.charging(connector)
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        assert place.sweep() == 0
