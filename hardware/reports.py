"""What charge points report, written down: the other half of hardware.chargers, whatever wire a report came over.

Each function is one database transaction that includes the signals of hardware.signals; the caller answers the charge
point afterwards. ``now`` is when the report arrived; times by the charge point's own clock come beside it, and no
report is refused for a wrong clock. Texts are kept without card digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from hardware import bus
from hardware.charger.readings import Reading
from hardware.models import ChargePoint, Command, Connector, StopReport, Transaction
from hardware.redaction import redact, redact_all
from hardware.signals import (
    charge_point_changed,
    connector_changed,
    meter_read,
    stop_reported,
    transaction_started,
    transaction_stopped,
)

#: States in which a start's tag may begin a transaction: it may have reached the charge point.
_MAY_START = (
    Command.State.QUEUED,
    Command.State.SENT,
    Command.State.ACCEPTED,
    Command.State.NO_ANSWER,
)
#: A refused StartTransaction is answered with this number less the connector's: never a row's id, and the one to stop.
REFUSED = -1000
_STOP_REFUSED_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Start:
    """A StartTransaction: ``meter_wh`` and ``at`` are the charge point's."""

    connector: int
    id_tag: str
    meter_wh: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """A StopTransaction; ``transaction_id`` as the charge point has it, ``readings`` from its transaction data."""

    transaction_id: int
    meter_wh: int
    at: datetime
    reason: str
    readings: Sequence[Reading] = ()


@transaction.atomic
def connected(charge_point_id: int, connection: str, now: datetime) -> None:
    """A socket speaks for the charge point from now on; an earlier one hears of it and closes itself."""
    ChargePoint.objects.filter(pk=charge_point_id).update(connection=connection, connected_at=now, last_seen_at=now)
    bus.publish("socket", charge_point_id)
    _announce(charge_point_id)


@transaction.atomic
def disconnected(charge_point_id: int, connection: str, now: datetime) -> bool:
    """The socket is gone. False, and nothing is written, when another one speaks for the charge point already."""
    mine = ChargePoint.objects.filter(pk=charge_point_id, connection=connection)
    if not mine.update(connection="", disconnected_at=now):
        return False
    _announce(charge_point_id)
    return True


def seen(charge_point_id: int, now: datetime) -> None:
    """A sign of life. Callers thin these out: silence is judged in tens of seconds."""
    ChargePoint.objects.filter(pk=charge_point_id).update(last_seen_at=now)


@transaction.atomic
def booted(charge_point_id: int, facts: dict[str, str], now: datetime) -> ChargePoint:
    """The charge point restarted and told its ``vendor``, ``model``, ``serial_number`` and so on."""
    ChargePoint.objects.filter(pk=charge_point_id).update(booted_at=now, last_seen_at=now, **redact_all(facts))
    return _announce(charge_point_id)


def configured(charge_point_id: int, answers: dict[str, str]) -> None:
    """What the charge point answered to the configuration keys that were set."""
    ChargePoint.objects.filter(pk=charge_point_id).update(configuration=redact_all(answers))


@transaction.atomic
def connector_status(
    charge_point_id: int,
    number: int,
    status: str,
    error_code: str,
    info: str,
    now: datetime,
) -> Connector | None:
    """The state of one connector, announced when it changed. None for a connector that nobody recorded."""
    connector = (
        Connector.objects.select_for_update(of=("self",))
        .select_related("charge_point")
        .filter(charge_point_id=charge_point_id, number=number)
        .first()
    )
    if connector is None:
        return None
    error_code, info = redact(error_code), redact(info)[:120]
    previous = connector.status
    if (previous, connector.error_code, connector.status_info) == (
        status,
        error_code,
        info,
    ):
        return connector
    if previous != status:
        connector.status_at = now
    connector.status, connector.error_code, connector.status_info = (
        status,
        error_code,
        info,
    )
    connector.save(update_fields=["status", "error_code", "status_info", "status_at"])
    connector_changed.send(Connector, connector=connector, previous=previous)
    return connector


def tag_is_open(charge_point_id: int, id_tag: str) -> bool:
    """Whether the tag was issued for this charge point and may begin, or has begun, a transaction that is not over."""
    return Command.objects.filter(
        charge_point_id=charge_point_id,
        id_tag=id_tag,
        state__in=_MAY_START,
        started__stopped_at__isnull=True,
    ).exists()


