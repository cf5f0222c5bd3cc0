"""The steps of a visit at which something is killed: how a driver gets there, and when the visit goes on afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.fire.driver import CARD, Agent, Driver
from tests.journeys.visitor import PATIENCE
from tests.support.waiting import eventually

#: Seconds by which the simulated terminal delays an answer, so that there is time to kill something meanwhile.
SLOW_ANSWER = 4
HOLD = 4000


@dataclass(frozen=True)
class Step:
    """``reach`` brings a driver there; ``over`` says whether the visit has got past it (recovery is over then)."""

    name: str
    reach: Callable[[Driver], None]
    over: Callable[[Driver], bool]


def _card(driver: Driver) -> None:
    driver.car("plug")
    driver.pay()
    driver.until_terminal_waits_for("authorise")


def _answer(driver: Driver) -> None:
    driver.fault("authorise", "slow", seconds=SLOW_ANSWER)
    _card(driver)
    driver.tap(CARD)
    eventually(lambda: driver.books().bank_held == HOLD, PATIENCE, "the bank holds the money")


def _plug(driver: Driver) -> None:
    driver.pay()
    driver.until_terminal_waits_for("authorise")
    driver.tap(CARD)
    driver.until("starting")


def _charging(driver: Driver) -> None:
    driver.car("plug")
    driver.begin(CARD)
    driver.charge()


def _stop_card(driver: Driver) -> None:
    _charging(driver)
    driver.leaving = True
    driver.stop()


def _capture(driver: Driver) -> None:
    _charging(driver)
    driver.fault("capture", "slow", seconds=SLOW_ANSWER)
    driver.leaving = True
    driver.stop()
    driver.tap(CARD)
    eventually(lambda: driver.books().bank_captures == 1, PATIENCE, "the bank has taken the money")


def _finished(driver: Driver) -> None:
    _stop_card(driver)
    driver.tap(CARD)
    driver.until("finished")


def _refund(driver: Driver) -> None:
    _finished(driver)
    driver.fault("refund", "slow", seconds=SLOW_ANSWER)
    Agent(driver.site).refund(driver, "0.10")
    eventually(lambda: driver.books().bank_refunded == 10, PATIENCE, "the bank has given the money back")


def _charges_on(driver: Driver) -> bool:
    """More has been delivered since the last look, or the visit is over: a power cut at the charge point ends it."""
    return driver.is_over() or driver.session("energy_wh") > driver.energy_wh


def _shows_the_end(driver: Driver) -> bool:
    return driver.step == "finished"


STEPS = (
    Step("waiting for the card", _card, _charges_on),
    Step("approved, answer on its way", _answer, _charges_on),
    Step("waiting for the plug", _plug, _charges_on),
    Step("charging", _charging, _charges_on),
    Step("stop card asked for", _stop_card, Driver.is_over),
    Step("capture under way", _capture, Driver.is_over),
    Step("finished, receipt shown", _finished, _shows_the_end),
    Step("refund under way", _refund, Driver.is_refunded),
)
