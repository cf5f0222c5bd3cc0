"""What a simulated charge point does when the central system calls: one function an action.

Each gives the payload of the answer; None when bad manners have it ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from hardware.charger.ocpp16.simulator import messages
from hardware.charger.ocpp16.simulator.bay import Expected
from hardware.charger.ocpp16.simulator.charger import Charger
from hardware.charger.ocpp16.simulator.messages import Json, Message

_ACCEPTED = {"status": "Accepted"}
_REJECTED = {"status": "Rejected"}


def answer(charger: Charger, action: str, payload: Json, now: datetime) -> Json | None:
    """Carry out one call; ``action`` is one of ACTIONS."""
    return _CALLS[action](charger, payload, now)


def _remote_start(charger: Charger, payload: Json, now: datetime) -> Json | None:
    if charger.behaviour.takes("start", "ignore"):
        return None
    if charger.behaviour.takes("start", "reject"):
        return _REJECTED
    bay, tag = charger.bays.get(payload.get("connectorId", 1)), payload["idTag"]
    if bay is None:
        return _REJECTED
    if tag in (bay.charging and bay.charging.tag, bay.expected and bay.expected.tag):
        return _ACCEPTED  # the same start again
    if bay.charging or bay.faulted or not bay.operative:
        return _REJECTED
    if bay.car:
        charger.begin(bay, tag, now)
    else:
        bay.expected = Expected(tag, now + timedelta(seconds=charger.settings.number("ConnectionTimeOut")))
    return _ACCEPTED


def _remote_stop(charger: Charger, payload: Json, now: datetime) -> Json | None:
    if charger.behaviour.takes("stop", "ignore"):
        return None
    bay = charger.charging_as(payload["transactionId"])
    if bay is None or charger.behaviour.takes("stop", "reject"):
        return _REJECTED
    charger.end(bay, "Remote", now)
    return _ACCEPTED


def _unlock(charger: Charger, payload: Json, now: datetime) -> Json:
    bay = charger.bays.get(payload["connectorId"])
    if bay is None:
        return {"status": "NotSupported"}
    charger.end(bay, "UnlockCommand", now)
    return {"status": "Unlocked"}


def _trigger(charger: Charger, payload: Json, now: datetime) -> Json:
    numbers = [payload["connectorId"]] if "connectorId" in payload else list(charger.bays)
    if any(number not in charger.bays for number in numbers):
        return _REJECTED
    wanted = payload["requestedMessage"]
    if wanted == "StatusNotification":
        for number in numbers:
            charger.report(number)
    elif wanted == "MeterValues":
        for number in numbers:
            charger.measure(charger.bays[number], context="Trigger")
    elif wanted == "Heartbeat":
        charger.send(Message("Heartbeat", {}))
    elif wanted == "BootNotification":
        charger.send(messages.boot(charger.identity))
    else:
        return {"status": "NotImplemented"}
    return _ACCEPTED


def _change_availability(charger: Charger, payload: Json, now: datetime) -> Json:
    number = payload["connectorId"]
    chosen = [bay for bay in charger.bays.values() if number in (0, bay.number)]
    for bay in chosen:
        bay.operative = payload["type"] == "Operative"
    return _ACCEPTED if chosen else _REJECTED


def _reset(charger: Charger, payload: Json, now: datetime) -> Json:
    charger.restart("HardReset" if payload["type"] == "Hard" else "SoftReset", now)
    return _ACCEPTED


def _change_configuration(charger: Charger, payload: Json, now: datetime) -> Json:
    return {"status": charger.settings.change(payload["key"], payload["value"])}


def _get_configuration(charger: Charger, payload: Json, now: datetime) -> Json:
    return charger.settings.answer(payload.get("key", []))


_CALLS: Mapping[str, Callable[[Charger, Json, datetime], Json | None]] = {
    "ChangeAvailability": _change_availability,
    "ChangeConfiguration": _change_configuration,
    "GetConfiguration": _get_configuration,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "Reset": _reset,
    "TriggerMessage": _trigger,
    "UnlockConnector": _unlock,
}
ACTIONS = frozenset(_CALLS)
