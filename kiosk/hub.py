"""Live screens: each is rendered once however many browsers show it, and only when something may have changed.

A message on the bus only says "look again". What a browser gets is always the present, never a replay.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from hardware import bus
from kiosk.screens import Kind, Screen

logger = logging.getLogger(__name__)

#: At most one rendering of a screen in so many seconds.
GAP = 0.05
#: Look again after so many seconds without a message: figures grow old, and messages get lost.
TICK = 5.0


@dataclass(frozen=True, slots=True)
class Key:
    """One screen of one kiosk in one language: what is rendered together."""

    kiosk_id: int
    site_id: int
    terminal_id: int
    screen: Screen
    language: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A rendering. ``html`` is None when the screen is gone, ``refused`` are enrolments that were revoked."""

    html: str | None
    refused: frozenset[int] = frozenset()


#: (key, enrolments that look) -> picture
Render = Callable[[Key, frozenset[int]], Awaitable[Picture]]


@dataclass(eq=False, slots=True)
class Mailbox:
    """What one browser has still to be sent: at most one picture, the newest."""

    enrolment_id: int
    _news: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(maxsize=1))
    _last: str | None = ""

    def put(self, html: str | None) -> None:
        """Hand over a picture (None: the end), unless the browser has it already. Never waits."""
        if self._last is None or html == self._last:
            return
        self._last = html
        if self._news.full():
            self._news.get_nowait()
        self._news.put_nowait(html)

    async def pictures(self) -> AsyncIterator[str]:
        """The pictures as they come, until the screen is gone or the enrolment was revoked."""
        while (html := await self._news.get()) is not None:
            yield html


class _Channel:
    """The browsers that show one screen, and the task that renders for them."""

    def __init__(self, key: Key, hub: Hub) -> None:
        self.mailboxes: set[Mailbox] = set()
        self.changed = asyncio.Event()
        self._key = key
        self._hub = hub
        self._task = asyncio.create_task(self._run())

    def close(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        with ExitStack() as stack:
            stack.enter_context(bus.listen("site", self._key.site_id, self._look_again))
            stack.enter_context(bus.listen("terminal", self._key.terminal_id, self._look_again))
            if self._key.screen.kind is Kind.SESSION:
                stack.enter_context(bus.listen("session", self._key.screen.subject, self._look_again))
            while True:
                self.changed.clear()
                await self._render()
                await asyncio.sleep(self._hub.gap)
                try:
                    async with asyncio.timeout(self._hub.tick):
                        await self.changed.wait()
                except TimeoutError:
                    continue

    async def _look_again(self, _key: str) -> None:
        self.changed.set()

    async def _render(self) -> None:
        enrolments = frozenset(mailbox.enrolment_id for mailbox in self.mailboxes)
        try:
            picture = await self._hub.render(self._key, enrolments)
        except Exception:  # the database may be away for a moment: the next tick tries again
            logger.exception("screen %s could not be rendered", self._key.screen)
            return
        for mailbox in self.mailboxes:
            mailbox.put(None if mailbox.enrolment_id in picture.refused else picture.html)


class Hub:
    """All live screens of an event loop."""

    def __init__(self, render: Render, *, gap: float = GAP, tick: float = TICK) -> None:
        self.render, self.gap, self.tick = render, gap, tick
        self._channels: dict[Key, _Channel] = {}

    @contextmanager
    def watching(self, key: Key, enrolment_id: int) -> Iterator[Mailbox]:
        """A mailbox that gets the present at once and every change after it, until the block ends."""
        if (channel := self._channels.get(key)) is None:
            channel = self._channels[key] = _Channel(key, self)
        mailbox = Mailbox(enrolment_id)
        channel.mailboxes.add(mailbox)
        channel.changed.set()
        try:
            yield mailbox
        finally:
            channel.mailboxes.discard(mailbox)
            if not channel.mailboxes:
                self._channels.pop(key).close()

    def look_again(self, key: Key) -> None:
        """Render the screen soon, as if something had changed."""
        if channel := self._channels.get(key):
            channel.changed.set()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub_of_this_loop(make: Callable[[], Hub]) -> Hub:
    """The one hub of the running event loop, made at the first call."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = make()
    return _hubs[loop]
