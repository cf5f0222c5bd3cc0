"""The configuration keys of a simulated charge point."""

from __future__ import annotations

from typing import Any

_WHOLE = {
    "ClockAlignedDataInterval": "900",
    "ConnectionTimeOut": "60",
    "HeartbeatInterval": "60",
    "MaxEnergyOnInvalidId": "0",
    "MeterValueSampleInterval": "60",
    "TransactionMessageAttempts": "3",
    "TransactionMessageRetryInterval": "10",
    "WebSocketPingInterval": "20",
}
_SWITCHES = {
    "AllowOfflineTxForUnknownId": "true",
    "AuthorizationCacheEnabled": "true",
    "AuthorizeRemoteTxRequests": "false",
    "LocalAuthorizeOffline": "true",
    "StopTransactionOnEVSideDisconnect": "true",
    "StopTransactionOnInvalidId": "true",
    "UnlockConnectorOnEVSideDisconnect": "true",
}
_TEXTS = {
    "MeterValuesSampledData": "Energy.Active.Import.Register",
    "StopTxnSampledData": "",
}


class Configuration:
    """Keys and values as ChangeConfiguration and GetConfiguration see them."""

    def __init__(self, connectors: int) -> None:
        self._values = {**_WHOLE, **_SWITCHES, **_TEXTS}
        self._fixed = {"NumberOfConnectors": str(connectors)}

    def number(self, key: str) -> int:
        """The value of a key that is a whole number."""
        return int(self._values[key])

    def change(self, key: str, value: str) -> str:
        """The answer to ChangeConfiguration."""
        if key in self._fixed:
            return "Rejected"
        if key not in self._values:
            return "NotSupported"
        if key in _WHOLE and not (value.isascii() and value.isdigit()):
            return "Rejected"
        if key in _SWITCHES and value.lower() not in ("true", "false"):
            return "Rejected"
        self._values[key] = value
        return "Accepted"

    def answer(self, keys: list[str]) -> dict[str, Any]:
        """The answer to GetConfiguration."""
        known = {**self._values, **self._fixed}
        found = [
            {"key": key, "readonly": key in self._fixed, "value": known[key]}
            for key in (keys or sorted(known))
            if key in known
        ]
        unknown = [key for key in keys if key not in known]
        return {"configurationKey": found, **({"unknownKey": unknown} if unknown else {})}
