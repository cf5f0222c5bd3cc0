"""The socket of a simulated charge point: connects, reconnects with ever longer pauses, and keeps its time."""

from __future__ import annotations

import asyncio
import base64
import logging
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic

from ocpp.exceptions import InternalError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from hardware.charger.ocpp16.protocol import SUBPROTOCOL, Answered, Asked, Event, Protocol
from hardware.charger.ocpp16.simulator import calls
from hardware.charger.ocpp16.simulator.charger import Charger
from hardware.charger.ocpp16.simulator.messages import Message
from hardware.charger.ocpp16.simulator.store import Store

logger = logging.getLogger(__name__)

_TICK_S = 0.1
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 8.0


class Link:
    """Brings one Charger to life. ``url`` is the central system's, without the identity."""

    def __init__(self, charger: Charger, url: str, key: str, store: Store | None) -> None:
        self.charger = charger
        self._url = f"{url.rstrip('/')}/{charger.identity}"
        credentials = base64.b64encode(f"{charger.identity}:{key}".encode()).decode()
        self._headers = {"Authorization": f"Basic {credentials}"}
        self._store = store
        self._changed = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._protocol = Protocol(calls.ACTIONS)
        self._outstanding: Message | None = None

    async def run(self) -> None:
        """Live until cancelled."""
        if self._store:
            self._store.load(self.charger)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_time())
            tasks.create_task(self._keep_connected())

    def touch(self) -> None:
        """Something was done to the charger: look what it has to say."""
        if self._store:
            self._store.save(self.charger)
        self._changed.set()

    async def _keep_time(self) -> None:
        while True:
            self.charger.tick(_now())
            self.touch()
            await asyncio.sleep(_TICK_S)

    async def _keep_connected(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            if not self.charger.online:
                self._changed.clear()
                await self._changed.wait()
                pause = _FIRST_PAUSE_S
                continue
            try:
                subprotocols = [Subprotocol(SUBPROTOCOL)]
                async with connect(
                    self._url, subprotocols=subprotocols, additional_headers=self._headers, proxy=None
                ) as socket:
                    pause = _FIRST_PAUSE_S
                    await self._talk(socket)
            except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as error:
                logger.warning("%s: no connection (%s), again in %g s", self.charger.identity, error, pause)
            await self._pause(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    async def _pause(self, seconds: float) -> None:
        """Wait before the next attempt, not longer than somebody wants us online; every tick of ours is a look."""
        until = monotonic() + seconds
        while self.charger.online and monotonic() < until:
            self._changed.clear()
            await self._changed.wait()

    async def _talk(self, socket: ClientConnection) -> None:
        """One connection, from its first frame to its last."""
        self._protocol, self._outstanding, self._socket = Protocol(calls.ACTIONS), None, socket
        self.charger.connected, self.charger.restart_wanted = True, False
        reader = asyncio.create_task(self._read(socket))
        try:
            while not reader.done():
                self._changed.clear()
                await self._say(socket)
                if not self.charger.online or self.charger.restart_wanted:
                    break
                changed = asyncio.create_task(self._changed.wait())
                await asyncio.wait([reader, changed], return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
        finally:
            reader.cancel()
            self.charger.hang_up()

    async def _read(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for frame in socket:
                for event in self._protocol.receive(frame):
                    self._take(event)
                self.touch()

    async def _say(self, socket: ClientConnection) -> None:
        """Send what is due; at most one call of ours is outstanding."""
        for event in self._protocol.expire(monotonic()):
            self._take(event)
        if self._outstanding is None and (message := self.charger.next_message(_now())):
            self._outstanding = message
            self._protocol.call(message.message_id, message.action, message.payload)
        for frame in self._protocol.frames(monotonic()):
            with suppress(ConnectionClosed):
                await socket.send(frame)

    def _take(self, event: Event) -> None:
        if isinstance(event, Asked):
            self._answer(event)
            return
        message, self._outstanding = self._outstanding, None
        if message is None:
            return
        if isinstance(event, Answered):
            self.charger.answered(message, event.payload, _now())
        else:
            self.charger.unanswered(message, _now())

    def _answer(self, asked: Asked) -> None:
        try:
            payload = calls.answer(self.charger, asked.action, asked.payload, _now())
        except (KeyError, ValueError) as error:
            logger.exception("%s of the central system failed", asked.action)
            self._protocol.refuse(asked, InternalError(type(error).__name__))
            return
        if payload is not None:
            self._protocol.answer(asked, payload)


def _now() -> datetime:
    return datetime.now(UTC)
