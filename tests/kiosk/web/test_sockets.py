"""The websocket of a kiosk's page, with the real hub, the real bus and the real database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from hardware import bus
from kiosk import enrolment
from kiosk.consumers import CLOSE_CODE, KioskConsumer
from kiosk.models import Enrolment, Session
from kiosk.screens import HOME, Screen
from payments import operations
from payments.models import Operation
from tests.kiosk.web import scenes
from tests.kiosk.web.conftest import ELSEWHERE, cookie_of, enrolled
from tests.kiosk.web.scenes import VISITS, Place
from tests.kiosk.web.sockets import Socket

HOST = "localhost:8000"


class Browser:
    """An enrolled browser: its cookie, and what it opens."""

    def __init__(self, place: Place) -> None:
        self.enrolment = enrolled(place.kiosk, place.now)
        self.cookie = cookie_of(self.enrolment)

    def page(self, path: str) -> str:
        """The element #screen of a page as it was first loaded."""
        client = Client(REMOTE_ADDR=ELSEWHERE)
        client.cookies[enrolment.COOKIE] = self.cookie
        page = client.get(path).content.decode()
        return page[page.index('<div id="screen"') : page.index("</main>")]

    def socket(self, screen: Screen | str = HOME, **changes: str) -> Socket:
        headers = {
            "host": HOST,
            "origin": f"http://{HOST}",
            "cookie": f"{enrolment.COOKIE}={self.cookie}",
            **changes,
        }
        return Socket(
            KioskConsumer.as_asgi(),
            f"/ws/kiosk/?screen={quote(str(screen))}&language=en",
            [(name.encode(), value.encode("latin-1")) for name, value in headers.items() if value],
        )


@pytest.fixture
def place(transactional_db: None) -> Place:
    return scenes.place(timezone.now())


@pytest.fixture
def browser_(place: Place) -> Browser:
    return Browser(place)


@asynccontextmanager
async def opened(socket: Socket) -> AsyncIterator[Socket]:
    assert await socket.connect()
    try:
        yield socket
    finally:
        await socket.disconnect()


async def in_database(function: Any, *arguments: Any) -> Any:
    return await sync_to_async(function, thread_sensitive=True)(*arguments)


@pytest.mark.parametrize("name", ["charging", "finished", "card", "wrong-card", "doubt-capture"])
async def test_a_push_equals_the_first_load(place: Place, browser_: Browser, name: str) -> None:
    session = await in_database(VISITS[name][1], place)
    first = await in_database(browser_.page, scenes.path(session))
    async with opened(browser_.socket(f"session:{session.public_id}:0")) as socket:
        assert await socket.text() == first


async def test_the_first_push_of_the_start_equals_the_first_load(place: Place, browser_: Browser) -> None:
    first = await in_database(browser_.page, "/")
    async with opened(browser_.socket()) as socket:
        assert await socket.text() == first


async def test_a_change_reaches_the_screen(place: Place, browser_: Browser) -> None:
    session = await in_database(VISITS["charging"][1], place)

    def meter() -> None:
        Session.objects.update(energy_wh=24_990)
        bus.publish("site", place.site.pk)

    async with opened(browser_.socket(f"session:{session.public_id}:0")) as socket:
        assert "24.38" in await socket.text()
        await in_database(meter)
        assert "24.99" in await socket.text()


@pytest.mark.parametrize(
    "changes",
    [
        {"cookie": ""},
        {"cookie": f"{enrolment.COOKIE}=forged"},
        {"origin": ""},
        {"origin": "http://evil.example"},
        {"origin": "http://localhost:8001"},
        {"origin": "null"},
        {"origin": "http://[broken"},
        {"host": "evil.example", "origin": "http://evil.example"},
        {"host": ""},
    ],
)
async def test_a_browser_that_may_not_is_refused_at_the_handshake(browser_: Browser, changes: dict[str, str]) -> None:
    assert not await browser_.socket(**changes).connect()


async def test_a_revoked_browser_is_refused_at_the_handshake(place: Place, browser_: Browser) -> None:
    await in_database(enrolment.revoke, browser_.enrolment, place.now)
    assert not await browser_.socket().connect()


