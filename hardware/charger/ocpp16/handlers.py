"""What the central system does with each call of a charge point: one function an action, one transaction each.

A function gets the call and returns the payload of the answer, which is sent after its commit. Raising an OCPPError
answers with that error, anything else with InternalError; neither ends the connection.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from ocpp.exceptions import PropertyConstraintViolationError

from hardware import reports
from hardware.charger.ocpp16 import meter_values
from hardware.charger.ocpp16.times import format_time, parse_time

logger = logging.getLogger(__name__)

_GREATEST = 2**63 - 1
_ACCEPTED = {"status": "Accepted"}
_INVALID = {"status": "Invalid"}


@dataclass(frozen=True, slots=True)
class Request:
    """A call, who made it and when it arrived. ``interval_s`` is how often the charge point is to send Heartbeats."""

    charge_point_id: int
    identity: str
    payload: Mapping[str, Any]
    now: datetime
    interval_s: int = 30

    def whole(self, key: str, default: int = 0) -> int:
        """An integer of the payload. Raises PropertyConstraintViolationError beyond what the records hold."""
        value = int(self.payload.get(key, default))
        if abs(value) > _GREATEST:
            raise PropertyConstraintViolationError(f"{key}: too large")
        return value

    def text(self, key: str) -> str:
        """A text of the payload without the characters that a database refuses."""
        value = str(self.payload.get(key, ""))
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "")

    def time(self, key: str) -> datetime:
        """A timestamp by the charge point's clock; when it arrived, if that cannot be read."""
        at = parse_time(str(self.payload.get(key, "")))
        if at is None:
            logger.warning("%s sent a timestamp that cannot be read", self.identity)
        return at or self.now


Handler = Callable[[Request], dict[str, Any]]


def handle(action: str, request: Request, *, sign_of_life: bool) -> dict[str, Any]:
    """Carry out one call and return the answer's payload; with ``sign_of_life`` that is written along with it."""
    with transaction.atomic():
        if sign_of_life:
            reports.seen(request.charge_point_id, request.now)
        return HANDLERS[action](request)


def boot_notification(request: Request) -> dict[str, Any]:
    """Take down what the charge point says of itself and give it our clock."""
    facts = {
        "vendor": request.text("chargePointVendor"),
        "model": request.text("chargePointModel"),
        "serial_number": request.text("chargePointSerialNumber") or request.text("chargeBoxSerialNumber"),
        "firmware_version": request.text("firmwareVersion"),
        "meter_type": request.text("meterType"),
    }
    reports.booted(request.charge_point_id, facts, request.now)
    return {"status": "Accepted", "currentTime": format_time(request.now), "interval": request.interval_s}


def heartbeat(request: Request) -> dict[str, Any]:
    """Give our clock."""
    return {"currentTime": format_time(request.now)}


def status_notification(request: Request) -> dict[str, Any]:
    """Note the state of a connector; number 0 is the charge point as a whole and says nothing that drivers can use."""
    number = request.whole("connectorId")
    if number == 0:
        return {}
    info = " ".join(part for part in (request.text("info"), request.text("vendorErrorCode")) if part)
    error = request.text("errorCode")
    known = reports.connector_status(
        request.charge_point_id,
        number,
        request.text("status"),
        "" if error == "NoError" else error,
        info,
        request.now,
    )
    if known is None:
        logger.warning("%s reports connector %d, which nobody recorded", request.identity, number)
    return {}


def authorize(request: Request) -> dict[str, Any]:
    """Accept only tags of our own that are in use."""
    known = reports.tag_is_open(request.charge_point_id, request.text("idTag"))
    return {"idTagInfo": _ACCEPTED if known else _INVALID}


def start_transaction(request: Request) -> dict[str, Any]:
    """Begin the transaction that was paid for, or refuse with an id of its own under which it is stopped remotely."""
    start = reports.Start(
        connector=request.whole("connectorId"),
        id_tag=request.text("idTag"),
        meter_wh=request.whole("meterStart"),
        at=request.time("timestamp"),
    )
    begun = reports.transaction_start(request.charge_point_id, start, request.now)
    if begun is None:
        logger.warning(
            "%s began a transaction that nobody asked for on connector %d", request.identity, start.connector
        )
        return {"transactionId": reports.refused_id(start.connector), "idTagInfo": _INVALID}
    return {"transactionId": begun.pk, "idTagInfo": _ACCEPTED}


def stop_transaction(request: Request) -> dict[str, Any]:
    """Record a stop, always with a positive answer: a charge point repeats anything else for ever."""
    stop = reports.Stop(
        transaction_id=request.whole("transactionId"),
        meter_wh=request.whole("meterStop"),
        at=request.time("timestamp"),
        reason=request.text("reason") or "Local",  # what a missing reason means
        readings=meter_values.readings(request.payload.get("transactionData", []), request.now),
    )
    report = reports.transaction_stop(request.charge_point_id, stop, request.now)
    if not report.counted:
        logger.warning("%s sent a stop that ends nothing, of #%d", request.identity, stop.transaction_id)
    return {"idTagInfo": _ACCEPTED} if "idTag" in request.payload else {}


def take_meter_values(request: Request) -> dict[str, Any]:
    """Pass the readings on to the transaction they belong to."""
    reports.meter_values(
        request.charge_point_id,
        request.whole("connectorId"),
        request.whole("transactionId"),
        meter_values.readings(request.payload["meterValue"], request.now),
    )
    return {}


def data_transfer(request: Request) -> dict[str, Any]:
    """We know no vendor's extensions."""
    return {"status": "UnknownVendorId"}


def acknowledge(request: Request) -> dict[str, Any]:
    """A report that needs no more than a line in the log."""
    logger.info("%s: %s", request.identity, request.text("status") or request.text("type"))
    return {}


HANDLERS: Mapping[str, Handler] = {
    "Authorize": authorize,
    "BootNotification": boot_notification,
    "DataTransfer": data_transfer,
    "DiagnosticsStatusNotification": acknowledge,
    "FirmwareStatusNotification": acknowledge,
    "Heartbeat": heartbeat,
    "MeterValues": take_meter_values,
    "SecurityEventNotification": acknowledge,
    "StartTransaction": start_transaction,
    "StatusNotification": status_notification,
    "StopTransaction": stop_transaction,
}
