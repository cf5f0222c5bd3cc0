"""OCPP: the frames of a charge point."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hardware.charger.ocpp16.protocol import Protocol
from hardware.charger.ocpp16.simulator.calls import ACTIONS
from tools.fuzz.targets.target import WIDE, Target

_FRAMES = [
    b'[2, "1", "Heartbeat", {}]',
    b'[2, "2", "RemoteStopTransaction", {"transactionId": 7}]',
    b'[2, "3", "RemoteStartTransaction", {"connectorId": 1, "idTag": "A"}]',
    b'[3, "1", {"currentTime": "2026-11-22T14:35:00Z"}]',
    b'[4, "1", "InternalError", "what", {}]',
    *(b'[2, "4", "Heartbeat", ' + each + b"]" for each in WIDE),
]


def _ocpp(raw: bytes) -> None:
    protocol = Protocol(ACTIONS)
    protocol.call("1", "Heartbeat", {})
    protocol.frames(0)
    protocol.receive(raw.decode("utf-8", "replace"))
    for answer in protocol.frames(0):
        json.loads(answer)


TARGETS: Sequence[Target] = (Target("ocpp frame", _ocpp, _FRAMES),)
