"""What came over the wire and when, for whoever measures how fast the kiosk is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Exchange:
    """One request and when it came and was answered (Unix time)."""

    operation: str
    request_id: str
    arrived_at: float
    answered_at: float | None = None

    def as_json(self) -> dict[str, object]:
        """Return the exchange as ``GET /sim/traffic`` shows it."""
        return {
            "operation": self.operation,
            "request_id": self.request_id,
            "arrived_at": self.arrived_at,
            "answered_at": self.answered_at,
        }
