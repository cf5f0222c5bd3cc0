"""The one path of live updates: something changed at a site, so its screens look again."""

from __future__ import annotations

from hardware import bus

TOPIC = "site"


def publish(site_id: int) -> None:
    """After commit, tell every web process that something at the site changed."""
    bus.publish(TOPIC, site_id)
