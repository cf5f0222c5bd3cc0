"""Another writer keeps the database locked for longer than anybody waits for it (20 s), at the worst moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from time import monotonic

import pytest

from tests.fire.conftest import Tell
from tests.fire.driver import CARD, Driver
from tests.fire.steps import SLOW_ANSWER, STEPS, Step
from tests.support.processes import Product

pytestmark = pytest.mark.timeout(600)

#: Seconds: longer than the busy timeout of a writer, and than the lease of a worker.
LOCKED = 24

_ANSWERS = [step for step in STEPS if "under way" in step.name or "answer" in step.name]


@pytest.mark.parametrize("step", _ANSWERS, ids=lambda step: step.name)
def test_an_answer_that_cannot_be_written_is_written_later_or_found_again(
    driver: Driver, tell: Tell, step: Step
) -> None:
    step.reach(driver)
    driver.look()
    with _locked(driver.site):
        until = monotonic() + SLOW_ANSWER + LOCKED
        driver.act_until(lambda: monotonic() > until, "the lock is held")
    free = monotonic()
    driver.act_until(lambda: step.over(driver), "the visit goes on")
    seconds = monotonic() - free
    driver.leave()
    driver.look()
    tell(step.name, f"database locked for {SLOW_ANSWER + LOCKED} s", driver, driver.verdict(), seconds)


def test_somebody_who_presses_pay_meanwhile_is_told_that_it_did_not_work(driver: Driver, tell: Tell) -> None:
    driver.open()
    with _locked(driver.site):
        answer = driver.press(f"/c/{driver.post.offer}/pay/", hold="40")
        assert answer.status_code >= 500
        driver.read.append(driver.headline(answer.text))
    assert not driver.site.rows("SELECT 1 FROM kiosk_session WHERE state = 'authorising'"), "nothing half begun is left"
    free = monotonic()
    driver.car("plug")
    driver.begin(CARD)
    driver.charge()
    seconds = monotonic() - free
    driver.leave()
    driver.look()
    tell("pressing pay", "database locked", driver, driver.verdict(), seconds)


@contextmanager
def _locked(site: Product) -> Iterator[None]:
    with closing(sqlite3.connect(site.database, timeout=20, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
