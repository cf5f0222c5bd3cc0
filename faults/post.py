"""A charge point on an in-memory socket: the real consumer on one side, the real simulator's charger on the other."""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import Callable
from contextvars import copy_context
from datetime import datetime, timedelta
from typing import Any

from faults.box import Box
from faults.orders import Orders
from faults.scheduler import RUNNING, Process, Scheduler
from hardware.charger.ocpp16.consumer import ChargePointConsumer
from hardware.charger.ocpp16.protocol import SUBPROTOCOL, Answered, Asked, Event, Protocol
from hardware.charger.ocpp16.simulator import calls
from hardware.charger.ocpp16.simulator.bay import Bay
from hardware.charger.ocpp16.simulator.car import Car
from hardware.charger.ocpp16.simulator.charger import Charger
from hardware.charger.ocpp16.simulator.messages import Message

#: While something waits to be said again, a look so often.
_LOOK_S, _IDLE_S = 10.0, 600.0


class Socket:
    """One connection. Frames arrive in order, unless a fault is about them."""

    def __init__(self, post: Post, web: Process) -> None:
        self.post, self.web, self.open = post, web, True
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._last = {"up": 0.0, "down": 0.0}
        context = copy_context()
        context.run(RUNNING.set, web)
        self.task = post.scheduler.loop.create_task(self._serve(), context=context)

    def up(self, frame: str) -> None:
        """A frame to the central system."""
        self._carry("up", frame, lambda text: self.inbox.put_nowait({"type": "websocket.receive", "text": text}))

    def down(self, frame: str) -> None:
        """A frame to the charge point."""
        self._carry("down", frame, lambda text: self.post.receive(self, text))

    def cut(self, *, noticed: bool = True) -> None:
        """The connection is gone; the central system need not notice."""
        if self.open:
            self.open = False
            if noticed:
                self.inbox.put_nowait({"type": "websocket.disconnect", "code": 1006})
            self.post.hung_up(self)

    async def _serve(self) -> None:
        self.inbox.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "url_route": {"kwargs": {"identity": self.post.charger.identity}},
            "subprotocols": [SUBPROTOCOL],
            "headers": [(b"authorization", self.post.credentials)],
            "extensions": {"websocket.http.response": {}},
        }
        try:
            await ChargePointConsumer()(scope, self.inbox.get, self._send)
        except Exception as error:  # the web server hangs up, if there still is one
            if self.web.alive and self.open:
                self.post.scheduler.failures.append(("socket", error))
        if self.open:
            self.open = False
            self.post.scheduler.at(0.01, self.post.hung_up, self)

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.accept":
            self.post.scheduler.at(0.01, self.post.accepted, self)
        elif message["type"] == "websocket.send":
            self.down(message["text"])
        else:  # closed, or turned away
            self.open = False
            self.post.scheduler.at(0.01, self.post.hung_up, self)

    def _carry(self, way: str, frame: str, deliver: Callable[[str], None]) -> None:
        post = self.post
        order = post.orders.strike("frame", way)
        kind = order.kind if order else ""
        at = max(self._last[way], post.scheduler.now + post.rng.uniform(0.005, 0.08))
        if order and kind == "frame_late":
            at += order.seconds  # and overtaken by the next
        else:
            self._last[way] = at
        if kind == "frame_garbled":
            frame = frame[: len(frame) // 2]
        for _ in range({"frame_lost": 0, "frame_twice": 2}.get(kind, 1)):
            post.scheduler.at(at - post.scheduler.now, self._arrive, frame, deliver)

    def _arrive(self, frame: str, deliver: Callable[[str], None]) -> None:
        if self.open:
            deliver(frame)


class Post:
    """One charge point: it connects, reconnects, and keeps its own time, which may be off."""

    def __init__(
        self,
        charger: Charger,
        key: str,
        scheduler: Scheduler,
        box: Box,
        orders: Orders,
        rng: random.Random,
        clock: Callable[[], datetime],
    ) -> None:
        self.charger, self.scheduler, self.orders, self.rng = charger, scheduler, orders, rng
        self.credentials = b"Basic " + base64.b64encode(f"{charger.identity}:{key}".encode())
        self.clock_off = timedelta(0)
        self._box, self._clock = box, clock
        self._socket: Socket | None = None
        self._protocol = Protocol(calls.ACTIONS)
        self._outstanding: Message | None = None
        self._pause, self._looks = 1.0, 0
        box.on_death(self._died)
        self.connect()

    @property
    def now(self) -> datetime:
        """The time as the charge point has it."""
        return self._clock() + self.clock_off

    # The connection

    def connect(self) -> None:
        """Dial in, unless it is connected or shall not be."""
        web = self._box.processes["web"]
        if self._socket is not None or not self.charger.online:
            return
        if not web.alive:
            self.scheduler.at(self._pause, self.connect)
            self._pause = min(2 * self._pause, 16.0)
            return
        self._socket = Socket(self, web)

    def accepted(self, socket: Socket) -> None:
        """The central system lets it in."""
        if socket is self._socket and socket.open:
            self._pause = 1.0
            self._protocol, self._outstanding = Protocol(calls.ACTIONS), None
            self.charger.connected, self.charger.restart_wanted = True, False
            self.touch()

    def hung_up(self, socket: Socket) -> None:
        """The connection is over; it dials in again after a while."""
        if socket is self._socket:
            self._socket = None
            self.charger.hang_up()
            self.scheduler.at(self._pause, self.connect)
            self._pause = min(2 * self._pause, 16.0)

    def cut(self, *, noticed: bool = True) -> None:
        """Cut the connection, if there is one."""
        if self._socket is not None:
            self._socket.cut(noticed=noticed)

    def offline(self, seconds: float) -> None:
        """Away from the network."""
        self.charger.online = False
        self.cut(noticed=self.rng.random() < 0.5)
        self.scheduler.at(seconds, self.back)

    def back(self) -> None:
        """On the network again."""
        self.charger.online = True
        self.connect()

    def power_cut(self, seconds: float) -> None:
        """The power goes, and with it whatever was under way; the queue survives."""
        for bay in self.charger.bays.values():
            bay.advance(self.now, self.charger.speed)
            self.charger.power_failed(bay)
        self.charger.booted = self.charger.accepted = False
        self.offline(seconds)

    def set_clock(self, seconds: float) -> None:
        """Its clock is off by so much from now on."""
        self.clock_off = timedelta(seconds=seconds)

    def _died(self, process: Process) -> None:
        if self._socket is not None and self._socket.web is process:
            self._socket.task.cancel()
            self._socket.open = False
            self.hung_up(self._socket)

    # What it says and hears

    def touch(self) -> None:
        """Say what is due, and look again when more will be."""
        self.charger.tick(self.now)
        if self.charger.restart_wanted and self.charger.connected:
            self.cut()
        if self._socket is not None and self.charger.connected:
            for event in self._protocol.expire(self.scheduler.now):
                self._take(event)
            if self._outstanding is None and (message := self.charger.next_message(self.now)):
                self._outstanding = message
                self._protocol.call(message.message_id, message.action, message.payload)
            self._flush()
        self._looks += 1
        self.scheduler.at(self._next_look(), self._look, self._looks)

    def receive(self, socket: Socket, frame: str) -> None:
        """Take in one frame."""
        if socket is self._socket:
            for event in self._protocol.receive(frame):
                self._take(event)
            self.touch()

    def plug(self, number: int, soc: int) -> bool:
        """A driver plugs in; whether that could be."""
        bay = self.charger.bays[number]
        if bay.car is not None:
            return False
        self.charger.plug(bay, Car.at(soc, max_power_w=bay.max_power_w), self.now)
        self.touch()
        return True

    def unplug(self, number: int) -> None:
        """The cable is taken out, if there is one."""
        bay = self.charger.bays[number]
        if bay.car is not None:
            self.charger.unplug(bay, self.now)
            self.touch()

    def full(self, number: int) -> None:
        """The car takes no more."""
        bay = self.charger.bays[number]
        if bay.car is not None:
            self.charger.full(bay, self.now)
            self.touch()

    def _look(self, look: int) -> None:
        if look == self._looks:
            self.touch()

    def _next_look(self) -> float:
        """Seconds until something may be due."""
        moments = [_seconds(bay, self.now) for bay in self.charger.bays.values()]
        if self._protocol.deadline is not None:
            moments.append(self._protocol.deadline - self.scheduler.now)
        pause = _LOOK_S if self.charger.queue or not self.charger.accepted else _IDLE_S
        return max(0.05, min([pause, *moments]))

    def _flush(self) -> None:
        for frame in self._protocol.frames(self.scheduler.now):
            if self._socket is not None:
                self._socket.up(frame)

    def _take(self, event: Event) -> None:
        if isinstance(event, Asked):
            payload = calls.answer(self.charger, event.action, event.payload, self.now)
            if payload is not None:
                self._protocol.answer(event, payload)
            return
        message, self._outstanding = self._outstanding, None
        if message is not None and isinstance(event, Answered):
            self.charger.answered(message, event.payload, self.now)
        elif message is not None:
            self.charger.unanswered(message, self.now)


def _seconds(bay: Bay, now: datetime) -> float:
    """Until the next thing that the connector does by itself."""
    due = [bay.charging.next_sample_at] if bay.charging else []
    due += [bay.expected.until] if bay.expected else []
    return min(((each - now).total_seconds() for each in due), default=_IDLE_S)
