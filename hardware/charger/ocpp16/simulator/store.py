"""What a simulated charge point keeps over a restart of its process: meters, cars, its queue, an open transaction."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from hardware.charger.ocpp16.simulator.bay import Bay, Charging
from hardware.charger.ocpp16.simulator.car import Car
from hardware.charger.ocpp16.simulator.charger import Charger
from hardware.charger.ocpp16.simulator.messages import Message

_TIMES = ("started_at", "next_sample_at")


class Store:
    """One file for each charge point, replaced whole and only when something changed."""

    def __init__(self, folder: Path, identity: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{identity}.json"
        self._written = ""

    def save(self, charger: Charger) -> None:
        """Write what differs from last time."""
        text = json.dumps(
            {
                "bays": [_bay_out(bay) for bay in charger.bays.values()],
                "queue": [message.as_dict() for message in charger.queue],
            }
        )
        if text != self._written:
            beside = self._path.with_suffix(".new")
            beside.write_text(text, encoding="utf-8")
            beside.replace(self._path)
            self._written = text

    def load(self, charger: Charger) -> None:
        """Take up what was left; a transaction that was under way ends with the reason PowerLoss."""
        if not self._path.exists():
            return
        found = json.loads(self._path.read_text(encoding="utf-8"))
        charger.queue.extend(Message(**message) for message in found["queue"])
        for saved in found["bays"]:
            if bay := charger.bays.get(saved["number"]):
                _bay_in(bay, saved)
                charger.power_failed(bay)


def _bay_out(bay: Bay) -> dict[str, Any]:
    charging = asdict(bay.charging) if bay.charging else None
    if charging:
        charging |= {name: charging[name].isoformat() for name in _TIMES}
    return {
        "number": bay.number,
        "register_mj": bay.register_mj,
        "car": asdict(bay.car) if bay.car else None,
        "ended": bay.ended,
        "charging": charging,
    }


def _bay_in(bay: Bay, saved: dict[str, Any]) -> None:
    bay.register_mj, bay.ended = saved["register_mj"], saved["ended"]
    bay.car = Car(**saved["car"]) if saved["car"] else None
    if charging := saved["charging"]:
        bay.charging = Charging(**charging | {name: datetime.fromisoformat(charging[name]) for name in _TIMES})
