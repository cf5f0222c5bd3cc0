"""What nobody told us about: deadlines, silence, and steps that a crash or a lost wake-up left out.

One query finds what is open; only what needs a step is locked, looked at again and taken care of, each session in a
transaction of its own. Doing it twice does nothing, and one session that fails stops no other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from hardware import chargers
from hardware.among import Among
from kiosk import ending, sessions, settling, starting, stopcards, stopping
from kiosk.lifecycle import OPEN, Event, State
from kiosk.models import Session, StopAttempt
from kiosk.timeline import Code, Flag, Source, record
from payments.lifecycle import State as MoneyState

logger = logging.getLogger(__name__)
Why = Session.EndReason
Step = Callable[[], object]

#: How the money of a session that settles, or is in doubt, ended without the session hearing of it.
_ENDED = {MoneyState.CAPTURED, MoneyState.RELEASED}
_GONE = {MoneyState.DECLINED: Event.DECLINED, MoneyState.FAILED: Event.NOTHING_HELD}


def sweep(now: datetime) -> int:
    """Look after everything that is open. Returns the number of sessions and stop attempts that needed a step."""
    _guarded("commands", partial(chargers.wake_open_commands, now))
    needing = [session.pk for session in _open() if _step(session, now)]
    for key in needing:
        _guarded(f"session {key}", partial(_attend, key, now))
    attempts = [attempt for attempt in _waiting() if not _is_asked_for(attempt)]
    for attempt in attempts:
        _guarded(f"stop attempt {attempt.pk}", partial(_conclude, attempt, now))
    return len(needing) + len(attempts)


def _open() -> QuerySet[Session]:
    """The sessions that may need something; those in doubt only once something is known about them."""
    in_doubt = {"state": State.IN_DOUBT, "authorisation__state": MoneyState.IN_DOUBT}
    rows = Session.objects.select_related(*_NEEDED).filter(Among("state", OPEN)).exclude(**in_doubt)
    return rows.order_by("deadline_at")  # the order of the index of what is open


_NEEDED = ("authorisation", "site", "connector__charge_point", "transaction", "start_command__started")


def _attend(key: int, now: datetime) -> None:
    with transaction.atomic():
        session = sessions.lock(Session.objects.get(pk=key))
        if session is not None and (step := _step(session, now)):
            step()


def _waiting() -> QuerySet[StopAttempt]:
    waiting = StopAttempt.objects.filter(outcome=StopAttempt.Outcome.WAITING)
    return waiting.select_related("session", "operation__card")


def _is_asked_for(attempt: StopAttempt) -> bool:
    """Whether the terminal still asks for a card, and somebody still needs one."""
    return attempt.operation.state in stopcards.UNDER_WAY and attempt.session.state == State.CHARGING


def _conclude(attempt: StopAttempt, now: datetime) -> None:
    """Hear what came of it; or, when the visit ended otherwise, free the terminal for what is to be settled."""
    if attempt.operation.state in stopcards.UNDER_WAY:
        stopcards.withdraw(attempt, now)
        return
    with transaction.atomic():
        if session := sessions.lock(attempt.session):
            stopcards.presented(session, attempt, attempt.operation.card, now)


def _step(session: Session, now: datetime) -> Step | None:
    """What ``session`` needs now, if anything: it may have ended since it was found open."""
    look = _STEPS.get(State(session.state))
    return look(session, now) if look else None


def _authorising(session: Session, now: datetime) -> Step | None:
    money, authorisation = MoneyState(session.authorisation.state), session.authorisation
    if money == MoneyState.PENDING:
        return None
    if money in _GONE:
        return _repair(session, now, partial(settling.closed, session, _GONE[money], now))
    if money == MoneyState.IN_DOUBT:
        return _repair(session, now, partial(settling.closed, session, Event.DOUBTED, now))
    return _repair(session, now, partial(starting.approved, session, authorisation, now))


def _authorised(session: Session, now: datetime) -> Step | None:
    return _repair(session, now, partial(starting.go_ahead, session, now))


def _starting(session: Session, now: datetime) -> Step | None:
    command = session.start_command
    if command is None:
        return None
    if charging := getattr(command, "started", None):
        return _repair(session, now, partial(starting.begun, session, charging, now))
    if command.state in starting.FAILED:
        return _repair(session, now, partial(starting.answered, session, command, now))
    if _overdue(session, now):
        return partial(starting.give_up, session, Why.NOT_PLUGGED_IN, now)
    return None


def _charging(session: Session, now: datetime) -> Step | None:
    if stopped := _stopped(session, now):
        return stopped
    if _overdue(session, now):
        return partial(stopping.stop, session, Why.DURATION, now)
    if session.authorisation.state != MoneyState.AUTHORISED:  # released under it, by a deadline or by staff
        return partial(stopping.stop, session, Why.STAFF, now)
    if now - _heard_at(session) >= timedelta(seconds=session.site.silent_limit_s):
        return partial(ending.missed, session, Why.SILENT, Flag.SILENT, now)
    return None


def _stopping(session: Session, now: datetime) -> Step | None:
    if stopped := _stopped(session, now):
        return stopped
    if _overdue(session, now):
        return partial(ending.missed, session, Why(session.end_reason), Flag.NO_STOP, now)
    return None


def _settling(session: Session, now: datetime) -> Step | None:
    money = MoneyState(session.authorisation.state)
    if money == MoneyState.AUTHORISED:
        return _repair(session, now, partial(settling.settle, session, now))
    if money in _ENDED:
        return _repair(session, now, partial(settling.closed, session, _end(session), now))
    if money == MoneyState.IN_DOUBT or money in _GONE:
        return _repair(session, now, partial(settling.closed, session, Event.DOUBTED, now))
    return None


def _in_doubt(session: Session, now: datetime) -> Step | None:
    money, authorisation = MoneyState(session.authorisation.state), session.authorisation
    if money == MoneyState.AUTHORISED:
        if session.authorised_at is None:
            return _repair(session, now, partial(starting.found_held, session, authorisation, now))
        return _repair(session, now, partial(settling.settle, session, now))
    if money in _ENDED:
        return _repair(session, now, partial(settling.closed, session, _end(session), now))
    if money in _GONE:
        return _repair(session, now, partial(settling.closed, session, _GONE[money], now))
    return None


def _end(session: Session) -> Event:
    captured = session.authorisation.state == MoneyState.CAPTURED
    return Event.CAPTURED if captured else settling.released_event(session)


def _stopped(session: Session, now: datetime) -> Step | None:
    charging = session.transaction
    if charging is None or charging.stopped_at is None:
        return None
    return _repair(session, now, partial(ending.reported, session, charging, ending.last_readings(charging), now))


def _repair(session: Session, now: datetime, step: Step) -> Step:
    """``step``, with a word on the timeline that it comes late."""

    def repaired() -> None:
        if Flag.STUCK not in session.flags:  # said once is enough
            record(session, Source.SYSTEM, Code.REPAIRED, now=now)
        step()

    return repaired


def _overdue(session: Session, now: datetime) -> bool:
    return session.deadline_at is not None and session.deadline_at <= now


def _heard_at(session: Session) -> datetime:
    signs = (session.heard_at, session.connector.charge_point.last_seen_at, session.created_at)
    return max(sign for sign in signs if sign is not None)


def _guarded(what: str, step: Step) -> None:
    try:
        step()
    except Exception:
        logger.exception("the sweep could not look after %s", what)


_STEPS: Mapping[State, Callable[[Session, datetime], Step | None]] = {
    State.AUTHORISING: _authorising,
    State.AUTHORISED: _authorised,
    State.STARTING: _starting,
    State.CHARGING: _charging,
    State.STOPPING: _stopping,
    State.SETTLING: _settling,
    State.IN_DOUBT: _in_doubt,
}
