"""The socket of one charge point: a Channels consumer around the protocol object.

Frames are handled one after the other as they come. Calls of ours are made by one task, one at a time: commands of
the outbox first, then what is left of the set-up after a boot. A wake-up over the bus makes the task look again;
another one tells an old socket that a newer one took its place.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from contextlib import ExitStack, suppress
from datetime import datetime
from time import monotonic
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError
from django.utils import timezone
from ocpp.exceptions import InternalError, OCPPError

from hardware import bus, outbox, reports
from hardware.charger.ocpp16 import commands, configuration
from hardware.charger.ocpp16.admission import AdmissionError, Admitted, admit
from hardware.charger.ocpp16.database import in_database
from hardware.charger.ocpp16.handlers import HANDLERS, Request, handle
from hardware.charger.ocpp16.protocol import SUBPROTOCOL, Answered, Asked, Event, Protocol, Refused, Unanswered
from hardware.models import Command
from hardware.outbox import Answer

logger = logging.getLogger(__name__)

#: A charge point that reconnects without a boot is spoken to after its first frame, or after this.
_QUIET_S = 2.0
#: A sign of life is written at most this often.
_SEEN_EVERY_S = 5.0
_AFTER_ERROR_S = 1.0
_REPLACED = 4001


class ChargePointConsumer(AsyncWebsocketConsumer):
    """One connection of one charge point, from the handshake to the disconnect."""

    channel_layer_alias = ""  # it opens no channel of its own: hardware.bus has one for the whole process

    who: Admitted | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without the detour through the common database thread that Channels makes for every message."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def connect(self) -> None:
        """Let the charge point in or answer the handshake with an error; the newest socket speaks for it."""
        identity = self.scope["url_route"]["kwargs"]["identity"]
        try:
            self.who = await in_database(admit)(identity, self.scope["subprotocols"], self.scope["headers"])
        except AdmissionError as refusal:
            logger.warning("refused %r at the door: %s", identity, refusal)
            await self._turn_away(refusal)
            return
        self.connection = secrets.token_hex(16)
        self._protocol = Protocol(frozenset(HANDLERS))
        self._setup: deque[configuration.Step] = deque()
        self._answers: dict[str, str] = {}
        self._awaited: dict[str, asyncio.Future[Event]] = {}
        self._wake, self._spoken = asyncio.Event(), asyncio.Event()
        self._booted, self._seen_at, self._open = False, monotonic(), True
        self._heartbeat_s = configuration.heartbeat_interval(self.who.silent_after_s)
        self._until_gone = ExitStack()
        await in_database(reports.connected)(self.who.charge_point_id, self.connection, timezone.now())
        self._until_gone.enter_context(bus.listen("charger", self.who.charge_point_id, self._woken))
        self._until_gone.enter_context(bus.listen("socket", self.who.charge_point_id, self._doubted))
        await self.accept(SUBPROTOCOL)
        self._worker = asyncio.create_task(self._work())
        self._until_gone.callback(self._worker.cancel)

    async def disconnect(self, code: int) -> None:
        """Note that the charge point is gone, unless a newer socket speaks for it."""
        if self.who is None:
            return
        self._open = False
        self._until_gone.close()
        await in_database(reports.disconnected)(self.who.charge_point_id, self.connection, timezone.now())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take in one frame and send what it calls for."""
        now = timezone.now()
        for event in self._protocol.receive(text_data if text_data is not None else bytes_data or b""):
            if isinstance(event, Asked):
                await self._answer(event, now)
            else:
                self._settle(event)
        await self._flush()
        self._spoken.set()
        if self._is_due():
            try:
                await in_database(reports.seen)(self._known.charge_point_id, now)
            except DatabaseError:
                logger.exception("a sign of life of %s could not be written", self._known.identity)

    @property
    def _known(self) -> Admitted:
        if self.who is None:
            raise StopConsumer
        return self.who

    async def _turn_away(self, refusal: AdmissionError) -> None:
        if "websocket.http.response" not in self.scope.get("extensions", {}):
            await self.close()
            return
        body = f"{refusal}\n".encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        if refusal.status == 401:
            headers.append((b"www-authenticate", b'Basic realm="ocpp"'))
        start = {"type": "websocket.http.response.start", "status": refusal.status, "headers": headers}
        await self.base_send(start)
        await self.base_send({"type": "websocket.http.response.body", "body": body})

    async def _answer(self, asked: Asked, now: datetime) -> None:
        """Have a call carried out and queue its answer. Whatever goes wrong, it is answered and the socket stays."""
        who = self._known
        request = Request(who.charge_point_id, who.identity, asked.payload, now, self._heartbeat_s)
        try:
            answer = await in_database(handle)(asked.action, request, sign_of_life=self._is_due())
        except OCPPError as error:
            self._protocol.refuse(asked, error)
            return
        except Exception:
            logger.exception("%s of %s could not be handled", asked.action, who.identity)
            self._protocol.refuse(asked, InternalError())
            return
        self._protocol.answer(asked, answer)
        if asked.action == "BootNotification":
            self._prepare()

    def _is_due(self) -> bool:
        """Whether a sign of life is to be written now."""
        if monotonic() - self._seen_at < _SEEN_EVERY_S:
            return False
        self._seen_at = monotonic()
        return True

    async def _woken(self, key: str) -> None:
        self._wake.set()

    async def _doubted(self, key: str) -> None:
        """Some socket has begun to speak for the charge point."""
        self._doubt = asyncio.create_task(self._check_place())

    async def _check_place(self) -> None:
        """If it is not this one, this one goes. While that cannot be told it stays: its next command will tell."""
        try:
            speaks = await in_database(outbox.speaks)(self._known.charge_point_id, self.connection)
        except DatabaseError:
            logger.exception("who speaks for %s could not be told", self._known.identity)
            return
        if self._open and not speaks:
            await self._make_way()

    async def _make_way(self) -> None:
        logger.info("a newer socket speaks for %s", self._known.identity)
        self._open = False
        await self.close(_REPLACED)

    def _prepare(self) -> None:
        """After a boot: the configuration anew, then the state of every connector."""
        settings = configuration.settings_at_boot(
            sample_interval_s=self._known.sample_interval_s, heartbeat_s=self._heartbeat_s
        )
        self._booted, self._answers = True, {}
        self._setup = deque(
            configuration.configure_steps(settings) + configuration.status_steps(self._known.connectors)
        )
        self._wake.set()

    async def _work(self) -> None:
        """Make our calls, one after the other, for as long as the socket is there."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._spoken.wait(), _QUIET_S)
        if not self._booted:
            self._setup.extend(configuration.status_steps(self._known.connectors))
        while True:
            try:
                self._wake.clear()
                if not await self._step():
                    await self._wake.wait()
            except outbox.SupersededError:
                if self._open:
                    await self._make_way()
                return
            except Exception:
                logger.exception("a command for %s could not be handled", self._known.identity)
                await asyncio.sleep(_AFTER_ERROR_S)

    async def _step(self) -> bool:
        """Make the next call there is. False: there is none."""
        command = await in_database(outbox.take)(self._known.charge_point_id, self.connection, timezone.now())
        if command is not None:
            await self._carry_out(command)
            return True
        if not self._setup:
            return False
        action, payload = self._setup.popleft()
        event = await self._call(secrets.token_hex(16), action, payload)
        if action == "ChangeConfiguration":
            self._answers[payload["key"]] = _word(event)
            if isinstance(event, Unanswered):
                self._setup.clear()  # one that is silent now is configured at its next boot
            if not self._setup or self._setup[0][0] != action:
                await in_database(reports.configured)(self._known.charge_point_id, self._answers)
        return True

    async def _carry_out(self, command: Command) -> None:
        action, payload = commands.as_call(command)
        event = await self._call(str(command.pk), action, payload)
        if isinstance(event, Answered):
            answer, words = commands.verdict(event.payload), event.payload
        elif isinstance(event, Refused):
            answer, words = Answer.REJECTED, {"code": event.code, "description": event.description}
        else:
            answer, words = Answer.NO_ANSWER, {}
        await in_database(outbox.answered)(command, answer, words, timezone.now())

    async def _call(self, message_id: str, action: str, payload: dict[str, Any]) -> Event:
        """Send a call and wait for what becomes of it."""
        answer: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._awaited[message_id] = answer
        self._protocol.call(message_id, action, payload)
        await self._flush()
        while not answer.done():
            left = (self._protocol.deadline or 0) - monotonic()
            await asyncio.wait([answer], timeout=max(left, 0))
            for event in self._protocol.expire(monotonic()):
                self._settle(event)
        return answer.result()

    def _settle(self, event: Event) -> None:
        if (answer := self._awaited.pop(event.id, None)) and not answer.done():
            answer.set_result(event)

    async def _flush(self) -> None:
        for frame in self._protocol.frames(monotonic()):
            if self._open:
                with suppress(OSError):  # gone while we spoke: the disconnect is on its way
                    await self.send(text_data=frame)


def _word(event: Event) -> str:
    """What a charge point said to a configuration key, in one word."""
    if isinstance(event, Answered):
        return str(event.payload["status"])
    return event.code if isinstance(event, Refused) else "NoAnswer"
