"""Everything in order again, after whatever the test before left behind."""

from __future__ import annotations

import requests

from tests.journeys.visitor import FAST, PATIENCE, SLOW, Visitor
from tests.support.processes import Product
from tests.support.waiting import eventually

_OPEN = (
    "SELECT 1 FROM kiosk_session WHERE state IN"
    " ('authorising', 'authorised', 'starting', 'charging', 'stopping', 'settling')"
)


def tidy(site: Product) -> None:
    """Every process up, the site as it was, no fault armed, no car plugged in, nothing open, everything ready."""
    if missing := [name for name in site.names if name not in site.pids]:
        site.start(*missing)
    requests.delete(f"{site.terminal}/sim/faults", timeout=PATIENCE)
    requests.post(f"{site.terminal}/sim/cancel", timeout=PATIENCE)
    for post in (SLOW, FAST):
        Visitor(site, post).charger("online")
        # Refused where there is no car, which is what is wanted.
        requests.post(f"{site.chargers}/sim/cars/{post.identity}/{post.number}/unplug", timeout=PATIENCE)
    Visitor(site).terminal_recovers(True)
    Visitor(site).change_site(plug_in_s=90, full_after_s=900)
    eventually(lambda: not site.rows(_OPEN), PATIENCE, "no session is open")
    # A charge point whose driver gave up waits for the plug a while longer; a reboot makes it forget.
    for charger in requests.get(f"{site.chargers}/sim/chargers", timeout=PATIENCE).json()["chargers"]:
        if any(connector["status"] != "Available" for connector in charger["connectors"]):
            requests.post(f"{site.chargers}/sim/chargers/{charger['identity']}/reboot", timeout=PATIENCE)
    eventually(
        lambda: site.rows("SELECT DISTINCT status FROM hardware_connector") == [("Available",)],
        PATIENCE,
        "every connector is free",
    )
    eventually(
        lambda: site.rows("SELECT state FROM hardware_terminal") == [("ready",)], PATIENCE, "the terminal is ready"
    )
