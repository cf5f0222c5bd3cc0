"""A new version comes in mid-visit: old and new web and worker side by side, then the old ones are told to end."""

from __future__ import annotations

from time import monotonic

import pytest

from tests.fire.conftest import Tell
from tests.fire.driver import CARD, NO_ANSWER, Driver
from tests.fire.proxy import Proxy, proxy
from tests.support.processes import Product, free_port, product

pytestmark = pytest.mark.timeout(600)


def test_a_visit_begun_before_a_deploy_ends_after_it(tell: Tell) -> None:
    old, new = free_port(), free_port()
    with product(only=("valkey", "worker", "beat", "terminal")) as site, proxy(site.layout.port, old) as front:
        site.add("old web", site.layout.web(old))
        site.add("new web", site.layout.web(new))
        site.add("new worker", site.layout.programs()["worker"])
        site.start("old web", "chargers")
        _deploy(site, front, new, tell)


def _deploy(site: Product, front: Proxy, new: int, tell: Tell) -> None:
    driver = Driver(site)
    driver.car("plug")
    driver.begin(CARD)
    driver.charge()
    driver.look()

    began = monotonic()
    site.start("new web", "new worker")
    front.target = new
    before = driver.session("energy_wh")
    driver.act_until(lambda: driver.session("energy_wh") > before, "it charges on while old and new are there")
    site.terminate("worker", patience=15)
    site.terminate("old web", patience=15)
    before = driver.session("energy_wh")
    driver.act_until(lambda: driver.session("energy_wh") > before, "the charge point is at the new web process")
    seconds = monotonic() - began

    driver.leave()
    driver.look()
    assert NO_ANSWER not in driver.read
    tell("charging", "deploy: new web and worker, then the old ones end", driver, driver.verdict(), seconds)
