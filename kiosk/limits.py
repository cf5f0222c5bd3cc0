"""When delivery must stop by itself. Pure: no I/O, no clock.

Delivery is watched only as often as the charge point reports, and a stop takes a while to arrive. So it is asked for
while there is still room for what can be delivered until it takes effect: the connector's full power for one sample
interval and the site's latency (reference: ev-charging 1.2 and 6, row 15).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from moneyed import Money

from kiosk.metering import Meter
from kiosk.pricing import Tariff, Usage, price


class Limit(StrEnum):
    """Why delivery must stop (the values are those of Session.EndReason)."""

    HELD = "limit"
    DURATION = "duration"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds a session. Power in W, times in seconds; ``full_after_s`` 0: never."""

    held: Money
    max_power_w: int
    sample_interval_s: int
    latency_s: int
    maximum_duration_s: int
    full_after_s: int

    @property
    def reaction_s(self) -> int:
        """How long delivery may go on before a stop takes effect."""
        return self.sample_interval_s + self.latency_s


def usage(meter: Meter) -> Usage:
    """What the meter says is to be paid for."""
    return Usage(meter.energy_wh, meter.charging_s, meter.parking_s)


def reached(meter: Meter, tariff: Tariff, limits: Limits) -> Limit | None:
    """The limit that ends delivery now, or None."""
    if price(tariff, ahead(meter, limits)).total >= limits.held:
        return Limit.HELD
    if meter.charging_s + meter.parking_s >= limits.maximum_duration_s:
        return Limit.DURATION
    if limits.full_after_s and meter.idle_s >= limits.full_after_s:
        return Limit.FULL
    return None


def ahead(meter: Meter, limits: Limits) -> Usage:
    """What will have been used at the latest when a stop that is asked for now takes effect."""
    power_w = max(limits.max_power_w, meter.power_w)
    parked = meter.idle_since is not None
    return Usage(
        energy_wh=meter.energy_wh + -(-power_w * limits.reaction_s // 3600),
        charging_s=meter.charging_s + (0 if parked else limits.reaction_s),
        parking_s=meter.parking_s + (limits.reaction_s if parked else 0),
    )
