"""The payloads that a simulated charge point sends."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from hardware.charger.ocpp16.simulator.bay import Bay, Charging
from hardware.charger.ocpp16.times import format_time

Json = dict[str, Any]

#: A sample that jumps shows this much more than the meter, one that runs backwards this much less.
_JUMP_WH = 100_000
_BACK_WH = 500


@dataclass(slots=True)
class Message:
    """A call to the central system. With a ``key`` it is about that transaction and waits in the durable queue."""

    action: str
    payload: Json
    key: str = ""
    message_id: str = field(default_factory=lambda: uuid4().hex)
    tries: int = 0

    def as_dict(self) -> Json:
        """What is kept on disk."""
        return asdict(self)


def boot(identity: str) -> Message:
    """BootNotification."""
    facts = {
        "chargePointVendor": "TapCharge",
        "chargePointModel": "Simulated",
        "chargePointSerialNumber": identity[:25],
        "firmwareVersion": "1.6J",
        "meterType": "simulated",
    }
    return Message("BootNotification", facts)


def status(number: int, word: str, now: datetime) -> Message:
    """StatusNotification of one connector, or of the whole charge point (0)."""
    error = "GroundFailure" if word == "Faulted" else "NoError"
    payload = {"connectorId": number, "errorCode": error, "status": word, "timestamp": format_time(now)}
    return Message("StatusNotification", payload)


def start(bay: Bay, charging: Charging) -> Message:
    """StartTransaction."""
    payload = {
        "connectorId": bay.number,
        "idTag": charging.tag,
        "meterStart": charging.meter_start_wh,
        "timestamp": format_time(charging.started_at),
    }
    return Message("StartTransaction", payload, charging.key)


def stop(bay: Bay, charging: Charging, reason: str) -> Message:
    """StopTransaction; its id is filled in when it is known."""
    payload: Json = {
        "transactionId": charging.transaction_id,
        "idTag": charging.tag,
        "meterStop": bay.register_wh,
        "timestamp": format_time(charging.clock),
        "reason": reason,
        "transactionData": [_meter_value(bay, charging.clock, "Transaction.End")],
    }
    return Message("StopTransaction", payload, charging.key)


def meter_values(bay: Bay, charging: Charging, how: str = "", context: str = "Sample.Periodic") -> Message:
    """MeterValues of a transaction, possibly wrong in one of the ways of a Behaviour."""
    value = _meter_value(bay, charging.clock, context)
    energy = value["sampledValue"][0]
    if how == "jump":
        energy["value"] = str(bay.register_wh + _JUMP_WH)
    elif how == "backwards":
        energy["value"] = str(max(0, charging.meter_start_wh - _BACK_WH))
    elif how == "wrong_unit":
        energy["unit"] = "kvarh"
    payload = {"connectorId": bay.number, "transactionId": charging.transaction_id, "meterValue": [value]}
    return Message("MeterValues", payload, charging.key)


def _meter_value(bay: Bay, at: datetime, context: str) -> Json:
    samples = [
        {"value": str(bay.register_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh", "context": context},
        {"value": str(bay.power_w), "measurand": "Power.Active.Import", "unit": "W", "context": context},
    ]
    if bay.car:
        samples.append(
            {
                "value": str(bay.car.soc),
                "measurand": "SoC",
                "unit": "Percent",
                "location": "EV",
                "context": context,
            }
        )
    return {"timestamp": format_time(at), "sampledValue": samples}
