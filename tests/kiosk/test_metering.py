"""Which readings are believed, how time divides, and when delivery must stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from hardware.charger.readings import Reading
from kiosk import metering
from kiosk.limits import Limit, Limits, ahead, reached, usage
from kiosk.metering import SLACK_WH, Distrust, Meter, read
from kiosk.pricing import parse, price

T0 = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
FRESH = Meter(start_wh=1000, register_wh=1000, at=T0, heard_at=T0)
POWER_W = 11_000


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def at(seconds: float, wh: int | None, power_w: int | None = None, soc: int | None = None) -> Reading:
    return Reading(after(seconds), wh, power_w, soc)


def fed(meter: Meter, *readings: Reading) -> tuple[Meter, list[Distrust | None]]:
    distrusts = []
    for reading in readings:
        meter, distrust = read(meter, reading, reading.at, max_power_w=POWER_W)
        distrusts.append(distrust)
    return meter, distrusts


def test_energy_is_what_the_register_gained() -> None:
    meter, distrusts = fed(FRESH, at(60, 1183, 11_000, 40), at(120, 1366, 11_000, 41))
    assert (meter.energy_wh, meter.charging_s, meter.parking_s, meter.soc_percent) == (366, 120, 0, 41)
    assert distrusts == [None, None]


def test_the_greatest_believable_gain_is_a_quarter_above_the_connector_s_power() -> None:
    most = POWER_W * 60 * 5 // (4 * 3600) + SLACK_WH
    assert fed(FRESH, at(60, 1000 + most))[1] == [None]
    meter, distrusts = fed(FRESH, at(60, 1000 + most + 1))
    assert (meter.energy_wh, distrusts) == (0, [Distrust.JUMP])


def test_after_a_jump_the_next_believable_value_covers_all_the_time() -> None:
    meter, distrusts = fed(FRESH, at(60, 99_000), at(120, 1366, 11_000))
    assert (meter.energy_wh, meter.charging_s, distrusts) == (366, 120, [Distrust.JUMP, None])


def test_a_register_that_runs_backwards_is_not_counted() -> None:
    meter, distrusts = fed(FRESH, at(60, 1183), at(120, 1100), at(180, 900))
    assert (meter.energy_wh, meter.charging_s) == (183, 60)
    assert distrusts == [None, Distrust.BACKWARDS, Distrust.BACKWARDS]


def test_an_old_reading_that_arrives_late_is_ignored() -> None:
    meter, distrusts = fed(FRESH, at(120, 1366), at(60, 1183), at(60, None))
    assert (meter.energy_wh, meter.charging_s) == (366, 120)
    assert distrusts == [None, Distrust.OUT_OF_ORDER, Distrust.OUT_OF_ORDER]


def test_a_reading_without_a_register_gives_power_only() -> None:
    meter, distrusts = fed(FRESH, at(60, None, 7400, 55))
    assert (meter.power_w, meter.soc_percent, meter.charging_s, meter.at) == (7400, 55, 0, T0)
    assert distrusts == [Distrust.MISSING]


def test_a_car_that_takes_nothing_is_parking() -> None:
    meter, _ = fed(FRESH, at(60, 1183, 11_000), at(120, 1183, 0), at(180, 1184, 20))
    assert (meter.charging_s, meter.parking_s, meter.idle_since, meter.idle_s) == (60, 120, after(60), 120)
    meter, _ = fed(meter, at(240, 1360, 11_000))
    assert (meter.charging_s, meter.parking_s, meter.idle_since, meter.idle_s) == (120, 120, None, 0)


def test_without_power_readings_a_register_that_moves_means_charging() -> None:
    meter, _ = fed(FRESH, at(60, 1001), at(120, 1001))
    assert (meter.charging_s, meter.parking_s) == (60, 60)


def test_a_stop_right_after_the_last_value_does_not_begin_to_park() -> None:
    meter, _ = fed(FRESH, at(60, 1010, 600), at(62, 1010))
    assert (meter.charging_s, meter.parking_s) == (62, 0)


def test_a_clock_that_is_set_back_in_mid_session_does_not_stop_the_counting() -> None:
    meter, _ = fed(FRESH, at(3600, 5000))
    back = Reading(T0, 5183, POWER_W)
    assert metering.set_back(meter, back)
    meter, distrust = read(meter, back, after(3660), max_power_w=POWER_W)
    assert (meter.energy_wh, meter.charging_s, meter.at, distrust) == (4183, 3660, T0, None)


def test_a_clock_that_leaps_forward_is_noticed_and_a_queue_is_not_taken_for_it() -> None:
    assert metering.leapt(FRESH, at(7200, 1100), after(60))
    assert not metering.leapt(FRESH, at(60, 1100), after(60))
    waiting = replace(FRESH, heard_at=after(7200))
    assert not metering.leapt(waiting, at(3600, 1100), after(7200))


def test_a_wrong_clock_is_one_that_is_off_by_more_than_five_minutes() -> None:
    assert not metering.is_ahead(after(300), T0)
    assert metering.is_ahead(after(301), T0)
    assert not metering.is_behind(T0, after(300))
    assert metering.is_behind(T0, after(301))


readings = st.builds(
    at,
    st.integers(-1000, 100_000),
    st.none() | st.integers(-10, 300_000),
    st.none() | st.integers(-10, 30_000),
    st.none() | st.integers(-5, 120),
)


@given(st.lists(readings, max_size=30))
def test_whatever_arrives_figures_only_grow_and_never_faster_than_the_connector(given_readings: list[Reading]) -> None:
    meter = FRESH
    for index, reading in enumerate(given_readings, start=1):
        before = meter
        meter, _ = read(meter, reading, after(index), max_power_w=POWER_W)
        assert meter.energy_wh >= before.energy_wh >= 0
        assert meter.charging_s >= before.charging_s
        assert meter.parking_s >= before.parking_s
        gained_s = meter.charging_s + meter.parking_s - before.charging_s - before.parking_s
        assert meter.energy_wh - before.energy_wh <= metering.most(POWER_W, gained_s)


# Limits

TARIFF = parse({"currency": "EUR", "elements": [{"price_components": [{"type": "ENERGY", "price": "0.50"}]}]})
LIMITS = Limits(
    held=Money("10.00", "EUR"),
    max_power_w=POWER_W,
    sample_interval_s=10,
    latency_s=15,
    maximum_duration_s=7200,
    full_after_s=900,
)


def charged(wh: int, seconds: int = 600) -> Meter:
    return replace(FRESH, register_wh=1000 + wh, at=after(seconds), charging_s=seconds, power_w=POWER_W)


def test_the_margin_covers_full_power_for_one_interval_and_the_latency() -> None:
    assert ahead(charged(0), LIMITS).energy_wh == 77  # 11 kW for 25 s, rounded up
    assert reached(charged(20_000 - 77 - 11), TARIFF, LIMITS) is None
    assert reached(charged(20_000 - 77), TARIFF, LIMITS) == Limit.HELD


def test_the_longest_time_and_a_full_car_end_it() -> None:
    assert reached(charged(100, seconds=7199), TARIFF, LIMITS) is None
    assert reached(charged(100, seconds=7200), TARIFF, LIMITS) == Limit.DURATION
    idle = replace(charged(100), idle_since=after(600))
    assert reached(replace(idle, at=after(1499)), TARIFF, LIMITS) is None
    assert reached(replace(idle, at=after(1500)), TARIFF, LIMITS) == Limit.FULL
    assert reached(replace(idle, at=after(9999)), TARIFF, replace(LIMITS, full_after_s=0)) is None


@given(st.integers(0, 60_000), st.integers(1, 350_000), st.integers(0, POWER_W))
def test_what_flows_until_a_stop_takes_effect_still_fits(wh: int, power_w: int, drawn_w: int) -> None:
    """Metered every interval, at any power up to the connector's: while no limit is reached, the next one fits."""
    given_limits = replace(LIMITS, max_power_w=power_w)
    meter = replace(charged(wh), power_w=min(drawn_w, power_w))
    if reached(meter, TARIFF, given_limits) is None:
        flowed = power_w * given_limits.reaction_s // 3600
        later = replace(meter, register_wh=meter.register_wh + flowed)
        assert price(TARIFF, usage(later)).total <= given_limits.held


@pytest.mark.parametrize("idle", [True, False])
def test_time_that_goes_on_is_priced_too(idle: bool) -> None:
    meter = replace(charged(1), idle_since=T0 if idle else None)
    expected = (meter.charging_s, meter.parking_s + 25) if idle else (meter.charging_s + 25, meter.parking_s)
    assert (ahead(meter, LIMITS).charging_s, ahead(meter, LIMITS).parking_s) == expected
