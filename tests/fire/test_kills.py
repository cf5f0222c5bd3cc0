"""``kill -9`` of every process at every step of a visit, and Valkey emptied there."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import pytest
import redis

from tests.fire.conftest import Tell
from tests.fire.driver import Driver
from tests.fire.steps import STEPS, Step
from tests.support.processes import Product

pytestmark = pytest.mark.timeout(600)

PROCESSES = ("web", "worker", "beat", "valkey", "terminal", "chargers")


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_process_is_killed_and_started_again(driver: Driver, tell: Tell, step: Step, process: str) -> None:
    def accident(site: Product) -> None:
        site.kill(process)
        driver.look()
        site.start(process, wait=False)

    _strike(driver, tell, step, f"kill -9 {process}", accident)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_valkey_is_emptied(driver: Driver, tell: Tell, step: Step) -> None:
    def accident(site: Product) -> None:
        with redis.Redis(unix_socket_path=str(site.layout.socket)) as client:
            client.flushall()

    _strike(driver, tell, step, "Valkey emptied", accident)


def _strike(driver: Driver, tell: Tell, step: Step, name: str, accident: Callable[[Product], None]) -> None:
    """Bring the driver there, let it happen, and see how the visit goes on and ends."""
    step.reach(driver)
    driver.look()
    accident(driver.site)
    struck = monotonic()
    driver.act_until(lambda: step.over(driver), f"after {name}: past “{step.name}”")
    seconds = monotonic() - struck
    driver.site.wait_ready()
    driver.leave()
    driver.look()
    tell(step.name, name, driver, driver.verdict(), seconds)
