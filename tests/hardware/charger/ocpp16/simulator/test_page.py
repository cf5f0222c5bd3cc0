"""The page with the cars, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.hardware.charger.simulated import Simulator
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser


def test_a_car_is_plugged_in_with_the_mouse_and_unplugged_with_the_keyboard(alone: Simulator, page: Page) -> None:
    page.goto(alone.url)
    page.click('[data-identity="CP001"][data-connector="2"][data-action="plug"]')
    page.wait_for_selector('.bay.has-car[data-status="Preparing"]')
    assert alone.bay(2)["car"] is not None
    assert alone.bay(1)["car"] is None
    page.focus('[data-identity="CP001"][data-connector="2"][data-action="unplug"]')
    page.keyboard.press("Enter")
    eventually(lambda: alone.bay(2)["car"] is None)


def test_it_fits_an_iframe_of_420_pixels(alone: Simulator, page: Page) -> None:
    page.set_viewport_size({"width": 420, "height": 900})
    page.goto(alone.url)
    page.wait_for_selector(".bay")
    assert page.evaluate("document.documentElement.scrollWidth") == 420


def test_a_mistake_is_said_on_the_page(alone: Simulator, page: Page) -> None:
    page.goto(alone.url)
    page.wait_for_selector(".bay")
    page.evaluate("send('sim/cars/CP001/1/unplug')")
    page.wait_for_function("document.getElementById('said').textContent.includes('no car')")
