"""One connector of a simulated charge point: its cable, its car, its meter and its transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from hardware.charger.ocpp16.simulator.car import MJ_PER_WH, Car

#: What a meter that is not quite new shows.
_FIRST_WH = 1_234_567


@dataclass(slots=True)
class Charging:
    """A transaction as the charge point knows it. Inside it time runs ``speed`` times faster: ``elapsed_ms``."""

    tag: str
    started_at: datetime
    meter_start_wh: int
    next_sample_at: datetime
    transaction_id: int | None = None
    elapsed_ms: int = 0
    key: str = field(default_factory=lambda: uuid4().hex)

    @property
    def clock(self) -> datetime:
        """The transaction's own time."""
        return self.started_at + timedelta(milliseconds=self.elapsed_ms)


@dataclass(slots=True)
class Expected:
    """A remote start that waits for the cable."""

    tag: str
    until: datetime


@dataclass(slots=True)
class Bay:
    """``register_mj`` is the meter, which only ever counts up."""

    number: int
    max_power_w: int = 11_000
    register_mj: int = _FIRST_WH * MJ_PER_WH
    car: Car | None = None
    charging: Charging | None = None
    expected: Expected | None = None
    ended: bool = False  # a transaction is over and the cable is still in
    faulted: bool = False
    operative: bool = True

    @property
    def register_wh(self) -> int:
        """The meter in whole Wh."""
        return self.register_mj // MJ_PER_WH

    @property
    def power_w(self) -> int:
        """What flows now."""
        if self.charging is None or self.car is None:
            return 0
        return self.car.power_w(self.charging.elapsed_ms, self.max_power_w)

    @property
    def status(self) -> str:
        """The OCPP status that all of this amounts to."""
        if self.faulted:
            return "Faulted"
        if self.charging:
            return "SuspendedEV" if self.car and self.car.is_full else "Charging"
        if not self.operative:
            return "Unavailable"
        if self.car and self.ended:
            return "Finishing"
        return "Preparing" if self.car or self.expected else "Available"

    def advance(self, now: datetime, speed: int) -> None:
        """Let energy flow until ``now`` (real time)."""
        if self.charging is None or self.car is None:
            return
        elapsed = (now - self.charging.started_at) // timedelta(milliseconds=1) * speed
        passed = elapsed - self.charging.elapsed_ms
        if passed > 0:
            self.register_mj += self.car.charge(self.charging.elapsed_ms, passed, self.max_power_w)
            self.charging.elapsed_ms = elapsed

    def begin(self, tag: str, now: datetime, sample_after: timedelta) -> Charging:
        """Switch on."""
        self.expected = None
        self.charging = Charging(tag, now, self.register_wh, now + sample_after)
        return self.charging

    def end(self) -> Charging | None:
        """Switch off; gives the transaction that was under way."""
        ended, self.charging, self.expected = self.charging, None, None
        self.ended = self.ended or ended is not None
        return ended

    def unplug(self) -> None:
        """Take the cable out; the transaction has been ended before."""
        self.car, self.ended = None, False
