"""What every kind of charge point reports while it charges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """One sample of a meter. ``energy_wh`` is the import register, not the session's share; None: not reported."""

    at: datetime
    energy_wh: int | None = None
    power_w: int | None = None
    soc_percent: int | None = None