@transaction.atomic
def transaction_start(charge_point_id: int, start: Start, now: datetime) -> Transaction | None:
    """Begin the transaction that the tag was issued for, on whichever connector the driver plugged in.

    The same report again gives the same transaction. None when the tag is unknown, cancelled or used: the caller
    refuses, and a stop for ``refused_id`` is queued in case the charge point delivers anyway.
    """
    command = Command.objects.select_for_update().filter(charge_point_id=charge_point_id, id_tag=start.id_tag).first()
    connector = (
        Connector.objects.select_related("charge_point")
        .filter(charge_point_id=charge_point_id, number=start.connector)
        .first()
    )
    if command and connector:
        if begun := Transaction.objects.filter(command=command).first():
            if (begun.connector_id, begun.meter_start_wh, begun.started_at) == (
                connector.pk,
                start.meter_wh,
                start.at,
            ):
                return begun
        elif command.state in _MAY_START:
            return _begin(command, connector, start, now)
    _stop_refused(charge_point_id, refused_id(start.connector), now)
    return None


def refused_id(connector: int) -> int:
    """The transactionId that a refused StartTransaction on this connector is answered with."""
    return REFUSED - connector


@transaction.atomic
def meter_values(
    charge_point_id: int,
    connector: int,
    transaction_id: int | None,
    readings: Sequence[Reading],
) -> Transaction | None:
    """Readings of an open transaction, announced. Without an id they belong to the connector's only open one."""
    if not readings:
        return None
    open_ones = Transaction.objects.filter(charge_point_id=charge_point_id, stopped_at__isnull=True)
    if transaction_id:
        found = open_ones.filter(pk=transaction_id)[:1]
    else:
        found = open_ones.filter(connector__number=connector)[:2]
    if len(found) != 1:
        return None
    meter_read.send(Transaction, transaction=found[0], readings=list(readings))
    return found[0]


@transaction.atomic
def transaction_stop(charge_point_id: int, stop: Stop, now: datetime) -> StopReport:
    """Record a stop. The first one ends its transaction; later ones and orphans are kept and announced as such."""
    charging = (
        Transaction.objects.select_for_update().filter(charge_point_id=charge_point_id, pk=stop.transaction_id).first()
    )
    report = StopReport(
        charge_point_id=charge_point_id,
        transaction=charging,
        ocpp_transaction_id=stop.transaction_id,
        meter_stop_wh=stop.meter_wh,
        at=stop.at,
        reason=redact(stop.reason),
        received_at=now,
        counted=charging is not None and charging.stopped_at is None,
    )
    report.save()
    if charging is None or not report.counted:
        stop_reported.send(StopReport, report=report)
        return report
    charging.meter_stop_wh, charging.stopped_at = stop.meter_wh, stop.at
    charging.stop_received_at, charging.stop_reason = now, report.reason
    charging.save(update_fields=["meter_stop_wh", "stopped_at", "stop_received_at", "stop_reason"])
    Command.objects.filter(transaction=charging, state=Command.State.QUEUED).update(
        state=Command.State.CANCELLED, answered_at=now
    )
    readings = sorted(
        [*stop.readings, Reading(at=stop.at, energy_wh=stop.meter_wh)],
        key=lambda reading: reading.at,
    )
    transaction_stopped.send(Transaction, transaction=charging, readings=readings)
    return report


def _begin(command: Command, connector: Connector, start: Start, now: datetime) -> Transaction:
    begun = Transaction.objects.create(
        charge_point_id=command.charge_point_id,
        connector=connector,
        command=command,
        meter_start_wh=start.meter_wh,
        started_at=start.at,
        received_at=now,
    )
    transaction_started.send(Transaction, transaction=begun)
    return begun


def _stop_refused(charge_point_id: int, transaction_id: int, now: datetime) -> None:
    """Queue a remote stop for a transaction that was refused, once while one is open."""
    payload = {"transactionId": transaction_id}
    stops = Command.objects.filter(charge_point_id=charge_point_id, kind=Command.Kind.STOP, payload=payload)
    if not stops.filter(state__in=(Command.State.QUEUED, Command.State.SENT)).exists():
        Command.objects.create(
            charge_point_id=charge_point_id,
            kind=Command.Kind.STOP,
            payload=payload,
            created_at=now,
            expires_at=now + _STOP_REFUSED_WITHIN,
        )
        bus.publish("charger", charge_point_id)


def _announce(charge_point_id: int) -> ChargePoint:
    charge_point = ChargePoint.objects.get(pk=charge_point_id)
    charge_point_changed.send(ChargePoint, charge_point=charge_point)
    return charge_point
