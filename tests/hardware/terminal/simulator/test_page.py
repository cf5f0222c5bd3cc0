"""The virtual terminal in a real browser, driven as a person would: taps, PINs, keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from moneyed import Money
from playwright.sync_api import Page, expect

from hardware.terminal.interface import Outcome, PaymentTerminal
from tests.hardware.terminal.simulated import PATIENCE, Simulator

pytestmark = pytest.mark.browser
Ask = Callable[[int], Future[Any]]


@pytest.fixture
def ask(terminal: PaymentTerminal) -> Iterator[Ask]:
    """Start an authorisation of 50.00 beside the browser."""
    with ThreadPoolExecutor() as pool:
        yield lambda request_id: pool.submit(
            terminal.authorise, request_id=request_id, key=uuid4(), amount=Money("50.00", "EUR"), language="en"
        )


@pytest.fixture
def faults(page: Page) -> list[str]:
    """What the browser complains about."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("requestfailed", lambda request: found.append(request.url))
    return found


def test_a_card_is_tapped_its_pin_typed_and_the_screen_says_approved(
    page: Page, simulator: Simulator, ask: Ask, faults: list[str]
) -> None:
    page.goto(simulator.url)
    expect(page.locator("#text")).to_have_text("Welcome")
    held = ask(1)
    expect(page.locator("#text")).to_have_text("Present your card or phone")
    expect(page.locator("#amount")).to_have_text("€50.00")
    page.locator('button[data-card="visa-1"]').click()
    expect(page.locator("#text")).to_have_text("Enter your PIN")
    for digit in "1234":
        page.locator(f'[data-digit="{digit}"]').click()
    expect(page.locator("#stars")).to_have_text("••••")
    page.locator("#enter").click()
    expect(page.locator("#text")).to_have_text("Approved")
    assert held.result(PATIENCE).outcome is Outcome.APPROVED
    page.locator("#book summary").click()
    expect(page.locator("#transactions")).to_contain_text("approved")
    assert faults == []


def test_everything_can_be_done_from_the_keyboard(page: Page, simulator: Simulator, ask: Ask) -> None:
    page.goto(simulator.url)
    held = ask(1)
    expect(page.locator("#device")).to_have_attribute("data-waiting", "card")
    page.locator('button[data-card="maestro-1"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#device")).to_have_attribute("data-waiting", "pin")
    page.locator("body").evaluate("document.activeElement.blur()")
    page.keyboard.type("00001")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_text("Wrong PIN")
    assert held.result(PATIENCE).reason == "wrong PIN"
    held = ask(2)
    expect(page.locator("#device")).to_have_attribute("data-waiting", "card")
    page.keyboard.press("Escape")
    assert held.result(PATIENCE).outcome is Outcome.ABORTED


def test_a_pin_is_also_one_button(page: Page, simulator: Simulator, ask: Ask) -> None:
    page.goto(simulator.url)
    for request_id, pin, outcome in ((1, "ok", Outcome.APPROVED), (2, "wrong", Outcome.DECLINED)):
        held = ask(request_id)
        expect(page.locator("#device")).to_have_attribute("data-waiting", "card")
        page.locator('button[data-card="visa-1"]').click()
        page.locator(f'[data-pin="{pin}"]').click()
        assert held.result(PATIENCE).outcome is outcome


def test_an_accident_is_chosen_on_the_page_in_a_narrow_frame(page: Page, simulator: Simulator) -> None:
    page.set_viewport_size({"width": 380, "height": 800})
    page.goto(simulator.url)
    expect(page.locator("#cards button")).to_have_count(12)
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    page.locator("#accidents summary").click()
    page.locator("#fault-operation").select_option("capture")
    page.locator("#fault-kind").select_option("crash")
    page.locator('#fault-form [name="seconds"]').fill("3")
    page.locator('#fault-form [name="after"]').check()
    page.locator("#add-fault").click()
    expect(page.locator("#faults")).to_contain_text("capture: crash, 1×")
    (fault,) = simulator.get("/sim/faults")["faults"]
    assert (fault["operation"], fault["fault"], fault["seconds"], fault["after"]) == ("capture", "crash", 3, True)
    page.locator("#clear-faults").click()
    expect(page.locator("#faults")).to_be_empty()


def test_a_terminal_that_is_away_says_so_and_comes_back(page: Page, simulator: Simulator) -> None:
    page.goto(simulator.url)
    expect(page.locator("#text")).to_have_text("Welcome")
    simulator.fault("any", "connection_refused", seconds=1.5)
    expect(page.locator("#text")).to_have_text("Not on the network")
    expect(page.locator("#text")).to_have_text("Welcome")
