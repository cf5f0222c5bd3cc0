"""OCPP 1.6 payloads against the schemas of the ``ocpp`` library, and the error code that fits what is wrong.

The codes and their meaning are those of OCPP-J 1.6, 4.2.3 (their spelling mistakes included).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import ValidationError
from jsonschema.exceptions import best_match
from ocpp import exceptions
from ocpp.exceptions import (
    FormationViolationError,
    NotSupportedError,
    OccurenceConstraintViolationError,
    OCPPError,
    PropertyConstraintViolationError,
    TypeConstraintViolationError,
)
from ocpp.messages import MessageType, get_validator

__all__ = ["FROM_CENTRAL_SYSTEM", "FROM_CHARGE_POINT", "OCPPError", "check_call", "check_result"]

FROM_CHARGE_POINT = frozenset(
    {
        "Authorize",
        "BootNotification",
        "DataTransfer",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SecurityEventNotification",
        "SignCertificate",
        "SignedFirmwareStatusNotification",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    }
)
FROM_CENTRAL_SYSTEM = frozenset(
    {
        "CancelReservation",
        "CertificateSigned",
        "ChangeAvailability",
        "ChangeConfiguration",
        "ClearCache",
        "ClearChargingProfile",
        "DataTransfer",
        "DeleteCertificate",
        "ExtendedTriggerMessage",
        "GetCompositeSchedule",
        "GetConfiguration",
        "GetDiagnostics",
        "GetInstalledCertificateIds",
        "GetLocalListVersion",
        "GetLog",
        "InstallCertificate",
        "RemoteStartTransaction",
        "RemoteStopTransaction",
        "ReserveNow",
        "Reset",
        "SendLocalList",
        "SetChargingProfile",
        "SignedUpdateFirmware",
        "TriggerMessage",
        "UnlockConnector",
        "UpdateFirmware",
    }
)
_KNOWN = FROM_CHARGE_POINT | FROM_CENTRAL_SYSTEM

#: The keyword of the schema that was broken -> the error that says so. Any other keyword limits a value.
_ERRORS: Mapping[str, type[OCPPError]] = {
    "type": TypeConstraintViolationError,
    "required": OccurenceConstraintViolationError,
    "minItems": OccurenceConstraintViolationError,
    "maxItems": OccurenceConstraintViolationError,
    "additionalProperties": FormationViolationError,
}


def check_call(action: str, payload: Mapping[str, Any], handled: frozenset[str]) -> None:
    """Raise the OCPPError to answer with unless ``action`` is among ``handled`` and its payload keeps to the schema."""
    if action not in _KNOWN:
        raise exceptions.NotImplementedError("no such action in OCPP 1.6")
    if action not in handled:
        raise NotSupportedError("this side does not take this action")
    _check(MessageType.Call, action, payload)


def check_result(action: str, payload: Mapping[str, Any]) -> None:
    """Raise an OCPPError when ``payload`` is not an answer to ``action``."""
    _check(MessageType.CallResult, action, payload)


def _check(kind: int, action: str, payload: Mapping[str, Any]) -> None:
    error: ValidationError | None = best_match(get_validator(kind, action, "1.6").iter_errors(payload))
    if error is None:
        return
    place = "/".join(str(part) for part in error.absolute_path) or "payload"
    # Only the place and the rule: the value itself may be anything, and answers end up in logs.
    raise _ERRORS.get(error.validator, PropertyConstraintViolationError)(f"{place}: breaks {error.validator}")
