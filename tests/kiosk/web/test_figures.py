"""A meter value wakes the screen of its own session and no other: fifty charging cars must not render fifty screens."""

from __future__ import annotations

import asyncio

import pytest

from hardware import bus
from kiosk import live
from kiosk.hub import Hub, Key, Picture
from kiosk.screens import HOME, Kind, Screen
from tests.kiosk.place import Place
from tests.support.waiting import eventually_async


async def test_the_figures_of_a_session_wake_its_own_screen_only() -> None:
    painted: list[Key] = []

    async def render(key: Key, enrolments: frozenset[int]) -> Picture:
        painted.append(key)
        return Picture(f"picture {len(painted)}")

    hub = Hub(render, gap=0.0, tick=600)
    mine, other, home = (
        Key(kiosk_id=1, site_id=2, terminal_id=3, screen=screen, language="en")
        for screen in (Screen(Kind.SESSION, "mine"), Screen(Kind.SESSION, "other"), HOME)
    )
    with hub.watching(mine, 1), hub.watching(other, 1), hub.watching(home, 1):
        await eventually_async(lambda: {mine, other, home} <= set(painted))
        await _quiet(painted)
        before = len(painted)
        await bus._hubs[asyncio.get_running_loop()]._hand_on("session", "mine")
        await eventually_async(lambda: len(painted) > before)
        await _quiet(painted)
        assert painted[before:] == [mine]


@pytest.mark.django_db
def test_a_meter_value_is_told_to_the_screen_of_its_session(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    session = place.charging()
    told: list[str] = []
    monkeypatch.setattr(live, "publish_figures", told.append)
    place.meter(session, 1010)
    assert told == [session.public_id]


async def _quiet(painted: list[Key]) -> None:
    """Until every channel waits for news: some turns of the loop in which nothing is painted."""
    turns, seen = 0, -1
    while turns < 20:
        turns, seen = (turns + 1, seen) if len(painted) == seen else (0, len(painted))
        await asyncio.sleep(0)
