"""The life of an authorisation: every state, every event, and what follows from each pair.

Two rules for this file: everything that decides about the state of an authorisation is in TABLE, and nothing here
touches the database. An unlisted pair raises ``Forbidden`` and changes nothing. ``docs/lifecycles.md`` is generated
from this table.
"""

from __future__ import annotations

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    """Where an authorisation is."""

    PENDING = "pending", _("asking the card")
    AUTHORISED = "authorised", _("held")
    CAPTURING = "capturing", _("being captured")
    RELEASING = "releasing", _("being released")
    CAPTURED = "captured", _("captured")
    RELEASED = "released", _("released")
    DECLINED = "declined", _("declined")
    FAILED = "failed", _("failed")
    IN_DOUBT = "in_doubt", _("in doubt")


class Event(StrEnum):
    """What happens to it. The ``*_LOST`` events mean: sent, and no trustworthy answer."""

    APPROVED = "approved"
    DECLINED = "declined"
    NOTHING_HELD = "nothing_held"  # aborted, timed out at the cardholder, or never sent
    AUTHORISE_LOST = "authorise_lost"
    CAPTURE = "capture"
    CAPTURED = "captured"
    CAPTURE_REFUSED = "capture_refused"
    CAPTURE_LOST = "capture_lost"
    RELEASE = "release"
    RELEASED = "released"
    RELEASE_REFUSED = "release_refused"
    RELEASE_LOST = "release_lost"
    OVERDUE = "overdue"  # it could not be captured or released by its deadline: provably nothing was done
    # Answers that arrive after all, and what recovery or a person found out about an operation in doubt.
    FOUND_HELD = "found_held"
    FOUND_DECLINED = "found_declined"
    FOUND_NOTHING = "found_nothing"
    FOUND_CAPTURED = "found_captured"
    FOUND_RELEASED = "found_released"


class Forbidden(Exception):
    """The event does not fit the state; nothing was changed."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event} does not fit {state}")
        self.state, self.event = state, event


TABLE: dict[tuple[State, Event], State] = {
    (State.PENDING, Event.APPROVED): State.AUTHORISED,
    (State.PENDING, Event.DECLINED): State.DECLINED,
    (State.PENDING, Event.NOTHING_HELD): State.FAILED,
    (State.PENDING, Event.AUTHORISE_LOST): State.IN_DOUBT,
    (State.AUTHORISED, Event.CAPTURE): State.CAPTURING,
    (State.AUTHORISED, Event.RELEASE): State.RELEASING,
    (State.CAPTURING, Event.CAPTURED): State.CAPTURED,
    (State.CAPTURING, Event.CAPTURE_REFUSED): State.IN_DOUBT,
    (State.CAPTURING, Event.CAPTURE_LOST): State.IN_DOUBT,
    (State.CAPTURING, Event.OVERDUE): State.IN_DOUBT,
    (State.RELEASING, Event.RELEASED): State.RELEASED,
    (State.RELEASING, Event.RELEASE_REFUSED): State.RELEASING,  # asked again, later and later
    (State.RELEASING, Event.RELEASE_LOST): State.IN_DOUBT,
    (State.RELEASING, Event.OVERDUE): State.IN_DOUBT,
    (State.IN_DOUBT, Event.FOUND_HELD): State.AUTHORISED,
    (State.IN_DOUBT, Event.FOUND_DECLINED): State.DECLINED,
    (State.IN_DOUBT, Event.FOUND_NOTHING): State.FAILED,
    (State.IN_DOUBT, Event.FOUND_CAPTURED): State.CAPTURED,
    (State.IN_DOUBT, Event.FOUND_RELEASED): State.RELEASED,
}

#: Nothing happens to these by itself any more.
FINAL = frozenset({State.CAPTURED, State.RELEASED, State.DECLINED, State.FAILED})
#: The bank may be holding money for these.
OPEN = frozenset(State) - FINAL


def after(state: State, event: Event) -> State:
    """The state that follows. Raises Forbidden for a pair that is not in TABLE."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise Forbidden(state, event) from None
