"""The life of a charging session: every state, every event, and what follows from each pair.

Two rules for this file: everything that decides about the state of a session is in TABLE, and nothing here touches
the database. An unlisted pair raises ``Forbidden`` and changes nothing. ``docs/lifecycles.md`` is generated from
this table.
"""

from __future__ import annotations

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    """Where a session is."""

    AUTHORISING = "authorising", _("waiting for the card")
    AUTHORISED = "authorised", _("money held")
    STARTING = "starting", _("starting")
    CHARGING = "charging", _("charging")
    STOPPING = "stopping", _("stopping")
    SETTLING = "settling", _("settling")
    FINISHED = "finished", _("finished")
    DECLINED = "declined", _("declined")
    CANCELLED = "cancelled", _("cancelled")
    NOT_STARTED = "not_started", _("not started")
    IN_DOUBT = "in_doubt", _("in doubt")


class Event(StrEnum):
    """What happens to it."""

    APPROVED = "approved"  # the card was accepted, money is held
    DECLINED = "declined"
    NOTHING_HELD = "nothing_held"  # cancelled, timed out or never asked: no money is held
    DOUBTED = "doubted"  # nobody knows yet what became of the money
    START = "start"  # the charge point was asked to start
    STARTED = "started"
    GIVE_UP = "give_up"  # not plugged in, cancelled, refused by the charge point: nothing was delivered
    STOP = "stop"  # the charge point was asked to stop
    ENDED = "ended"  # delivery is over
    CAPTURED = "captured"
    RELEASED_UNUSED = "released_unused"  # the hold is gone and charging never began
    RELEASED_FREE = "released_free"  # the hold is gone and what was delivered costs nothing
    FOUND_IN_TIME = "found_in_time"  # a doubted hold was confirmed while its driver still waits
    FOUND_TOO_LATE = "found_too_late"  # a doubted hold was confirmed, and must be settled


class Forbidden(Exception):
    """The event does not fit the state; nothing was changed."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event} does not fit {state}")
        self.state, self.event = state, event


TABLE: dict[tuple[State, Event], State] = {
    (State.AUTHORISING, Event.APPROVED): State.AUTHORISED,
    (State.AUTHORISING, Event.DECLINED): State.DECLINED,
    (State.AUTHORISING, Event.NOTHING_HELD): State.CANCELLED,
    (State.AUTHORISING, Event.DOUBTED): State.IN_DOUBT,
    (State.AUTHORISED, Event.START): State.STARTING,
    (State.AUTHORISED, Event.GIVE_UP): State.SETTLING,
    (State.STARTING, Event.STARTED): State.CHARGING,
    (State.STARTING, Event.GIVE_UP): State.SETTLING,
    (State.CHARGING, Event.STOP): State.STOPPING,
    (State.CHARGING, Event.ENDED): State.SETTLING,
    (State.STOPPING, Event.ENDED): State.SETTLING,
    (State.SETTLING, Event.CAPTURED): State.FINISHED,
    (State.SETTLING, Event.RELEASED_FREE): State.FINISHED,
    (State.SETTLING, Event.RELEASED_UNUSED): State.NOT_STARTED,
    (State.SETTLING, Event.DOUBTED): State.IN_DOUBT,
    (State.IN_DOUBT, Event.DECLINED): State.DECLINED,
    (State.IN_DOUBT, Event.NOTHING_HELD): State.CANCELLED,
    (State.IN_DOUBT, Event.FOUND_IN_TIME): State.AUTHORISED,
    (State.IN_DOUBT, Event.FOUND_TOO_LATE): State.SETTLING,
    (State.IN_DOUBT, Event.CAPTURED): State.FINISHED,
    (State.IN_DOUBT, Event.RELEASED_FREE): State.FINISHED,
    (State.IN_DOUBT, Event.RELEASED_UNUSED): State.NOT_STARTED,
}

#: The connector belongs to the session; nobody else can pick it.
HOLDS_CONNECTOR = frozenset({State.AUTHORISING, State.AUTHORISED, State.STARTING, State.CHARGING, State.STOPPING})
#: Energy flows, or may.
DELIVERING = frozenset({State.CHARGING, State.STOPPING})
#: Nothing happens to these by itself any more.
FINAL = frozenset({State.FINISHED, State.DECLINED, State.CANCELLED, State.NOT_STARTED})
#: Something is still to come.
OPEN = frozenset(State) - FINAL


def after(state: State, event: Event) -> State:
    """The state that follows. Raises Forbidden for a pair that is not in TABLE."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise Forbidden(state, event) from None
