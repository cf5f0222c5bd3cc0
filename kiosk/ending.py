"""The end of delivery: reported by the charge point in time, too late, or never."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hardware import chargers
from hardware.charger.readings import Reading
from hardware.models import StopReport, Transaction
from kiosk import delivery, sessions, settling
from kiosk.lifecycle import DELIVERING, Event
from kiosk.models import Session
from kiosk.timeline import Code, Flag, Source, record

Why = Session.EndReason

#: Why a charge point says that it stopped (OCPP 1.6 StopTransaction.reason), where we did not ask it to.
_REASONS: Mapping[str, Why] = {
    "EVDisconnected": Why.UNPLUGGED,
    "EmergencyStop": Why.FAULT,
    "PowerLoss": Why.FAULT,
    "Reboot": Why.FAULT,
    "HardReset": Why.FAULT,
    "SoftReset": Why.CHARGER,
}


def reported(session: Session, charging: Transaction, readings: Sequence[Reading], now: datetime) -> None:
    """The charge point stopped ``charging``: settle what it delivered."""
    if session.transaction_id != charging.pk or session.state not in DELIVERING:
        _too_late(session, charging, now)
        return
    why = Why(session.end_reason) if session.end_reason else _REASONS.get(charging.stop_reason, Why.CHARGER)
    figures = delivery.count(session, readings, now) | {"ended_at": charging.stopped_at}
    _end(session, why, figures, now, Source.CHARGER)


def missed(session: Session, why: Why, flag: Flag, now: datetime) -> None:
    """The charge point never reported an end: settle the last trusted meter value, and have it stop when it is back."""
    if session.transaction is not None:
        chargers.request_stop(session.transaction, now=now)
    figures = {"ended_at": session.metered_at, "flags": sessions.flagged(session, flag)}
    _end(session, why, figures, now, Source.SYSTEM)


def repeated(session: Session, report: StopReport, now: datetime) -> None:
    """The charge point told its stop once more; the first one counts."""
    record(session, Source.CHARGER, Code.REPEATED_STOP, now=now, said=report.reason)


def last_readings(charging: Transaction) -> list[Reading]:
    """The reading that a stopped transaction ended with."""
    if charging.stopped_at is None:
        return []
    return [Reading(at=charging.stopped_at, energy_wh=charging.meter_stop_wh)]


def _end(session: Session, why: Why, figures: dict[str, Any], now: datetime, source: Source) -> None:
    energy_wh = figures.get("energy_wh", session.energy_wh)
    fields = figures | {"end_reason": why, "deadline_at": None, "power_w": 0}
    details = {"why": why, "energy_wh": energy_wh}
    if sessions.move(session, Event.ENDED, now=now, source=source, data=details, **fields):
        settling.settle(session, now)


def _too_late(session: Session, charging: Transaction, now: datetime) -> None:
    """The session has been settled without it, or never wanted it: somebody should know, nothing more is taken."""
    delivered_wh = max(0, (charging.meter_stop_wh or 0) - charging.meter_start_wh)
    if delivered_wh > session.energy_wh or session.transaction_id == charging.pk:
        sessions.change(session, flags=sessions.flagged(session, Flag.LATE_STOP))
    record(session, Source.CHARGER, Code.LATE_STOP, now=now, energy_wh=delivered_wh)
