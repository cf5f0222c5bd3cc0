"""Half a minute without Valkey: no wake-ups, no live screen, no beat."""

from __future__ import annotations

from time import monotonic

import pytest

from tests.fire.conftest import Tell
from tests.fire.driver import CARD, Driver
from tests.journeys.visitor import PATIENCE
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(600)

AWAY = 30


def test_a_car_that_charges_meanwhile_charges_on_and_is_paid_for(driver: Driver, tell: Tell) -> None:
    driver.car("plug")
    driver.begin(CARD)
    driver.charge()
    driver.look()
    driver.site.kill("valkey")
    before = driver.session("energy_wh")
    eventually(lambda: driver.session("energy_wh") > before, PATIENCE, "meter values are taken without Valkey")
    driver.leaving = True
    back = _until_valkey_is_back(driver)
    driver.leave()
    seconds = monotonic() - back
    driver.look()
    tell("charging, then wanting to stop", f"no Valkey for {AWAY} s", driver, driver.verdict(), seconds)


def test_somebody_who_comes_meanwhile_is_served_late_or_told_so(driver: Driver, tell: Tell) -> None:
    driver.site.kill("valkey")
    driver.car("plug")
    driver.pay()
    back = _until_valkey_is_back(driver)
    driver.act_until(lambda: driver.session("state") == "charging" or driver.is_over(), "served or told")
    seconds = monotonic() - back
    driver.leave()
    driver.look()
    tell("arriving", f"no Valkey for {AWAY} s", driver, driver.verdict(), seconds)


def _until_valkey_is_back(driver: Driver) -> float:
    """Do what the screen asks for half a minute, and start it again. Returns when that was."""
    until = monotonic() + AWAY
    driver.act_until(lambda: monotonic() > until, "half a minute passes")
    driver.site.start("valkey")
    return monotonic()
