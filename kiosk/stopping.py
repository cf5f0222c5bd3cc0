"""Ending delivery: every way there is leads through here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from hardware import chargers
from hardware.models import Command
from kiosk import sessions
from kiosk.lifecycle import Event, State
from kiosk.models import Session
from kiosk.timeline import Code, Source, record

Why = Session.EndReason

_ANSWERS: Mapping[str, Code] = {
    Command.State.ACCEPTED: Code.STOP_ACCEPTED,
    Command.State.REJECTED: Code.STOP_REFUSED,
    Command.State.NO_ANSWER: Code.STOP_UNANSWERED,
}


def stop(session: Session, why: Why, now: datetime, source: Source = Source.SYSTEM) -> bool:
    """Ask the charge point to stop; the meter value it ends with will be settled. False when it is not charging."""
    if session.state != State.CHARGING or session.transaction is None:
        return False
    chargers.request_stop(session.transaction, now=now)
    return sessions.move(
        session,
        Event.STOP,
        now=now,
        source=source,
        data={"why": why},
        end_reason=why,
        deadline_at=now + timedelta(seconds=session.site.stop_grace_s),
    )


def answered(session: Session, command: Command, now: datetime) -> None:
    """The charge point answered the request to stop, or did not. Whatever it said, the grace time decides."""
    if code := _ANSWERS.get(command.state):
        record(session, Source.CHARGER, code, now=now)
