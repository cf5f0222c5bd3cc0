"""Every pair of state and event, listed and unlisted, in the table and in the database."""

from __future__ import annotations

import pytest

from hardware.models import Terminal
from payments.authorisations import advance
from payments.lifecycle import FINAL, OPEN, TABLE, Event, Forbidden, State, after
from payments.models import Authorisation
from tests.payments.clock import Clock
from tests.payments.conftest import Announcements

PAIRS = [(state, event) for state in State for event in Event]

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
    releasing   released         released
    releasing   release_refused  in_doubt
    releasing   release_lost     in_doubt
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


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_a_listed_pair_moves_the_record_and_an_unlisted_one_changes_nothing(
    state: State, event: Event, db: None, clock: Clock, announced: Announcements
) -> None:
    authorisation = Authorisation.objects.create(
        terminal=Terminal.objects.create(name="IM30", url="payproxy+http://localhost:1"),
        state=state,
        currency="EUR",
        requested_minor=5000,
        created_at=clock(),
        deadline_at=clock(),
        **taken_in(state),
    )
    if (state, event) in TABLE:
        assert advance(authorisation, event, clock(), reason="why", **taken_in(TABLE[state, event]))
        assert authorisation.state == after(state, event) == TABLE[state, event]
        assert announced.events == [event]
    else:
        with pytest.raises(Forbidden) as refused:
            advance(authorisation, event, clock(), reason="why")
        assert (refused.value.state, refused.value.event) == (state, event)
        assert announced.events == []
    stored = Authorisation.objects.get()
    follows = TABLE.get((state, event), state)
    assert (stored.state, stored.reason) == (follows, "why" if (state, event) in TABLE else "")
    assert (stored.closed_at is not None) == ((state, event) in TABLE and follows in FINAL)


def test_losing_a_race_changes_nothing_and_says_so(db: None, clock: Clock, announced: Announcements) -> None:
    authorisation = Authorisation.objects.create(
        terminal=Terminal.objects.create(name="IM30", url="payproxy+http://localhost:1"),
        state=State.AUTHORISED,
        currency="EUR",
        requested_minor=5000,
        created_at=clock(),
        deadline_at=clock(),
    )
    other = Authorisation.objects.get()
    assert advance(other, Event.CAPTURE, clock())
    assert not advance(authorisation, Event.RELEASE, clock())
    assert Authorisation.objects.get().state == State.CAPTURING
    assert announced.events == ["capture"]
