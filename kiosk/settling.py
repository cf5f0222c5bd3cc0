"""How a session ends for the money: what is taken, what is released, and what became of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from hardware.terminal.interface import Reason
from kiosk import receipts, sessions
from kiosk.lifecycle import TABLE, Event, State
from kiosk.models import Session
from kiosk.timeline import Code, Flag, Source, record
from payments import authorisations
from payments.lifecycle import Event as MoneyEvent
from payments.models import Authorisation
from payments.money import from_minor

logger = logging.getLogger(__name__)
Why = Session.EndReason

#: For how long a driver is thought to wait for a lost answer.
WAITS_FOR = timedelta(seconds=60)

_RELEASE_REASONS: Mapping[str, Reason] = {
    Why.FUNDS: Reason.FUNDS_TOO_SMALL,
    Why.FAULT: Reason.CHARGER_FAULT,
    Why.REFUSED: Reason.CHARGER_FAULT,
    Why.SILENT: Reason.CHARGER_SILENT,
}

#: What a session makes of news about its money; the others are handled by hand below.
_EVENTS: Mapping[MoneyEvent, Event] = {
    MoneyEvent.DECLINED: Event.DECLINED,
    MoneyEvent.FOUND_DECLINED: Event.DECLINED,
    MoneyEvent.NOTHING_HELD: Event.NOTHING_HELD,
    MoneyEvent.FOUND_NOTHING: Event.NOTHING_HELD,
    MoneyEvent.AUTHORISE_LOST: Event.DOUBTED,
    MoneyEvent.CAPTURE_LOST: Event.DOUBTED,
    MoneyEvent.CAPTURE_REFUSED: Event.DOUBTED,
    MoneyEvent.RELEASE_LOST: Event.DOUBTED,
    MoneyEvent.OVERDUE: Event.DOUBTED,
    MoneyEvent.CAPTURED: Event.CAPTURED,
    MoneyEvent.FOUND_CAPTURED: Event.CAPTURED,
}
_RELEASED = frozenset({MoneyEvent.RELEASED, MoneyEvent.FOUND_RELEASED})


def settle(session: Session, now: datetime) -> None:
    """Ask for what the session cost, and give up the rest of the hold. Zero is a release with the reason for it.

    A failure is logged, not raised: the session stays where it is and the sweep asks again.
    """
    amount_minor = owed(session)
    try:
        with transaction.atomic():
            authorisations.settle(
                session.authorisation,
                amount=from_minor(amount_minor, session.currency),
                reason=_reason(session, amount_minor),
                now=now,
            )
            if amount_minor:
                details = {"amount_minor": amount_minor, "currency": session.currency}
                record(session, Source.MONEY, Code.SETTLEMENT_ASKED, now=now, **details)
    except Exception:
        logger.exception("session %s could not be settled", session.pk)
        sessions.change(session, flags=sessions.flagged(session, Flag.STUCK))


def owed(session: Session) -> int:
    """What ``session`` is to pay, in minor units: nothing for nothing."""
    return session.cost_minor if session.energy_wh > 0 else 0


def heard(session: Session, authorisation: Authorisation, news: MoneyEvent, now: datetime) -> None:
    """What became of the money of ``session``, for everything but an approval and a hold that was found."""
    session.authorisation = authorisation
    if news in _RELEASED:
        closed(session, released_event(session), now)
    elif news == MoneyEvent.RELEASE_REFUSED:
        record(session, Source.TERMINAL, Code.RELEASE_REFUSED, now=now)
    elif event := _EVENTS.get(news):
        closed(session, event, now)


def closed(session: Session, event: Event, now: datetime) -> None:
    """Take the step; where it does not fit the state, a person must look."""
    if (State(session.state), event) not in TABLE:
        if event != Event.DOUBTED or session.state != State.IN_DOUBT:
            sessions.change(session, flags=sessions.flagged(session, Flag.AMOUNT_DIFFERS))
        record(session, Source.MONEY, Code(event), now=now, **_details(session, event))
        return
    fields: dict[str, Any] = {}
    if event == Event.DOUBTED:
        fields = {"flags": sessions.flagged(session, Flag.MONEY_IN_DOUBT), "deadline_at": now + WAITS_FOR}
    elif event in (Event.CAPTURED, Event.RELEASED_FREE) and session.authorisation.captured_minor != owed(session):
        fields = {"flags": sessions.flagged(session, Flag.AMOUNT_DIFFERS)}
    won = sessions.move(session, event, now=now, data=_details(session, event), **fields)
    if won and event in (Event.CAPTURED, Event.RELEASED_FREE):
        receipts.issue(session, now)


def released_event(session: Session) -> Event:
    """What a release means: nothing to pay for a delivery, or no delivery at all."""
    return Event.RELEASED_FREE if session.transaction_id else Event.RELEASED_UNUSED


def _reason(session: Session, amount_minor: int) -> Reason:
    if amount_minor:
        return Reason.NORMAL_END
    default = Reason.NO_ENERGY if session.transaction_id else Reason.NOT_STARTED
    return _RELEASE_REASONS.get(session.end_reason, default)


def _details(session: Session, event: Event) -> dict[str, object]:
    if event != Event.CAPTURED:
        return {}
    return {"amount_minor": session.authorisation.captured_minor, "currency": session.currency}