@pytest.mark.parametrize("screen", ["", "nonsense", "offer:x", "session:../../admin:0"])
async def test_an_unknown_screen_is_refused_at_the_handshake(browser_: Browser, screen: str) -> None:
    assert not await browser_.socket(screen).connect()


async def test_revoking_an_enrolment_closes_its_socket(place: Place, browser_: Browser) -> None:
    async with opened(browser_.socket()) as socket:
        await socket.text()
        row = await Enrolment.objects.select_related("kiosk").aget()
        await in_database(enrolment.revoke, row, place.now)
        closed = await socket.output()
        assert (closed["type"], closed["code"]) == ("websocket.close", CLOSE_CODE)


async def test_a_session_of_another_site_is_not_shown(place: Place, browser_: Browser) -> None:
    elsewhere = await in_database(lambda: scenes.place(place.now, name="Elsewhere"))
    theirs = await in_database(VISITS["charging"][1], elsewhere)
    async with opened(browser_.socket(f"session:{theirs.public_id}:0")) as socket:
        assert (await socket.output())["type"] == "websocket.close"


@pytest.mark.parametrize(
    "message", ["", "{", "[]", "7", '{"type": "pay"}', '{"type": ["refresh"]}', "[" * 900, "x" * 100_000, '"\\ud800"']
)
async def test_a_malformed_message_is_answered_and_changes_nothing(browser_: Browser, message: str) -> None:
    async with opened(browser_.socket()) as socket:
        await socket.text()
        await socket.send(message)
        assert set(json.loads(await socket.text())) == {"error"}
        await socket.send('{"type": "refresh"}')
        assert await socket.is_silent()  # nothing changed, so nothing is sent


async def test_bytes_are_answered_too(browser_: Browser) -> None:
    async with opened(browser_.socket()) as socket:
        await socket.text()
        await socket.send(data=b"\x00\xff")
        assert "error" in json.loads(await socket.text())


async def test_a_browser_can_ask_for_the_present(place: Place, browser_: Browser) -> None:
    session = await in_database(VISITS["charging"][1], place)
    async with opened(browser_.socket(f"session:{session.public_id}:0")) as socket:
        await socket.text()
        await in_database(lambda: Session.objects.update(energy_wh=25_000))
        await socket.send('{"type": "refresh"}')
        assert "25.00" in await socket.text()


async def test_sockets_make_no_channels_of_their_own(browser_: Browser) -> None:
    async with opened(browser_.socket()) as socket:
        await socket.text()
        assert KioskConsumer.channel_layer_alias not in ("default", "")


@pytest.mark.parametrize("name", ["card", "stop-card"])
async def test_what_the_terminal_says_reaches_the_screen_while_it_waits_for_the_card(
    place: Place, browser_: Browser, name: str
) -> None:
    session = await in_database(VISITS[name][1], place)
    operation = await in_database(_asked_for, session)
    async with opened(browser_.socket(f"session:{session.public_id}:0")) as socket:
        assert "The terminal says" not in await socket.text()
        await in_database(operations.show, operation, "PIN please")
        assert "PIN please" in await socket.text()
        await in_database(lambda: Operation.objects.update(state=Operation.State.ANSWERED))
        await socket.send('{"type": "refresh"}')
        assert "PIN please" not in await socket.text()


def _asked_for(session: Session) -> Operation:
    """What has the terminal wait for a card in that visit."""
    if attempt := session.stop_attempts.first():
        return attempt.operation
    return Operation.objects.create(
        kind=Operation.Kind.AUTHORISE,
        state=Operation.State.IN_FLIGHT,
        terminal=session.kiosk.terminal,
        authorisation=session.authorisation,
        request_id=1,
        amount_minor=5000,
        currency="EUR",
        created_at=session.created_at,
        due_at=session.created_at,
    )


def test_silence_shows_without_any_message(place: Place, browser_: Browser) -> None:
    session = VISITS["charging"][1](place)
    before = browser_.page(scenes.path(session))
    Session.objects.update(heard_at=place.now - timedelta(hours=1))
    after = browser_.page(scenes.path(session))
    assert "No news from the charger" not in before
    assert "No news from the charger" in after
