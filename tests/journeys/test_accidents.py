"""Visits during which something breaks: an answer is lost, a process is killed, a charge point is away."""

from __future__ import annotations

import pytest
import redis

from tests.journeys.visitor import PATIENCE, Visitor
from tests.support.waiting import eventually

#: A whole stack of processes starts for the first journey, and the machine may be busy.
pytestmark = pytest.mark.timeout(240)


#: A worker counts as dead after 15 s; everything that follows from it takes a few sweeps more.
AFTER_A_DEATH = 60


def test_a_charge_point_that_goes_offline_and_comes_back_loses_nothing(visitor: Visitor) -> None:
    visitor.car("plug")
    visitor.begin()
    visitor.charge()
    visitor.charger("offline")
    eventually(lambda: visitor.site.rows("SELECT connection FROM hardware_chargepoint WHERE id = 1") == [("",)])
    visitor.charger("online")
    before = visitor.session("energy_wh")
    eventually(lambda: visitor.session("energy_wh") > before, PATIENCE, "meter values arrive again")
    visitor.stop()
    visitor.tap("visa-1")
    visitor.until("finished")
    _one_capture_and_equal_books(visitor)


def test_an_authorisation_whose_answer_is_lost_is_recovered_and_never_asked_twice(visitor: Visitor) -> None:
    visitor.car("plug")
    visitor.fault("authorise", "lost_answer")
    visitor.begin()
    visitor.until("charging", patience=AFTER_A_DEATH)
    visitor.charge()
    visitor.stop()
    visitor.tap("visa-1")
    visitor.until("finished")
    _one_capture_and_equal_books(visitor)


def test_an_authorisation_whose_answer_is_lost_is_in_doubt_where_the_terminal_cannot_tell(visitor: Visitor) -> None:
    visitor.terminal_recovers(False)
    try:
        visitor.fault("authorise", "lost_answer")
        visitor.begin()
        visitor.until("in_doubt")
        books = visitor.books()
        assert (books.state, books.held, books.bank_held) == ("in_doubt", 0, 4000)
        visitor.until_a_person_must_decide()
        visitor.tell()
    finally:
        visitor.terminal_recovers(True)


def test_a_capture_whose_answer_is_lost_is_recovered_and_done_once(visitor: Visitor) -> None:
    visitor.car("plug")
    visitor.begin()
    visitor.charge()
    visitor.fault("capture", "lost_answer")
    visitor.stop()
    visitor.tap("visa-1")
    visitor.until("finished", patience=AFTER_A_DEATH)
    _one_capture_and_equal_books(visitor)


def test_a_capture_whose_answer_is_lost_is_in_doubt_where_the_terminal_cannot_tell(visitor: Visitor) -> None:
    visitor.terminal_recovers(False)
    try:
        visitor.car("plug")
        visitor.begin()
        visitor.charge()
        visitor.fault("capture", "lost_answer")
        visitor.stop()
        visitor.tap("visa-1")
        visitor.until("in_doubt")
        books = visitor.books()
        assert (books.state, books.captured, books.bank_captures) == ("in_doubt", 0, 1)
        visitor.until_a_person_must_decide()
        visitor.tell()
    finally:
        visitor.terminal_recovers(True)


def test_a_worker_killed_between_the_approval_and_the_start_loses_neither(visitor: Visitor) -> None:
    visitor.car("plug")
    visitor.fault("authorise", "slow", seconds=30)  # the bank has approved, the answer is on its way
    visitor.begin()
    eventually(lambda: visitor.books().bank_held == 4000, PATIENCE, "the bank holds the money")
    visitor.site.kill("worker")
    assert visitor.books().held == 0
    visitor.site.start("worker")
    visitor.until("charging", patience=AFTER_A_DEATH)
    visitor.charge()
    visitor.stop()
    visitor.tap("visa-1")
    visitor.until("finished")
    _one_capture_and_equal_books(visitor)


def test_a_valkey_killed_and_emptied_while_charging_costs_nothing(visitor: Visitor) -> None:
    visitor.car("plug")
    visitor.begin()
    visitor.charge()
    visitor.site.kill("valkey")
    before = visitor.session("energy_wh")
    eventually(lambda: visitor.session("energy_wh") > before, PATIENCE, "meter values are taken without Valkey")
    for file in (visitor.site.var / "valkey").rglob("*"):
        if file.is_file():
            file.unlink()
    visitor.site.start("valkey")
    client = redis.Redis(unix_socket_path=str(visitor.site.layout.socket))
    client.flushall()
    client.close()
    visitor.stop()
    visitor.tap("visa-1")
    visitor.until("finished", patience=AFTER_A_DEATH)
    _one_capture_and_equal_books(visitor)


def test_a_web_process_killed_while_charging_is_not_noticed_by_the_books(visitor: Visitor) -> None:
    visitor.car("plug")
    visitor.begin()
    visitor.charge()
    visitor.site.kill("web")
    visitor.site.start("web")
    before = visitor.session("energy_wh")
    eventually(lambda: visitor.session("energy_wh") > before, AFTER_A_DEATH, "the charge point is back")
    visitor.stop()
    visitor.tap("visa-1")
    visitor.until("finished", patience=AFTER_A_DEATH)  # what was measured meanwhile is told first, one after the other
    _one_capture_and_equal_books(visitor)


def test_a_car_unplugged_while_the_charge_point_is_away_is_settled_when_it_is_back(visitor: Visitor) -> None:
    visitor.car("plug")
    visitor.begin()
    visitor.charge()
    visitor.charger("offline")
    visitor.car("unplug")
    visitor.charger("online")
    visitor.until("finished")
    assert visitor.session("end_reason") == "unplugged"
    _one_capture_and_equal_books(visitor)


def _one_capture_and_equal_books(visitor: Visitor) -> None:
    books = visitor.books()
    assert (books.state, books.bank_captures, books.bank_releases) == ("captured", 1, 0)
    assert books.held == books.bank_held
    assert 0 < books.captured == books.bank_captured == visitor.session("cost_minor")
    visitor.tell()
