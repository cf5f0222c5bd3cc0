"""What a charge point is told after it booted: the configuration keys that matter to a kiosk, then "report yourself".

The keys are those of the reference, OCPP 1.6J, "Configuration keys that matter for a kiosk".
"""

from __future__ import annotations

from typing import Any

#: How long a charge point waits for the cable after a remote start; kiosks give up later than that.
CONNECTION_TIMEOUT_S = 90

Step = tuple[str, dict[str, Any]]


def settings_at_boot(*, sample_interval_s: int, heartbeat_s: int) -> dict[str, str]:
    """Key -> value, in the order in which they are set. A charge point may refuse any of them."""
    return {
        # Our own remote start needs no second question, and nobody charges without one: not offline, not from a cache.
        "AuthorizeRemoteTxRequests": "false",
        "LocalAuthorizeOffline": "false",
        "LocalPreAuthorize": "false",
        "AllowOfflineTxForUnknownId": "false",
        "AuthorizationCacheEnabled": "false",
        "StopTransactionOnInvalidId": "true",
        "MaxEnergyOnInvalidId": "0",
        # Unplugging ends the visit and gives the cable back.
        "StopTransactionOnEVSideDisconnect": "true",
        "UnlockConnectorOnEVSideDisconnect": "true",
        "ConnectionTimeOut": str(CONNECTION_TIMEOUT_S),
        # What the screen shows and the limit is guarded by.
        "MeterValuesSampledData": "Energy.Active.Import.Register,Power.Active.Import,SoC",
        "MeterValueSampleInterval": str(sample_interval_s),
        "StopTxnSampledData": "Energy.Active.Import.Register",
        "ClockAlignedDataInterval": "900",
        "MeterValuesAlignedData": "Energy.Active.Import.Register",
        # Transaction messages are repeated until they are answered.
        "TransactionMessageAttempts": "5",
        "TransactionMessageRetryInterval": "10",
        "HeartbeatInterval": str(heartbeat_s),
        "WebSocketPingInterval": "20",
    }


def configure_steps(settings: dict[str, str]) -> list[Step]:
    """The calls that set ``settings``."""
    return [("ChangeConfiguration", {"key": key, "value": value}) for key, value in settings.items()]


def status_steps(connectors: tuple[int, ...]) -> list[Step]:
    """The calls that ask for the state of each connector."""
    return [
        ("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": number}) for number in connectors
    ]


def heartbeat_interval(silent_after_s: int) -> int:
    """Seconds between heartbeats so that two may get lost before the charge point counts as silent."""
    return max(5, silent_after_s // 3)
