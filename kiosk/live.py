"""The one path of live updates: something changed at a site, so its screens look again."""

from __future__ import annotations

from hardware import bus

TOPIC = "site"


def publish_figures(public_id: str) -> None:
    """After commit, tell that the figures of one session grew: its own screen looks again at once.

    The screens of other sessions do not, and a list of connectors does with its next tick: with fifty cars charging
    there are dozens of these messages a second.
    """
    bus.publish("session", public_id)


def publish(site_id: int) -> None:
    """After commit, tell every web process that something at the site changed."""
    bus.publish(TOPIC, site_id)
