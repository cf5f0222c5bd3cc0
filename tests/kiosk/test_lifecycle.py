"""The table of a session's life, and the one writer of its state."""

from __future__ import annotations

import pytest

from kiosk import sessions
from kiosk.lifecycle import FINAL, HOLDS_CONNECTOR, OPEN, TABLE, Event, Forbidden, State, after
from kiosk.models import Session
from kiosk.timeline import Code
from tests.kiosk.place import Place, codes, reread

PAIRS = [(state, event) for state in State for event in Event]
MOVES = [pair for pair in PAIRS if pair in TABLE]
DEAD_ENDS = [pair for pair in PAIRS if pair not in TABLE]


def in_state(place: Place, state: State) -> Session:
    session = place.begin()
    Session.objects.filter(pk=session.pk).update(state=state)
    return reread(session)


@pytest.mark.parametrize(("state", "event"), MOVES)
def test_a_listed_pair_moves_and_is_told(place: Place, state: State, event: Event) -> None:
    session = in_state(place, state)
    assert sessions.move(session, event, now=place.now)
    stored = reread(session)
    assert stored.state == session.state == TABLE[state, event]
    assert codes(session)[-1] == event
    assert (stored.closed_at is not None) == (TABLE[state, event] in FINAL)


@pytest.mark.parametrize("state", State)
def test_an_unlisted_pair_raises_and_changes_nothing(place: Place, state: State) -> None:
    session = in_state(place, state)
    before = codes(session)
    for event in (event for each, event in DEAD_ENDS if each == state):
        with pytest.raises(Forbidden):
            sessions.move(session, event, now=place.now, cost_minor=5)
    stored = reread(session)
    assert (stored.state, stored.cost_minor, codes(session)) == (state, 0, before)


@pytest.mark.parametrize(("state", "event"), MOVES)
def test_losing_a_race_is_a_normal_return_that_writes_nothing(place: Place, state: State, event: Event) -> None:
    session = in_state(place, state)
    elsewhere = next(other for other in State if other not in (state, TABLE[state, event]))
    Session.objects.filter(pk=session.pk).update(state=elsewhere)
    before = codes(session)
    assert not sessions.move(session, event, now=place.now, cost_minor=5)
    assert (session.state, session.cost_minor, codes(session)) == (elsewhere, 0, before)


def test_every_step_has_a_word_on_the_timeline_and_a_source() -> None:
    assert {Code(event) for event in Event}
    assert set(sessions._SOURCES) == set(Event)


def test_every_state_is_reached_and_every_open_one_is_left() -> None:
    assert {state for state, _ in TABLE} == OPEN
    assert set(TABLE.values()) | {State.AUTHORISING} == set(State)
    assert HOLDS_CONNECTOR < OPEN


def test_the_table_is_asked_with_after() -> None:
    assert after(State.CHARGING, Event.STOP) == State.STOPPING
    with pytest.raises(Forbidden, match="stop does not fit finished"):
        after(State.FINISHED, Event.STOP)
