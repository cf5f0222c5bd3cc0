"""What the state of a connector or charge point means for the session there."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from hardware.models import ChargePoint, Connector
from kiosk import live, sessions, starting, stopping
from kiosk.lifecycle import HOLDS_CONNECTOR, State
from kiosk.models import Offer, Session, TimelineEntry
from kiosk.timeline import Code, Source, record

Why = Session.EndReason
Status = Connector.Status

#: A car was connected and energy flowed or could.
_IN_USE = frozenset({Status.CHARGING, Status.SUSPENDED_EV, Status.SUSPENDED_EVSE, Status.FINISHING})
_PRESENCE = (Code.CHARGER_OFFLINE, Code.CHARGER_BACK)


def connector_changed(connector: Connector, previous: str, now: datetime) -> None:
    """A fault ends a visit, and so does a car that is gone although its stop was not told yet."""
    _publish(Offer.objects.filter(connector=connector))
    faulted = connector.status == Status.FAULTED
    gone = connector.status == Status.AVAILABLE and previous in _IN_USE
    if not faulted and not gone:
        return
    holder = Session.objects.filter(connector=connector, state__in=HOLDS_CONNECTOR).first()
    if holder is None or (session := sessions.lock(holder)) is None:
        return
    if session.state == State.CHARGING:
        stopping.stop(session, Why.FAULT if faulted else Why.UNPLUGGED, now, Source.CHARGER)
    elif session.state in (State.AUTHORISED, State.STARTING) and faulted:
        starting.give_up(session, Why.FAULT, now, Source.CHARGER)


def charge_point_changed(charge_point: ChargePoint, now: datetime) -> None:
    """Note on the sessions there when it goes offline and comes back."""
    _publish(Offer.objects.filter(connector__charge_point=charge_point))
    held = Session.objects.filter(connector__charge_point=charge_point, state__in=HOLDS_CONNECTOR - {State.AUTHORISING})
    for session in held:
        code = Code.CHARGER_BACK if charge_point.is_connected else Code.CHARGER_OFFLINE
        last = TimelineEntry.objects.filter(session=session, code__in=_PRESENCE).order_by("-pk").first()
        if code != (last.code if last else Code.CHARGER_BACK):
            record(session, Source.CHARGER, code, now=now)


def _publish(offers: QuerySet[Offer]) -> None:
    for site_id in set(offers.values_list("site_id", flat=True)):
        live.publish(site_id)
