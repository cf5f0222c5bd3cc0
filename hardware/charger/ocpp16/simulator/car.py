"""A car as a charge point sees it: it ramps up, draws steadily, tapers towards the end and is full.

Whole numbers throughout: energy in mJ (a watt for a millisecond), power in W, time in ms.
"""

from __future__ import annotations

from dataclasses import dataclass

MJ_PER_WH = 3_600_000
RAMP_MS = 30_000
TAPER_FROM_PERCENT = 80
#: What is left of the power just before the battery is full.
_LAST_PERCENT = 5
_STEP_MS = 1_000


@dataclass(slots=True)
class Car:
    """``stored_mj`` is what the battery holds now."""

    battery_wh: int = 60_000
    max_power_w: int = 11_000
    stored_mj: int = 0

    @classmethod
    def at(cls, soc: int, battery_wh: int = 60_000, max_power_w: int = 11_000) -> Car:
        """A car whose battery is at ``soc`` percent."""
        return cls(battery_wh, max_power_w, battery_wh * MJ_PER_WH * soc // 100)

    @property
    def capacity_mj(self) -> int:
        """What the battery holds at most."""
        return self.battery_wh * MJ_PER_WH

    @property
    def soc(self) -> int:
        """State of charge in percent, rounded down."""
        return self.stored_mj * 100 // self.capacity_mj

    @property
    def is_full(self) -> bool:
        """Whether it takes no more."""
        return self.stored_mj >= self.capacity_mj

    def fill(self) -> None:
        """Make it full at once."""
        self.stored_mj = self.capacity_mj

    def power_w(self, elapsed_ms: int, limit_w: int) -> int:
        """What it draws ``elapsed_ms`` after the charge point switched on, where the cable gives ``limit_w``."""
        if self.is_full:
            return 0
        steady = min(self.max_power_w, limit_w)
        ramped = steady * min(elapsed_ms, RAMP_MS) // RAMP_MS
        return max(1, min(ramped, steady * self._taper_percent() // 100))

    def charge(self, since_ms: int, for_ms: int, limit_w: int) -> int:
        """Draw for ``for_ms`` from ``since_ms`` after switching on; gives the energy taken in mJ."""
        before, elapsed, left = self.stored_mj, since_ms, for_ms
        while left > 0 and not self.is_full:
            step = min(left, _STEP_MS)
            # The power in the middle of the step, so that a ramp is cut into steps without loss.
            power = self.power_w(elapsed + step // 2, limit_w)
            self.stored_mj = min(self.stored_mj + power * step, self.capacity_mj)
            elapsed, left = elapsed + step, left - step
        return self.stored_mj - before

    def _taper_percent(self) -> int:
        taper_from = self.capacity_mj * TAPER_FROM_PERCENT // 100
        if self.stored_mj <= taper_from:
            return 100
        left = (self.capacity_mj - self.stored_mj) * 100 // (self.capacity_mj - taper_from)
        return _LAST_PERCENT + (100 - _LAST_PERCENT) * left // 100
