"""Small messages between processes: "something about X changed, look". Never a record.

``publish`` sends one after commit, from any thread, and never raises: a message that is lost is made up for by a sweep.
``listen`` hears them, over **one** subscription for each event loop however many listeners there are.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.db import transaction

logger = logging.getLogger(__name__)

GROUP = "bus"
_TYPE = "bus.message"

Listener = Callable[[str], Awaitable[None]]


def publish(topic: str, key: object) -> None:
    """After commit, tell every process that ``key`` of ``topic`` changed.

    Topics: ``charger`` (it has a command to take), ``socket`` (a new one speaks for it), ``terminal``, ``site``.
    """
    transaction.on_commit(lambda: _sender.send({"type": _TYPE, "topic": topic, "key": str(key)}), robust=True)


class _Sender:
    """An event loop in a thread of its own, so that synchronous code keeps one connection open to send through."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def send(self, message: dict[str, Any]) -> None:
        asyncio.run_coroutine_threadsafe(self._send(message), self._running())

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="bus-sender", daemon=True).start()
            return self._loop

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            await get_channel_layer().group_send(GROUP, message)
        except Exception as error:  # the broker is away: the sweep finds what this message was about
            logger.warning("a wake-up could not be sent: %s", type(error).__name__)


_sender = _Sender()


class _Hub:
    """The one subscription of an event loop, handed on to its listeners."""

    def __init__(self) -> None:
        self.listeners: dict[tuple[str, str], set[Listener]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        layer = get_channel_layer()
        while True:
            try:
                channel = await layer.new_channel()
                await layer.group_add(GROUP, channel)
                if self._task is not None and self._task.cancelling():
                    return  # the client swallows a cancellation that comes while it connects
                while True:
                    message = await layer.receive(channel)
                    await self._hand_on(message["topic"], message["key"])
            except Exception as error:
                logger.warning("the bus is away, trying again: %s", type(error).__name__)
                await asyncio.sleep(1)

    async def _hand_on(self, topic: str, key: str) -> None:
        for listener in list(self.listeners.get((topic, key), ())):
            try:
                await listener(key)
            except Exception:
                logger.exception("a listener of %s %s failed", topic, key)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, _Hub] = WeakKeyDictionary()


@contextmanager
def listen(topic: str, key: object, listener: Listener) -> Iterator[None]:
    """Inside an event loop: call ``listener(key)`` for every message about ``key`` of ``topic`` until the block ends.

    Listeners are awaited one after the other and should only set a flag or start a task.
    """
    hub = _hubs.setdefault(asyncio.get_running_loop(), _Hub())
    hub.start()
    hub.listeners[topic, str(key)].add(listener)
    try:
        yield
    finally:
        hub.listeners[topic, str(key)].discard(listener)
        if not hub.listeners[topic, str(key)]:
            del hub.listeners[topic, str(key)]
