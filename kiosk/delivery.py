"""Energy, time and cost of a session while the charge point delivers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hardware import chargers
from hardware.charger.readings import Reading
from hardware.models import Transaction
from kiosk import limits, live, metering, pricing, sessions, stopping
from kiosk.lifecycle import DELIVERING, State
from kiosk.metering import Distrust, Meter
from kiosk.models import MeterSample, Session
from kiosk.timeline import Code, Flag, Source, record
from payments.money import to_minor

#: A charge point that reports less often than that has been away.
_LONGEST_INTERVAL_S = 120
_FLAGS = {Distrust.BACKWARDS: Flag.METER_BACKWARDS, Distrust.JUMP: Flag.METER_JUMP}


def metered(session: Session, charging: Transaction, readings: Sequence[Reading], now: datetime) -> None:
    """The meter was read. Whatever limit is reached now stops delivery."""
    if session.state not in DELIVERING:
        _delivers_after_the_end(session, charging, readings, now)
        return
    before = meter_of(session).at
    figures = count(session, readings, now)
    if not sessions.change(session, **figures):
        return
    live.publish_figures(session.public_id)
    if session.state == State.CHARGING and (limit := _limit(session, before)):
        stopping.stop(session, Session.EndReason(limit.value), now)


def count(session: Session, readings: Sequence[Reading], now: datetime) -> dict[str, Any]:
    """Keep ``readings`` as samples; the fields of ``session`` as they are after them, for ``change`` or ``move``."""
    meter, samples, flags = meter_of(session), [], []
    for reading in sorted(readings, key=lambda each: each.at):
        if metering.leapt(meter, reading, now):
            flags.append(Flag.CLOCK_AHEAD)
        if metering.set_back(meter, reading):
            flags.append(Flag.CLOCK_BEHIND)
        meter, distrust = metering.read(meter, reading, now, max_power_w=session.connector.max_power_w)
        samples.append(_sample(session, reading, now, distrust))
        if distrust in _FLAGS:
            flags.append(_FLAGS[distrust])
    MeterSample.objects.bulk_create(samples)
    if any(flag not in session.flags for flag in flags if flag in _FLAGS.values()):
        record(session, Source.CHARGER, Code.METER_DOUBTED, now=now)
    held = session.authorisation.authorised
    return {
        "meter_wh": meter.register_wh,
        "energy_wh": meter.energy_wh,
        "power_w": meter.power_w,
        "soc_percent": meter.soc_percent,
        "charging_s": meter.charging_s,
        "parking_s": meter.parking_s,
        "metered_at": meter.at,
        "heard_at": now,
        "idle_since": meter.idle_since,
        "cost_minor": to_minor(pricing.price(_tariff(session), limits.usage(meter), at_most=held).total),
        "flags": sessions.flagged(session, *flags),
    }


def meter_of(session: Session) -> Meter:
    """What is believed of the meter. Only for a session that has begun to charge."""
    assert session.meter_start_wh is not None
    assert session.meter_wh is not None
    assert session.metered_at is not None
    assert session.heard_at is not None
    return Meter(
        start_wh=session.meter_start_wh,
        register_wh=session.meter_wh,
        at=session.metered_at,
        heard_at=session.heard_at,
        charging_s=session.charging_s,
        parking_s=session.parking_s,
        power_w=session.power_w,
        soc_percent=session.soc_percent,
        idle_since=session.idle_since,
    )


def _delivers_after_the_end(
    session: Session, charging: Transaction, readings: Sequence[Reading], now: datetime
) -> None:
    """The session was settled without the charge point, and it delivers still: nobody pays for that any more."""
    samples = [_sample(session, reading, now, Distrust.LATE) for reading in readings]
    MeterSample.objects.bulk_create(samples)
    chargers.request_stop(charging, now=now)
    most_seen = max((each.energy_wh for each in readings if each.energy_wh is not None), default=None)
    if most_seen is None or most_seen <= (session.meter_wh or charging.meter_start_wh):
        return
    if Flag.LATE_ENERGY not in session.flags:
        sessions.change(session, flags=sessions.flagged(session, Flag.LATE_ENERGY))
        record(session, Source.CHARGER, Code.LATE_ENERGY, now=now)


def _sample(session: Session, reading: Reading, now: datetime, distrust: Distrust | None) -> MeterSample:
    return MeterSample(
        session=session,
        at=reading.at,
        received_at=now,
        energy_wh=reading.energy_wh,
        power_w=None if reading.power_w is None else max(0, reading.power_w),
        soc_percent=None if reading.soc_percent is None else min(100, max(0, reading.soc_percent)),
        distrust=distrust or "",
    )


def _tariff(session: Session) -> pricing.Tariff:
    return pricing.parse(session.tariff)


def _limit(session: Session, before: datetime) -> limits.Limit | None:
    """The limit that is reached; ``before``: the time of the value before this one."""
    site, connector, meter = session.site, session.connector, meter_of(session)
    bounds = limits.Limits(
        held=session.authorisation.authorised,
        max_power_w=connector.max_power_w,
        # A charge point may report less often than it was told; an outage is not its interval.
        sample_interval_s=max(
            connector.charge_point.sample_interval_s, min(_LONGEST_INTERVAL_S, int((meter.at - before).total_seconds()))
        ),
        latency_s=site.latency_s,
        maximum_duration_s=site.maximum_duration_s,
        full_after_s=site.full_after_s,
    )
    return limits.reached(meter, _tariff(session), bounds)
