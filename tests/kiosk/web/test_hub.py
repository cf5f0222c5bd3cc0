"""One rendering for many browsers, the newest for the slow ones, the present for those that come back."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, ExitStack

import pytest

from hardware import bus
from kiosk import hub as hub_module
from kiosk.hub import Hub, Key, Mailbox, Picture
from kiosk.screens import HOME, Kind, Screen
from tests.support.waiting import eventually_async

KEY = Key(kiosk_id=1, site_id=2, terminal_id=3, screen=HOME, language="en")


class Painter:
    """Paints what it is told to and counts how often."""

    def __init__(self) -> None:
        self.html: str | None = "first"
        self.refused: frozenset[int] = frozenset()
        self.fails = False
        self.painted: list[Key] = []

    async def render(self, key: Key, enrolments: frozenset[int]) -> Picture:
        self.painted.append(key)
        if self.fails:
            raise RuntimeError("the database is away")
        return Picture(self.html, self.refused & enrolments)


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
def hub(painter: Painter) -> Hub:
    """Nothing happens in it by itself: the tick is far away."""
    return Hub(painter.render, gap=0.0, tick=600)


async def next_of(mailbox: Mailbox) -> str:
    async with asyncio.timeout(5):
        return await anext(mailbox.pictures())


async def test_many_browsers_share_one_rendering(hub: Hub, painter: Painter) -> None:
    with ExitStack() as stack:
        mailboxes = [stack.enter_context(hub.watching(KEY, number)) for number in range(50)]
        assert [await next_of(mailbox) for mailbox in mailboxes] == ["first"] * 50
        assert len(painter.painted) <= 2  # the first, and once more because browsers came while it was painted
        painted = len(painter.painted)
        painter.html = "second"
        hub.look_again(KEY)
        assert [await next_of(mailbox) for mailbox in mailboxes] == ["second"] * 50
        assert len(painter.painted) == painted + 1


async def test_each_language_and_screen_is_rendered_by_itself(hub: Hub, painter: Painter) -> None:
    other_language = Key(1, 2, 3, HOME, "nl")
    other_screen = Key(1, 2, 3, Screen(Kind.OFFER, "7"), "en")
    with hub.watching(KEY, 1) as one, hub.watching(other_language, 1) as two, hub.watching(other_screen, 1) as three:
        for mailbox in (one, two, three):
            await next_of(mailbox)
    assert set(painter.painted) == {KEY, other_language, other_screen}


@pytest.mark.parametrize(("topic", "number"), [("site", 2), ("terminal", 3)])
async def test_a_message_on_the_bus_leads_to_a_new_picture(hub: Hub, painter: Painter, topic: str, number: int) -> None:
    with hub.watching(KEY, 1) as mailbox:
        await next_of(mailbox)
        painter.html = "second"
        await bus._hubs[asyncio.get_running_loop()]._hand_on(topic, str(number))
        assert await next_of(mailbox) == "second"


async def test_messages_that_come_close_together_are_one_rendering(painter: Painter) -> None:
    hub = Hub(painter.render, gap=0.2, tick=600)
    with hub.watching(KEY, 1) as mailbox:
        await next_of(mailbox)
        painted = len(painter.painted)
        painter.html = "second"
        for _ in range(100):
            hub.look_again(KEY)
            await asyncio.sleep(0)
        assert await next_of(mailbox) == "second"
        assert len(painter.painted) <= painted + 2


async def test_what_did_not_change_is_not_sent_again(hub: Hub, painter: Painter) -> None:
    with hub.watching(KEY, 1) as mailbox:
        await next_of(mailbox)
        painted = len(painter.painted)
        hub.look_again(KEY)
        await eventually_async(lambda: len(painter.painted) > painted)
        painter.html = "second"
        hub.look_again(KEY)
        assert await next_of(mailbox) == "second"


async def test_a_lost_message_is_made_up_for_by_the_tick(painter: Painter) -> None:
    hub = Hub(painter.render, gap=0, tick=0.01)
    with hub.watching(KEY, 1) as mailbox:
        await next_of(mailbox)
        painter.html = "second"
        assert await next_of(mailbox) == "second"


async def test_a_slow_browser_gets_the_newest_and_holds_up_nobody(hub: Hub, painter: Painter) -> None:
    with hub.watching(KEY, 1) as slow, hub.watching(KEY, 2) as fast:
        for html in ("first", "second", "third"):
            painter.html = html
            hub.look_again(KEY)
            assert await next_of(fast) == html
        assert await next_of(slow) == "third"


async def test_a_browser_that_comes_back_gets_the_present(hub: Hub, painter: Painter) -> None:
    with hub.watching(KEY, 1) as before:
        assert await next_of(before) == "first"
    painter.html = "second"
    with hub.watching(KEY, 1) as after:
        assert await next_of(after) == "second"


async def test_nothing_is_rendered_when_nobody_looks(hub: Hub, painter: Painter) -> None:
    with hub.watching(KEY, 1) as mailbox:
        await next_of(mailbox)
    painted = len(painter.painted)
    hub.look_again(KEY)
    await asyncio.sleep(0)
    assert len(painter.painted) == painted
    await eventually_async(lambda: not bus._hubs[asyncio.get_running_loop()].listeners)


async def test_a_revoked_browser_is_sent_away_and_the_others_stay(hub: Hub, painter: Painter) -> None:
    with hub.watching(KEY, 1) as revoked, hub.watching(KEY, 2) as valid:
        await next_of(revoked)
        await next_of(valid)
        painter.refused, painter.html = frozenset({1}), "second"
        hub.look_again(KEY)
        assert await next_of(valid) == "second"
        assert [html async for html in revoked.pictures()] == []


async def test_a_screen_that_is_gone_ends_for_everybody(hub: Hub, painter: Painter) -> None:
    with hub.watching(KEY, 1) as mailbox:
        await next_of(mailbox)
        painter.html = None
        hub.look_again(KEY)
        async with asyncio.timeout(5):
            assert [html async for html in mailbox.pictures()] == []


async def test_nothing_follows_the_end() -> None:
    mailbox = Mailbox(1)
    mailbox.put("first")
    mailbox.put(None)
    mailbox.put("second")
    assert [html async for html in mailbox.pictures()] == []


async def test_a_failed_rendering_is_tried_again(painter: Painter, caplog: pytest.LogCaptureFixture) -> None:
    hub = Hub(painter.render, gap=0, tick=0.01)
    painter.fails = True
    with hub.watching(KEY, 1) as mailbox:
        await eventually_async(lambda: len(painter.painted) > 1)
        painter.fails = False
        assert await next_of(mailbox) == "first"
    assert "could not be rendered" in caplog.text


async def test_there_is_one_hub_for_an_event_loop(hub: Hub) -> None:
    first = hub_module.hub_of_this_loop(lambda: hub)
    assert hub_module.hub_of_this_loop(lambda: Hub(hub.render)) is first


async def test_a_hundred_screens_come_and_go_without_a_trace(hub: Hub, painter: Painter) -> None:
    async with AsyncExitStack() as stack:
        for number in range(100):
            mailbox = stack.enter_context(hub.watching(Key(1, 2, 3, Screen(Kind.OFFER, str(number)), "en"), 1))
            await next_of(mailbox)
    assert not hub._channels
