"""The car model."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.charger.ocpp16.simulator.car import MJ_PER_WH, RAMP_MS, Car


def test_power_ramps_up_over_half_a_minute_and_then_stays() -> None:
    car = Car.at(20, max_power_w=10_000)
    powers = [car.power_w(ms, 11_000) for ms in (0, RAMP_MS // 2, RAMP_MS, 10 * RAMP_MS)]
    assert powers == [1, 5_000, 10_000, 10_000]


@pytest.mark.parametrize(("car_w", "cable_w", "power"), [(11_000, 7_400, 7_400), (3_700, 11_000, 3_700)])
def test_the_weaker_of_car_and_cable_decides(car_w: int, cable_w: int, power: int) -> None:
    assert Car.at(20, max_power_w=car_w).power_w(RAMP_MS, cable_w) == power


def test_it_tapers_from_eighty_percent_and_is_full_in_the_end() -> None:
    powers = [Car.at(soc, max_power_w=10_000).power_w(RAMP_MS, 11_000) for soc in (80, 85, 90, 95, 99, 100)]
    assert powers == sorted(powers, reverse=True)
    assert powers[0] == 10_000
    assert 500 <= powers[4] < 1_200
    assert powers[5] == 0


def test_an_hour_at_ten_kilowatt_is_ten_kilowatt_hours_less_the_ramp() -> None:
    car = Car.at(0, max_power_w=10_000)
    missing = 10_000 * MJ_PER_WH - 10_000 * RAMP_MS // 2 - car.charge(0, 3_600_000, 11_000)
    assert 0 <= missing < RAMP_MS  # less than a watt in each second of the ramp, which counts in whole watts


@settings(deadline=None)  # a machine under load is no failure
@given(st.integers(0, 100), st.lists(st.integers(0, 600_000), max_size=12))
def test_a_battery_never_holds_more_than_it_can_and_energy_is_neither_made_nor_lost(
    soc: int, spells: list[int]
) -> None:
    car, elapsed, taken = Car.at(soc, battery_wh=2_000), 0, 0
    before = car.stored_mj
    for spell in spells:
        taken += car.charge(elapsed, spell, 11_000)
        elapsed += spell
    assert car.stored_mj == before + taken <= car.capacity_mj
    assert car.is_full == (car.power_w(elapsed, 11_000) == 0)


def test_it_gets_full_and_then_takes_nothing() -> None:
    car = Car.at(95, battery_wh=10_000)
    car.charge(0, 3_600_000, 11_000)
    assert (car.is_full, car.soc) == (True, 100)
    assert car.charge(3_600_000, 60_000, 11_000) == 0
