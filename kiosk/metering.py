"""Which meter values to believe, and how time divides into charging and parking. Pure: no I/O, no clock.

The rules, in the words of reference/ev-charging 6 (rows 7 and 8):

* a register only counts up, and no faster than the connector can deliver (a quarter and a little more on top);
* what cannot be true is not counted; the next value that can be true covers the whole time since the last one;
* time is the charge point's, from the messages, never ours, except where its clock is set back in mid-session;
* a clock that is plainly wrong is flagged, and its values are used all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hardware.charger.readings import Reading


class Distrust(StrEnum):
    """Why a reading was not counted."""

    BACKWARDS = "backwards"
    JUMP = "jump"
    MISSING = "missing"  # it carries no register
    OUT_OF_ORDER = "out_of_order"  # an old one that arrived late
    LATE = "late"  # the session no longer counted


#: What the register may be ahead of the rule: registers that count in steps of 100 Wh, and a clock cut to seconds.
SLACK_WH = 150
#: Below that, the car takes nothing: a locked contactor and a heated battery draw a little.
IDLE_W = 100
#: A clock that is off by more is wrong.
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Meter:
    """What is believed so far. Registers in Wh, power in W; ``at`` is the charge point's clock, ``heard_at`` ours."""

    start_wh: int
    register_wh: int
    at: datetime
    heard_at: datetime
    charging_s: int = 0
    parking_s: int = 0
    power_w: int = 0
    soc_percent: int | None = None
    idle_since: datetime | None = None

    @property
    def energy_wh(self) -> int:
        """What was delivered."""
        return self.register_wh - self.start_wh

    @property
    def idle_s(self) -> int:
        """For how long the car has taken nothing."""
        return 0 if self.idle_since is None else max(0, int((self.at - self.idle_since).total_seconds()))


def read(meter: Meter, reading: Reading, heard_at: datetime, *, max_power_w: int) -> tuple[Meter, Distrust | None]:
    """What is believed after ``reading``, and why it was not counted if it was not."""
    if reading.energy_wh is None:
        if reading.at < meter.at:
            return meter, Distrust.OUT_OF_ORDER
        return _looked_at(meter, reading, heard_at), Distrust.MISSING
    delivered = reading.energy_wh - meter.register_wh
    elapsed_s = _elapsed(meter, reading, heard_at)
    if elapsed_s is None:
        return meter, Distrust.OUT_OF_ORDER
    if delivered < 0:
        return replace(meter, heard_at=heard_at), Distrust.BACKWARDS
    if delivered > most(max_power_w, elapsed_s):
        return replace(meter, heard_at=heard_at), Distrust.JUMP
    idle = _is_idle(meter, reading, delivered, elapsed_s)
    counted = replace(
        _looked_at(meter, reading, heard_at),
        register_wh=reading.energy_wh,
        at=reading.at,
        charging_s=meter.charging_s + (0 if idle else elapsed_s),
        parking_s=meter.parking_s + (elapsed_s if idle else 0),
        idle_since=(meter.idle_since or meter.at) if idle else None,
    )
    return counted, None


def most(max_power_w: int, elapsed_s: int) -> int:
    """The energy in Wh that a connector can have delivered in ``elapsed_s``, generously."""
    return max_power_w * elapsed_s * 5 // (4 * 3600) + SLACK_WH


def is_ahead(at: datetime, heard_at: datetime) -> bool:
    """Whether a message comes from the future."""
    return at - heard_at > CLOCK_TOLERANCE


def is_behind(at: datetime, heard_at: datetime) -> bool:
    """Whether a message that is told at once, as a start is, comes from the past."""
    return heard_at - at > CLOCK_TOLERANCE


def leapt(meter: Meter, reading: Reading, heard_at: datetime) -> bool:
    """Whether the clock was set forward since the last value: far more time passed there than here.

    A reading from before we last heard anything proves nothing: it waited in a queue.
    """
    return (reading.at - meter.at) - (heard_at - meter.heard_at) > CLOCK_TOLERANCE and reading.at > meter.heard_at


def set_back(meter: Meter, reading: Reading) -> bool:
    """Whether the clock was set back since the last value: the register went on while its time did not."""
    return reading.energy_wh is not None and reading.at < meter.at and reading.energy_wh > meter.register_wh


def _elapsed(meter: Meter, reading: Reading, heard_at: datetime) -> int | None:
    """Seconds since the last trusted value; None for an old reading that arrived late."""
    if reading.at >= meter.at:
        return round((reading.at - meter.at).total_seconds())
    if set_back(meter, reading):  # ours tells how long it took
        return max(0, round((heard_at - meter.heard_at).total_seconds()))
    return None


def _is_idle(meter: Meter, reading: Reading, delivered: int, elapsed_s: int) -> bool:
    leak = IDLE_W * elapsed_s // 3600 + 1
    if reading.power_w is not None:
        return reading.power_w < IDLE_W and delivered <= leak
    if delivered:
        return False
    # Nothing counted yet, but so soon that the register could not have moved: as before.
    too_soon = meter.power_w * elapsed_s < 3600
    return meter.idle_since is not None or not (too_soon and meter.power_w >= IDLE_W)


def _looked_at(meter: Meter, reading: Reading, heard_at: datetime) -> Meter:
    """``meter`` with the figures that do not need the register."""
    return replace(
        meter,
        heard_at=heard_at,
        power_w=meter.power_w if reading.power_w is None else max(0, reading.power_w),
        soc_percent=meter.soc_percent if reading.soc_percent is None else min(100, max(0, reading.soc_percent)),
    )
