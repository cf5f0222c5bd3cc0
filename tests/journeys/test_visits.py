"""The visits that a charger sees every day."""

from __future__ import annotations

import pytest

from tests.journeys.visitor import FAST, Visitor
from tests.support.processes import Product

#: A whole stack of processes starts for the first journey, and the machine may be busy.
pytestmark = pytest.mark.timeout(240)


def test_a_visit_holds_charges_captures_and_releases_the_rest(visitor: Visitor) -> None:
    visitor.car("plug")
    visitor.begin("visa-1", hold="40")
    visitor.charge()
    visitor.stop()
    visitor.tap("visa-1")
    visitor.until("finished")

    books = visitor.books()
    assert books.state == "captured"
    assert books.held == books.bank_held == 4000
    assert 0 < books.captured == books.bank_captured == visitor.session("cost_minor") < 4000
    assert books.bank_captures == 1
    assert visitor.session("end_reason") == "card"
    visitor.tell()


def test_a_wrong_card_stops_nothing_and_costs_nothing(visitor: Visitor) -> None:
    visitor.car("plug")
    visitor.begin("visa-1")
    visitor.charge()
    visitor.stop()
    visitor.tap("mastercard-1")
    assert visitor.stop_outcome() == "no_match"
    assert visitor.session("state") == "charging"

    visitor.stop()
    visitor.tap("visa-1")
    visitor.until("finished")
    assert visitor.books().bank_captures == 1
    visitor.tell()


def test_the_phone_that_holds_the_same_account_stops_it(visitor: Visitor) -> None:
    visitor.car("plug")
    visitor.begin("visa-1")
    visitor.charge()
    visitor.stop()
    visitor.tap("wallet-visa-1")
    visitor.until("finished")
    visitor.tell()


def test_a_declined_card_holds_nothing(visitor: Visitor) -> None:
    visitor.begin("declined-1")
    visitor.until("declined")
    books = visitor.books()
    assert (books.held, books.bank_held) == (0, 0)
    visitor.tell()


def test_a_smaller_approval_limits_what_is_delivered(site: Product, visitor: Visitor) -> None:
    driver = Visitor(site, FAST)
    driver.car("plug", battery_wh=90_000, soc=5, max_power_w=50_000)
    driver.fault("authorise", "approved_less", amount=1000)
    driver.begin("visa-1", hold="40")
    driver.until("finished", patience=90)
    books = driver.books()
    assert books.held == books.bank_held == 1000
    assert driver.session("end_reason") == "limit"
    assert 700 < books.captured == books.bank_captured <= 1000
    driver.tell()


def test_a_driver_who_never_plugs_in_gets_everything_back(visitor: Visitor) -> None:
    visitor.change_site(plug_in_s=3)
    visitor.begin("visa-1")
    visitor.until("not_started")
    books = visitor.books()
    assert (books.state, books.captured, books.bank_captured) == ("released", 0, 0)
    assert (books.bank_held, books.bank_releases) == (4000, 1)
    visitor.tell()


def test_a_driver_who_changes_their_mind_gets_everything_back(visitor: Visitor) -> None:
    visitor.begin("visa-1")
    visitor.until("starting")
    visitor.press(f"/s/{visitor.public_id}/cancel/")
    visitor.until("not_started")
    assert visitor.books().bank_releases == 1
    visitor.tell()


def test_a_driver_who_presents_no_card_is_asked_for_nothing(visitor: Visitor) -> None:
    visitor.pay()
    visitor.until_terminal_waits_for("authorise")
    visitor.press(f"/s/{visitor.public_id}/cancel/")
    visitor.until("cancelled")
    assert visitor.books().bank_held == 0
    visitor.tell()


def test_pulling_the_cable_ends_the_visit_and_charges_what_was_taken(visitor: Visitor) -> None:
    visitor.car("plug")
    visitor.begin("visa-1")
    visitor.charge()
    visitor.car("unplug")
    visitor.until("finished")
    books = visitor.books()
    assert visitor.session("end_reason") == "unplugged"
    assert 0 < books.captured == books.bank_captured
    visitor.tell()


def test_a_full_car_ends_the_visit(visitor: Visitor) -> None:
    visitor.car("plug")
    visitor.change_site(full_after_s=120)
    visitor.begin("visa-1")
    visitor.charge()
    visitor.car("full")
    visitor.until("finished", patience=60)
    assert visitor.session("end_reason") == "full"
    visitor.tell()


def test_pressing_pay_twice_holds_once(visitor: Visitor) -> None:
    visitor.pay()
    first = visitor.public_id
    visitor.pay()
    assert visitor.public_id == first
    visitor.until_terminal_waits_for("authorise")
    visitor.tap("visa-1")
    visitor.until("starting")
    assert visitor.books().bank_held == 4000
    visitor.press(f"/s/{visitor.public_id}/cancel/")
    visitor.until("not_started")
