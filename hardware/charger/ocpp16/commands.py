"""Our commands as OCPP 1.6 calls, and what the answers mean."""

from __future__ import annotations

from typing import Any

from hardware.models import Command
from hardware.outbox import Answer

_GOOD = {"Accepted", "Unlocked", "RebootRequired"}


def as_call(command: Command) -> tuple[str, dict[str, Any]]:
    """The action and payload of a command."""
    number = command.connector.number if command.connector else None
    kind = Command.Kind(command.kind)
    if kind is Command.Kind.START:
        # The connector is always named: charge points with several refuse a start without it.
        return "RemoteStartTransaction", {"connectorId": number, "idTag": command.id_tag}
    if kind is Command.Kind.STOP:
        return "RemoteStopTransaction", {"transactionId": command.payload["transactionId"]}
    if kind is Command.Kind.UNLOCK:
        return "UnlockConnector", {"connectorId": number}
    if kind is Command.Kind.TRIGGER:
        return "TriggerMessage", {**command.payload, **({"connectorId": number} if number else {})}
    if kind is Command.Kind.CONFIGURE:
        return "ChangeConfiguration", dict(command.payload)
    return "Reset", dict(command.payload)


def verdict(payload: dict[str, Any]) -> Answer:
    """Whether the charge point will do it. Accepted only ever means "I will try"."""
    return Answer.ACCEPTED if payload.get("status") in _GOOD else Answer.REJECTED
