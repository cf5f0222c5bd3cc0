"""What can be bought now: whether a connector is free, and whether a kiosk is open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _

from hardware.models import ChargePoint, Connector, Terminal
from hardware.terminals import missing_capabilities
from kiosk.lifecycle import HOLDS_CONNECTOR
from kiosk.models import Kiosk, Offer, Session


class Availability(StrEnum):
    """What a driver can do with a connector now."""

    FREE = "free"
    PLUGGED_IN = "plugged_in"  # free, and a car is connected already
    OCCUPIED = "occupied"
    OFFLINE = "offline"
    FAULT = "fault"
    OUT_OF_SERVICE = "out_of_service"


#: These can be bought.
ON_SALE = frozenset({Availability.FREE, Availability.PLUGGED_IN})

_BY_STATUS: dict[str, Availability] = {
    Connector.Status.AVAILABLE: Availability.FREE,
    Connector.Status.PREPARING: Availability.PLUGGED_IN,
    Connector.Status.FINISHING: Availability.PLUGGED_IN,
    Connector.Status.CHARGING: Availability.OCCUPIED,
    Connector.Status.SUSPENDED_EV: Availability.OCCUPIED,
    Connector.Status.SUSPENDED_EVSE: Availability.OCCUPIED,
    Connector.Status.RESERVED: Availability.OCCUPIED,
    Connector.Status.UNAVAILABLE: Availability.OUT_OF_SERVICE,
    Connector.Status.FAULTED: Availability.FAULT,
    Connector.Status.UNKNOWN: Availability.OFFLINE,
}


def availability(offer: Offer, now: datetime, held: Collection[int] | None = None) -> Availability:
    """What can be done with the connector of ``offer``.

    ``held``: the connectors that sessions hold, where the caller asks about many offers (``held_connectors``).
    """
    connector = offer.connector
    if not connector.enabled or not connector.charge_point.enabled:
        return Availability.OUT_OF_SERVICE
    if connector.pk in (held_connectors([connector.pk]) if held is None else held):
        return Availability.OCCUPIED
    if not is_online(connector.charge_point, now):
        return Availability.OFFLINE
    return _BY_STATUS[connector.status]


def held_connectors(connectors: Collection[int]) -> frozenset[int]:
    """Those of ``connectors`` (ids) that belong to a session."""
    holding = Session.objects.filter(connector__in=connectors, state__in=HOLDS_CONNECTOR)
    return frozenset(holding.values_list("connector_id", flat=True))


def is_online(charge_point: ChargePoint, now: datetime) -> bool:
    """Whether a socket speaks for it and it was heard of lately."""
    if not charge_point.is_connected or charge_point.last_seen_at is None:
        return False
    return now - charge_point.last_seen_at <= timedelta(seconds=charge_point.silent_after_s)


def closed_because(kiosk: Kiosk, now: datetime) -> str:
    """Why nobody can buy at ``kiosk`` now, for staff; an empty string when it is open."""
    terminal = kiosk.terminal
    if not kiosk.enabled:
        return _("The kiosk is switched off.")
    if not terminal.enabled:
        return _("The payment terminal is switched off.")
    try:
        missing = missing_capabilities(terminal)
    except ValueError as error:
        return _("The payment terminal's record is wrong: %(error)s") % {"error": error}
    if missing:
        return _("The payment terminal cannot do everything that is needed: %(missing)s") % {
            "missing": ", ".join(missing)
        }
    if terminal.state == Terminal.State.UNREACHABLE:
        return _("The payment terminal cannot be reached.")
    if terminal.state == Terminal.State.ATTENTION:
        return _("The payment terminal needs attention: %(detail)s") % {"detail": terminal.state_detail or "?"}
    return ""
