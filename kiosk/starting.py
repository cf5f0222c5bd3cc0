"""From the card to the first watt-hour: ask the charge point to start, or give up and release."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from hardware import chargers
from hardware.models import Command, Transaction
from kiosk import metering, sessions, settling
from kiosk.lifecycle import HOLDS_CONNECTOR, Event, State
from kiosk.models import Offer, Session
from kiosk.timeline import Code, Flag, Source, record
from payments.lifecycle import State as MoneyState
from payments.models import Authorisation

Why = Session.EndReason

#: Our patience is longer than the charge point's own (ConnectionTimeOut), so that its answer comes first.
PLUG_IN_MARGIN = timedelta(seconds=15)
#: Why a start that failed is given up.
FAILED = {
    Command.State.REJECTED: Why.REFUSED,
    Command.State.NO_ANSWER: Why.SILENT,
    Command.State.EXPIRED: Why.SILENT,
    Command.State.CANCELLED: Why.REFUSED,
}


def approved(session: Session, authorisation: Authorisation, now: datetime) -> None:
    """The card was accepted."""
    _held(session, authorisation, Event.APPROVED, now)


def found_held(session: Session, authorisation: Authorisation, now: datetime) -> None:
    """A hold whose answer was lost exists. Its driver may still stand there, and then it is as good as approved."""
    session.authorisation = authorisation
    if session.state == State.AUTHORISING:  # it has not heard of the doubt
        approved(session, authorisation, now)
    elif session.authorised_at is not None:  # it was the settlement that was in doubt; payments asks for it again
        record(session, Source.MONEY, Code.FOUND_HELD, now=now)
    elif _still_wanted(session, now):
        try:
            with transaction.atomic():
                _held(session, authorisation, Event.FOUND_IN_TIME, now)
        except IntegrityError:  # somebody else took the connector at this moment
            session.refresh_from_db()
            _found_too_late(session, authorisation, now)
    else:
        _found_too_late(session, authorisation, now)


def go_ahead(session: Session, now: datetime) -> None:
    """Money is held: ask the charge point to start, unless the driver has gone or too little was granted."""
    if session.end_reason:
        give_up(session, Why(session.end_reason), now)
    elif session.authorisation.state != MoneyState.AUTHORISED:  # released meanwhile, by a deadline or by staff
        give_up(session, Why.LATE, now)
    elif session.authorisation.authorised_minor < session.site.hold_minimum_minor:
        give_up(session, Why.FUNDS, now)
    else:
        plugged_in_by = now + timedelta(seconds=session.site.plug_in_s)
        command = chargers.request_start(session.connector, now=now, expires_at=plugged_in_by)
        sessions.move(session, Event.START, now=now, start_command=command, deadline_at=plugged_in_by + PLUG_IN_MARGIN)


def answered(session: Session, command: Command, now: datetime) -> None:
    """The charge point answered the request to start, or did not."""
    if command.state == Command.State.ACCEPTED:
        record(session, Source.CHARGER, Code.START_ACCEPTED, now=now)
    elif session.state == State.STARTING and (why := FAILED.get(Command.State(command.state))):
        give_up(session, why, now)


def give_up(session: Session, why: Why, now: datetime, source: Source = Source.SYSTEM) -> bool:
    """Nothing will be delivered: release the hold. False when charging has begun after all, and goes on."""
    command = session.start_command
    if command is not None and not chargers.cancel_start(command, now=now):
        begun(session, Transaction.objects.select_related("connector").get(command=command), now)
        return False
    return _abandon(session, why, now, source)


def begun(session: Session, charging: Transaction, now: datetime) -> None:
    """The charge point began to deliver for ``session``."""
    if session.state != State.STARTING:
        _unexpected(session, charging, now)
        return
    moved = charging.connector_id != session.connector_id
    if moved and not _may_use(session, charging):
        record(session, Source.CHARGER, Code.WRONG_CONNECTOR, now=now, connector=charging.connector.label)
        chargers.request_stop(charging, now=now)
        _abandon(session, Why.REFUSED, now, Source.SYSTEM)
        return
    flags = sessions.flagged(session)
    if metering.is_ahead(charging.started_at, charging.received_at):
        flags = sessions.flagged(session, Flag.CLOCK_AHEAD)
    elif metering.is_behind(charging.started_at, charging.received_at):
        flags = sessions.flagged(session, Flag.CLOCK_BEHIND)
    won = sessions.move(
        session,
        Event.STARTED,
        now=now,
        connector=charging.connector,
        transaction=charging,
        started_at=charging.started_at,
        meter_start_wh=charging.meter_start_wh,
        meter_wh=charging.meter_start_wh,
        metered_at=charging.started_at,
        heard_at=now,
        deadline_at=now + timedelta(seconds=session.site.maximum_duration_s),
        flags=flags,
    )
    if won and moved:
        record(session, Source.CHARGER, Code.OTHER_CONNECTOR, now=now, connector=charging.connector.label)


def _held(session: Session, authorisation: Authorisation, event: Event, now: datetime) -> None:
    session.authorisation = authorisation
    details = {"amount_minor": authorisation.authorised_minor, "currency": authorisation.currency}
    if sessions.move(
        session, event, now=now, data=details, card=authorisation.card, authorised_at=now, deadline_at=None
    ):
        go_ahead(session, now)


def _found_too_late(session: Session, authorisation: Authorisation, now: datetime) -> None:
    session.authorisation = authorisation
    if sessions.move(
        session,
        Event.FOUND_TOO_LATE,
        now=now,
        card=authorisation.card,
        authorised_at=now,
        end_reason=session.end_reason or Why.LATE,
        deadline_at=None,
    ):
        settling.settle(session, now)


def _still_wanted(session: Session, now: datetime) -> bool:
    if session.end_reason or session.deadline_at is None or now >= session.deadline_at:
        return False
    others = Session.objects.filter(connector_id=session.connector_id, state__in=HOLDS_CONNECTOR)
    return not others.exclude(pk=session.pk).exists()


def _abandon(session: Session, why: Why, now: datetime, source: Source) -> bool:
    won = sessions.move(
        session, Event.GIVE_UP, now=now, source=source, data={"why": why}, end_reason=why, deadline_at=None
    )
    if won:
        settling.settle(session, now)
    return won


def _unexpected(session: Session, charging: Transaction, now: datetime) -> None:
    """The start was called off, and the charge point delivers all the same."""
    if session.transaction_id == charging.pk:
        return  # we knew
    chargers.request_stop(charging, now=now)
    sessions.change(session, flags=sessions.flagged(session, Flag.UNEXPECTED_START))
    record(session, Source.CHARGER, Code.UNEXPECTED_START, now=now)


def _may_use(session: Session, charging: Transaction) -> bool:
    """Whether the driver may charge at another connector than the one they picked: at the same price, if it is free."""
    connector = charging.connector
    offer = Offer.objects.select_related("tariff").filter(connector=connector, site_id=session.site_id).first()
    if offer is None or offer.tariff.snapshot() != session.tariff or not connector.enabled:
        return False
    held = Session.objects.filter(connector=connector, state__in=HOLDS_CONNECTOR)
    return not held.exclude(pk=session.pk).exists()
