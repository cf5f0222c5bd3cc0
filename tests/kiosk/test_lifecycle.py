"""The table of a session's life, and the one writer of its state."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk import live, sessions
from kiosk.lifecycle import FINAL, HOLDS_CONNECTOR, OPEN, TABLE, Event, Forbidden, State, after
from kiosk.models import Session, TimelineEntry
from kiosk.timeline import Code, Source
from tests.kiosk.place import Place, reread

PAIRS = [(state, event) for state in State for event in Event]
MOVES = [pair for pair in PAIRS if pair in TABLE]
DEAD_ENDS = [pair for pair in PAIRS if pair not in TABLE]


#: The table as a person reads it: what follows from what, written down a second time.
EXPECTED = """
    authorising  approved         authorised
    authorising  declined         declined
    authorising  nothing_held     cancelled
    authorising  doubted          in_doubt
    authorised   start            starting
    authorised   give_up          settling
    starting     started          charging
    starting     give_up          settling
    charging     stop             stopping
    charging     ended            settling
    stopping     ended            settling
    settling     captured         finished
    settling     released_free    finished
    settling     released_unused  not_started
    settling     doubted          in_doubt
    in_doubt     declined         declined
    in_doubt     nothing_held     cancelled
    in_doubt     found_in_time    authorised
    in_doubt     found_too_late   settling
    in_doubt     captured         finished
    in_doubt     released_free    finished
    in_doubt     released_unused  not_started
"""


def test_the_table_is_what_was_agreed() -> None:
    rows = [line.split() for line in EXPECTED.strip().splitlines()]
    assert {(state, event): after for state, event, after in rows} == {
        (str(state), str(event)): str(follows) for (state, event), follows in TABLE.items()
    }


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The sites whose screens were told to look again."""
    told: list[object] = []
    monkeypatch.setattr(live, "publish", told.append)
    return told


def in_state(place: Place, state: State) -> Session:
    session = place.begin()
    Session.objects.filter(pk=session.pk).update(state=state, deadline_at=place.now)
    return reread(session)


def written() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every column of the session and of its timeline."""
    rows, entries = Session.objects.values(), TimelineEntry.objects.order_by("pk").values()
    return [dict(row) for row in rows], [dict(row) for row in entries]


@pytest.mark.parametrize(("state", "event"), MOVES)
def test_a_listed_pair_takes_the_step_tells_it_and_changes_nothing_else(
    place: Place, published: list[object], state: State, event: Event
) -> None:
    session = in_state(place, state)
    ((before,), told) = written()
    del published[:]
    follows, now = TABLE[state, event], place.forward(seconds=1)
    assert sessions.move(session, event, now=now, cost_minor=5, data={"why": "test"})
    ((after_it,), (*earlier, entry)) = written()
    closed = {"closed_at": now, "deadline_at": None} if follows in FINAL else {}
    assert after_it == before | {"state": follows, "cost_minor": 5} | closed
    assert (session.state, earlier, published) == (follows, told, [place.site.pk])
    assert (entry["code"], entry["at"], entry["data"]) == (event, now, {"why": "test"})
    assert entry["source"] == sessions._SOURCES[event]


@pytest.mark.parametrize("state", State)
def test_an_unlisted_pair_raises_and_changes_nothing(place: Place, published: list[object], state: State) -> None:
    session = in_state(place, state)
    before = written()
    del published[:]
    for event in (event for each, event in DEAD_ENDS if each == state):
        with pytest.raises(Forbidden, match=f"{event} does not fit {state}") as refused:
            sessions.move(session, event, now=place.forward(seconds=1), cost_minor=5)
        assert (refused.value.state, refused.value.event) == (state, event)
    assert (written(), session.state, session.cost_minor, published) == (before, state, 0, [])


@pytest.mark.parametrize(("state", "event"), MOVES)
def test_losing_a_race_is_a_normal_return_that_writes_nothing(
    place: Place, published: list[object], state: State, event: Event
) -> None:
    session = in_state(place, state)
    elsewhere = next(other for other in State if other not in (state, TABLE[state, event]))
    Session.objects.filter(pk=session.pk).update(state=elsewhere)
    before = written()
    del published[:]
    assert not sessions.move(session, event, now=place.forward(seconds=1), cost_minor=5)
    assert (session.state, session.cost_minor, published) == (elsewhere, 0, [])
    assert written() == before


def test_whoever_did_it_may_be_somebody_else_than_usual(place: Place) -> None:
    session = in_state(place, State.CHARGING)
    assert sessions.move(session, Event.STOP, now=place.now, source=Source.STAFF)
    assert TimelineEntry.objects.latest("pk").source == Source.STAFF


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
