"""Processes that are told to end (SIGTERM) in the middle of something, as a supervisor or a deploy does."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic

import pytest
from websockets import CloseCode, ConnectionClosed, Origin
from websockets.sync.client import connect

from tests.fire.conftest import Tell
from tests.fire.driver import CARD, Driver
from tests.fire.steps import HOLD
from tests.journeys.visitor import PATIENCE
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(600)


def test_a_worker_told_to_end_sends_the_cardholder_away_and_tells_them(driver: Driver, tell: Tell) -> None:
    driver.car("plug")
    driver.pay()
    driver.until_terminal_waits_for("authorise")
    driver.look()
    seconds = driver.site.terminate("worker", patience=15)  # no other worker is there: it did this itself
    assert driver.terminal_state()["waiting_for"] is None
    assert driver.session("state") == "cancelled"
    driver.look()
    driver.site.start("worker")
    tell("waiting for the card", "SIGTERM to the worker", driver, driver.verdict(), seconds)


def test_a_worker_told_to_end_waits_for_the_answer_that_is_on_its_way(driver: Driver, tell: Tell) -> None:
    driver.car("plug")
    driver.fault("authorise", "slow", seconds=6)
    driver.pay()
    driver.until_terminal_waits_for("authorise")
    driver.tap(CARD)
    eventually(lambda: driver.books().bank_held == HOLD, PATIENCE, "the bank holds the money")
    driver.look()
    seconds = driver.site.terminate("worker", patience=20)
    assert driver.books().held == HOLD
    driver.site.start("worker")
    driver.act_until(lambda: driver.session("state") == "charging", "charging begins")
    driver.leave()
    driver.look()
    tell("approved, answer on its way", "SIGTERM to the worker", driver, driver.verdict(), seconds)


def test_a_worker_told_to_end_waits_for_a_capture(driver: Driver, tell: Tell) -> None:
    driver.car("plug")
    driver.begin(CARD)
    driver.charge()
    driver.fault("capture", "slow", seconds=6)
    driver.stop()
    driver.tap(CARD)
    eventually(lambda: driver.books().bank_captures == 1, PATIENCE, "the bank has taken the money")
    driver.look()
    seconds = driver.site.terminate("worker", patience=20)
    assert driver.session("state") == "finished"
    driver.look()
    driver.site.start("worker")
    tell("capture under way", "SIGTERM to the worker", driver, driver.verdict(), seconds)


def test_a_web_process_told_to_end_closes_its_sockets_at_once_and_the_next_one_takes_over(
    driver: Driver, tell: Tell
) -> None:
    driver.car("plug")
    driver.begin(CARD)
    driver.charge()
    driver.look()
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in driver.browser.cookies)
    address = driver.site.url.replace("http", "ws") + driver.live_path()
    with connect(address, additional_headers={"Cookie": cookies}, origin=Origin(driver.site.url)) as screen:
        screen.recv(timeout=PATIENCE)
        driver.site.terminate("web", patience=15)
        with suppress(ConnectionClosed):
            for _ in screen:
                continue  # what was still on its way
        assert screen.close_code == CloseCode.SERVICE_RESTART
    driver.look()
    began = monotonic()
    driver.site.start("web")
    before = driver.session("energy_wh")
    driver.act_until(lambda: driver.session("energy_wh") > before, "the charge point is back")
    seconds = monotonic() - began
    driver.leave()
    driver.look()
    tell("charging", "SIGTERM to the web process", driver, driver.verdict(), seconds)
