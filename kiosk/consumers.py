"""The websocket of a kiosk's page: one way, pictures of the screen that it shows.

It has no channel of its own on the channel layer; kiosk.hub hears the bus once for all sockets of an event loop.
"""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from kiosk import enrolment
from kiosk.hub import Hub, Key, Mailbox, Picture, hub_of_this_loop
from kiosk.models import Enrolment, Kiosk
from kiosk.rendering import render
from kiosk.screens import Screen
from kiosk.snapshots import Gone, take

#: Longer messages from a browser are not even looked at, in characters.
LONGEST_MESSAGE = 1024
#: The page is no longer allowed, or what it shows is gone: the browser loads it again and is told.
CLOSE_CODE = 4403

#: Rendering has threads of its own, so that it never waits behind the messages of charge points, nor they behind it.
#: Two, so that the screen of one session need not wait for a long list of connectors.
_renderer = ThreadPoolExecutor(max_workers=2, thread_name_prefix="kiosk-screens")


def picture(key: Key, enrolments: frozenset[int]) -> Picture:
    """What the hub sends to everybody who looks at ``key``."""
    refused = frozenset(enrolment.revoked_among(enrolments))
    kiosk = Kiosk.objects.select_related("site", "terminal").filter(pk=key.kiosk_id).first()
    if kiosk is None:
        return Picture(None)
    try:
        snapshot = take(kiosk, key.screen, timezone.now())
    except Gone:
        return Picture(None, refused)
    return Picture(render(snapshot, key.language), refused)


def _hub() -> Hub:
    return hub_of_this_loop(lambda: Hub(database_sync_to_async(picture, thread_sensitive=False, executor=_renderer)))


class KioskConsumer(AsyncWebsocketConsumer):
    """A browser that shows ``?screen=`` in ``?language=``. Only an enrolled browser of this very site gets in."""

    channel_layer_alias = "none"  # there is no such layer, so no channel is made for each socket

    _sending: asyncio.Task[None] | None = None
    _key: Key

    async def connect(self) -> None:
        """Accept an enrolled browser with a page of ours, refuse anything else at the handshake."""
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        try:
            screen = Screen.parse(query.get("screen", [""])[0])
        except ValueError:
            screen = None
        enrolled = await self._enrolled() if screen and self._is_same_origin() else None
        if screen is None or enrolled is None:
            await self.close()
            return
        kiosk = enrolled.kiosk
        language = query.get("language", [""])[0]
        if language not in dict(settings.LANGUAGES):
            language = kiosk.language
        self._key = Key(kiosk.pk, kiosk.site_id, kiosk.terminal_id, screen, language)
        await self.accept()
        self._sending = asyncio.create_task(self._send_pictures(enrolled.pk))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """The one thing a browser may ask for is the present. Anything else is told so and changes nothing."""
        if problem := _problem_with(text_data):
            await self.send(text_data=json.dumps({"error": problem}))
        else:
            _hub().look_again(self._key)

    async def disconnect(self, code: int) -> None:
        """The browser went away."""
        if self._sending is not None:
            self._sending.cancel()
            with suppress(asyncio.CancelledError):
                await self._sending

    async def _send_pictures(self, enrolment_id: int) -> None:
        with _hub().watching(self._key, enrolment_id) as mailbox, suppress(OSError):  # the browser may go at any time
            await self._send_until_end(mailbox)
            await self.close(code=CLOSE_CODE)

    async def _send_until_end(self, mailbox: Mailbox) -> None:
        async for html in mailbox.pictures():
            await self.send(text_data=html)

    def _is_same_origin(self) -> bool:
        """Whether the page that opened this socket came from the host that the socket was opened to."""
        headers: dict[bytes, bytes] = dict(self.scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        try:
            origin = urlsplit(headers.get(b"origin", b"").decode("latin-1").lower())
        except ValueError:
            return False
        allowed = validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
        return allowed and origin.scheme in ("http", "https") and origin.netloc == host

    async def _enrolled(self) -> Enrolment | None:
        headers: dict[bytes, bytes] = dict(self.scope["headers"])
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
        read: Any = database_sync_to_async(enrolment.read_cookie, thread_sensitive=False, executor=_renderer)
        enrolled: Enrolment | None = await read(cookies)
        return enrolled if enrolled and enrolled.revoked_at is None else None


def _problem_with(text: str | None) -> str:
    """What is wrong with a message from a browser; empty when it asks for the present."""
    if text is None:
        return "only text is understood"
    if len(text) > LONGEST_MESSAGE:
        return "too long"
    try:
        message = json.loads(text)
    except ValueError:
        return "not JSON"
    except RecursionError:
        return "not JSON"
    if not isinstance(message, dict) or message.get("type") != "refresh":
        return "unknown message"
    return ""
