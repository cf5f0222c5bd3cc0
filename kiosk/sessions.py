"""The one writer of a session's state: by compare-and-set on the old one; losing the race is a normal return.

Locks are taken in one order, or two processes wait for each other: device rows (command, transaction), then money
(operation, authorisation), then the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hardware.models import Command, Transaction
from kiosk import live
from kiosk.lifecycle import FINAL, Event, State, after
from kiosk.models import Session
from kiosk.timeline import Code, Flag, Source, record

_SOURCES: Mapping[Event, Source] = {
    Event.APPROVED: Source.TERMINAL,
    Event.DECLINED: Source.TERMINAL,
    Event.NOTHING_HELD: Source.TERMINAL,
    Event.DOUBTED: Source.MONEY,
    Event.START: Source.SYSTEM,
    Event.STARTED: Source.CHARGER,
    Event.GIVE_UP: Source.SYSTEM,
    Event.STOP: Source.SYSTEM,
    Event.ENDED: Source.CHARGER,
    Event.CAPTURED: Source.MONEY,
    Event.RELEASED_UNUSED: Source.MONEY,
    Event.RELEASED_FREE: Source.MONEY,
    Event.FOUND_IN_TIME: Source.MONEY,
    Event.FOUND_TOO_LATE: Source.MONEY,
}


def move(
    session: Session,
    event: Event,
    *,
    now: datetime,
    source: Source | None = None,
    data: Mapping[str, Any] | None = None,
    **fields: Any,
) -> bool:
    """Take the step that ``event`` means, with ``fields``, an entry on the timeline and a word to the screens.

    Call inside a transaction. ``data`` goes on the timeline; ``source`` is who did it, unless the event tells.
    False when somebody else took a step first: nothing was written, and ``session`` is as the database has it.
    Raises Forbidden for an event that does not fit the state.
    """
    old = State(session.state)
    new = after(old, event)
    fields |= {"state": new}
    if new in FINAL:
        fields |= {"closed_at": now, "deadline_at": None}
    if not change(session, **fields):
        return False
    record(session, source or _SOURCES[event], Code(event), now=now, **(data or {}))
    live.publish(session.site_id)
    return True


def change(session: Session, **fields: Any) -> bool:
    """Write ``fields`` if the session is still in the state we know. False, and reread, if it is not."""
    if not Session.objects.filter(pk=session.pk, state=session.state).update(**fields):
        session.refresh_from_db()
        return False
    for name, value in fields.items():
        setattr(session, name, value)
    return True


def flagged(session: Session, *flags: Flag) -> list[str]:
    """The session's flags with ``flags`` among them, once each, for ``move`` or ``change``."""
    return list(dict.fromkeys([*session.flags, *flags]))


def locked(**lookup: Any) -> Session | None:
    """The session that fits, with what is needed to decide about it; nobody else changes it until we commit."""
    return (
        Session.objects.select_for_update(of=("self",))
        .select_related("site", "connector__charge_point", "authorisation", "start_command")
        .filter(**lookup)
        .first()
    )


def lock(session: Session) -> Session | None:
    """``session`` as it is now, and nobody else changes it until we commit; its device rows are locked first."""
    if session.start_command_id is not None:
        Command.objects.select_for_update().only("pk").filter(pk=session.start_command_id).first()
    if session.transaction_id is not None:
        Transaction.objects.select_for_update().only("pk").filter(pk=session.transaction_id).first()
    return locked(pk=session.pk)
