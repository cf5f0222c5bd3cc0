"""Every pair of state and event, listed and unlisted, in the table and in the database."""

from __future__ import annotations

from typing import Any

import pytest

from hardware.models import Terminal
from payments.authorisations import advance
from payments.lifecycle import FINAL, OPEN, TABLE, Event, Forbidden, State, after
from payments.models import Authorisation, JournalEntry
from tests.payments.clock import Clock
from tests.payments.conftest import Announcements

PAIRS = [(state, event) for state in State for event in Event]
MOVES = [pair for pair in PAIRS if pair in TABLE]

#: The table as a person reads it: what follows from what, written down a second time.
EXPECTED = """
    pending     approved         authorised
    pending     declined         declined
    pending     nothing_held     failed
    pending     authorise_lost   in_doubt
    authorised  capture          capturing
    authorised  release          releasing
    capturing   captured         captured
    capturing   capture_refused  in_doubt
    capturing   capture_lost     in_doubt
    capturing   overdue          in_doubt
    releasing   released         released
    releasing   release_refused  releasing
    releasing   release_lost     in_doubt
    releasing   overdue          in_doubt
    in_doubt    found_held       authorised
    in_doubt    found_declined   declined
    in_doubt    found_nothing    failed
    in_doubt    found_captured   captured
    in_doubt    found_released   released
"""


def test_the_table_is_what_was_agreed() -> None:
    rows = [line.split() for line in EXPECTED.strip().splitlines()]
    assert {(state, event): after for state, event, after in rows} == {
        (str(state), str(event)): str(follows) for (state, event), follows in TABLE.items()
    }


def test_nothing_follows_a_final_state_and_something_follows_every_open_one() -> None:
    assert {state for state, _ in TABLE} == set(OPEN)
    assert set(State) == FINAL | OPEN


def test_every_state_and_every_event_is_used() -> None:
    assert set(TABLE.values()) | {State.PENDING} == set(State)
    assert {event for _, event in TABLE} == set(Event)


def taken_in(state: State) -> dict[str, int]:
    """Captured means that something was."""
    return {"authorised_minor": 1200, "captured_minor": 1200} if state is State.CAPTURED else {}


def in_state(state: State, clock: Clock) -> Authorisation:
    return Authorisation.objects.create(
        terminal=Terminal.objects.create(name="IM30", url="payproxy+http://localhost:1"),
        state=state,
        currency="EUR",
        requested_minor=5000,
        created_at=clock(),
        deadline_at=clock(),
        **taken_in(state),
    )


def written() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every column of the authorisation and of its journal."""
    return [dict(row) for row in Authorisation.objects.values()], [dict(row) for row in JournalEntry.objects.values()]


@pytest.mark.parametrize(("state", "event"), MOVES)
def test_a_listed_pair_takes_the_step_and_changes_nothing_else(
    state: State, event: Event, db: None, clock: Clock, announced: Announcements
) -> None:
    authorisation = in_state(state, clock)
    ((before,), _) = written()
    follows, now = TABLE[state, event], clock.forward(seconds=1)
    assert advance(authorisation, event, now, reason="why", **taken_in(follows))
    ((after_it,), (entry,)) = written()
    closed = {"closed_at": now, "released_minor": 0} if follows in FINAL else {}
    assert after_it == before | {"state": follows, "reason": "why"} | taken_in(follows) | closed
    assert authorisation.state == after(state, event) == follows
    assert (entry["cause"], entry["was_state"], entry["state"]) == (event, state, follows)
    assert announced.events == [event]


@pytest.mark.parametrize("state", State)
def test_an_unlisted_pair_raises_and_changes_nothing(
    state: State, db: None, clock: Clock, announced: Announcements
) -> None:
    authorisation = in_state(state, clock)
    before = written()
    for event in (event for each, event in PAIRS if each == state and (each, event) not in TABLE):
        with pytest.raises(Forbidden) as refused:
            advance(authorisation, event, clock.forward(seconds=1), reason="why", captured_minor=7)
        assert (refused.value.state, refused.value.event) == (state, event)
        assert str(refused.value) == f"{event} does not fit {state}"
        assert (authorisation.state, authorisation.reason) == (state, "")
    assert written() == before
    assert announced.events == []


@pytest.mark.parametrize(("state", "event"), MOVES)
def test_whoever_loses_a_race_changes_nothing_and_is_told(
    state: State, event: Event, db: None, clock: Clock, announced: Announcements
) -> None:
    authorisation = in_state(state, clock)
    elsewhere = next(each for each in State if each not in (state, TABLE[state, event]))
    Authorisation.objects.update(state=elsewhere, **taken_in(elsewhere))
    before = written()
    assert not advance(authorisation, event, clock.forward(seconds=1), reason="why")
    assert written() == before
    assert announced.events == []
