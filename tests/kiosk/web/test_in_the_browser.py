"""Every screen in a real browser: accessible, large enough for gloves, and within the three screens it is made for.

Pages are made by Django's test client and served to the browser by routing, so no server and no socket is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, WebSocketRoute

from hardware.models import Terminal
from kiosk.lifecycle import State
from kiosk.models import Session
from kiosk.views.guard import LANGUAGE_COOKIE
from tests.kiosk.web import scenes
from tests.kiosk.web.scenes import VISITS, Place

pytestmark = pytest.mark.browser

ORIGIN = "http://localhost:9"
KIOSK, TABLET, PHONE = (1080, 1920), (1280, 800), (390, 844)
RULES: dict[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"color-contrast-enhanced": {"enabled": True}, "target-size": {"enabled": True}},
}
#: What is smaller than 64 px in either direction, and what sticks out of the screen at the side.
TOO_SMALL = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), .choice')]
    .filter(e => !e.classList.contains('skip') && e.getClientRects().length)
    .map(e => e.classList.contains('tile-open') ? e.closest('.tile') : e)
    .filter(e => { const b = e.getBoundingClientRect(); return Math.min(b.width, b.height) < 64; })
    .map(e => e.outerHTML.slice(0, 120))"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
DOWNWARDS = "() => document.documentElement.scrollHeight - document.documentElement.clientHeight"

Build = Callable[[Place], str]


def _visit(name: str) -> Build:
    return lambda place: scenes.path(VISITS[name][1](place))


def _closed(place: Place) -> str:
    Terminal.objects.update(state=Terminal.State.UNREACHABLE)
    return "/"


def _receipt(place: Place) -> str:
    return reverse("kiosk:receipt", args=[VISITS["finished"][1](place).receipt.code])


def _offer(index: int) -> Build:
    return lambda place: reverse("kiosk:connector", args=[place.offers[index].pk])


SCREENS: dict[str, Build] = {
    **{name: _visit(name) for name in VISITS},
    "home": lambda place: "/",
    "closed": _closed,
    "offer": _offer(0),
    "offer-fault": _offer(3),
}
OTHERS: dict[str, Build] = {
    "enrol": lambda place: "/enrol/",
    "not-found": lambda place: "/nothing/",
    "receipt": _receipt,
    "receipt-unknown": lambda place: "/r/nothing/",
    "demo": lambda place: "/demo/",
}


class Box:
    """The site, as the browser sees it: pages by Django's test client, static files from their folders."""

    def __init__(self, page: Page) -> None:
        self.client = Client()
        self.page = page
        self.sockets: list[WebSocketRoute] = []
        page.route("**/*", self._serve)
        page.route_web_socket("**/ws/kiosk/**", self._accept)

    def build(self, build: Build) -> str:
        """The path of a screen whose rows were made just now."""
        return build(scenes.place(timezone.now()))

    def open(self, build: Build, size: tuple[int, int], language: str = "en") -> None:
        """Show a screen."""
        self.client.cookies[LANGUAGE_COOKIE] = language
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        answer = self.page.goto(ORIGIN + self.build(build))
        assert answer is not None
        assert answer.status != 403

    def get(self, path: str) -> tuple[int, str, dict[str, str]]:
        """Status, body and policy of a page."""
        answer = self.client.get(path, headers={"host": "localhost:9"}, follow=True)
        connections.close_all()  # a route is served in a context of its own, with connections of its own
        policy = answer.headers.get("Content-Security-Policy", "")
        return answer.status_code, answer.content.decode(), {"Content-Security-Policy": policy}

    def _accept(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)

    def _serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if not path.startswith("/"):
            route.fulfill(
                body="<!DOCTYPE html><html lang=en><title>elsewhere</title><h1>elsewhere</h1>", content_type="text/html"
            )
        elif path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            route.fulfill(path=found) if isinstance(found, str) else route.fulfill(status=404)
        else:
            status, body, headers = self.get(path)
            route.fulfill(status=status, body=body, headers={"Content-Type": "text/html; charset=utf-8", **headers})


@pytest.fixture(scope="module", autouse=True)
def _orm_beside_playwright() -> Iterator[None]:
    """Playwright keeps an event loop in this thread; Django would refuse to touch the database beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def box(transactional_db: None, page: Page) -> Box:
    return Box(page)


@pytest.fixture(scope="module")
def frame(browser: Browser) -> Iterator[Page]:
    """A page for one screen after the other: a new one for each takes longer than to look at it."""
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def still(transactional_db: None, frame: Page) -> Iterator[Box]:
    """A screen that nobody touches."""
    yield Box(frame)
    frame.unroute_all()


@pytest.mark.parametrize("name", [*SCREENS, *OTHERS])
def test_a_screen_is_accessible(still: Box, name: str) -> None:
    complaints: list[str] = []
    still.page.on("pageerror", lambda error: complaints.append(str(error)))
    still.page.on("console", lambda said: complaints.append(said.text) if "Policy" in said.text else None)
    still.open({**SCREENS, **OTHERS}[name], KIOSK if name in SCREENS else PHONE)
    found = Axe().run(still.page, options=RULES | ({"iframes": False} if name == "demo" else {}))
    assert [(v["id"], [node["html"][:160] for node in v["nodes"]]) for v in found.response["violations"]] == []
    assert complaints == []


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_fits_the_kiosk_and_can_be_touched_with_gloves(still: Box, name: str) -> None:
    still.open(SCREENS[name], KIOSK, "de")
    for size in (KIOSK, TABLET, PHONE):
        still.page.set_viewport_size({"width": size[0], "height": size[1]})
        assert still.page.evaluate(SIDEWAYS) <= 0, size
        assert still.page.evaluate(TOO_SMALL) == [], size
        assert size == PHONE or still.page.evaluate(DOWNWARDS) <= 0, size


def test_a_push_changes_the_screen_moves_the_focus_and_tells_of_it(box: Box) -> None:
    box.open(SCREENS["plug"], KIOSK)
    path = box.page.url.removeprefix(ORIGIN)
    box.page.wait_for_function("() => document.querySelector('[data-until]').textContent.startsWith('2:')")
    _start_charging()
    _, body, _ = box.get(path)
    box.sockets[0].send(body[body.index('<div id="screen"') : body.index("</main>")])
    box.page.wait_for_selector("#screen[data-step=charging]")
    assert box.page.evaluate("() => document.activeElement.tagName") == "H1"
    assert "Charging" in box.page.inner_text("#announce")
    assert box.page.inner_text("[data-since]") != "–"


def _start_charging() -> None:
    Session.objects.update(state=State.CHARGING, heard_at=timezone.now())


def test_a_push_without_news_and_a_stray_message_leave_the_screen_alone(box: Box) -> None:
    box.open(SCREENS["offer"], KIOSK)
    box.page.evaluate("() => { document.getElementById('screen').dataset.mine = 'yes'; }")
    _, body, _ = box.get(box.page.url.removeprefix(ORIGIN))
    box.sockets[0].send('{"error": "not JSON"}')
    box.sockets[0].send(body[body.index('<div id="screen"') : body.index("</main>")])
    box.page.click("[data-step-by='5']")
    assert box.page.evaluate("() => document.getElementById('screen').dataset.mine") == "yes"


def test_a_push_keeps_what_the_driver_chose(box: Box) -> None:
    box.open(SCREENS["offer"], KIOSK)
    box.page.click("[data-step-by='5']")
    box.page.focus("#other")
    _, body, _ = box.get(box.page.url.removeprefix(ORIGIN))
    news = body[body.index('<div id="screen"') : body.index("</main>")].replace("0.49", "0.51")
    box.sockets[0].send(news.replace('data-digest="', 'data-digest="new'))
    box.page.wait_for_function("() => document.querySelector('.price-energy dd').textContent.includes('0.51')")
    assert box.page.input_value("#other") == "45"
    assert box.page.is_checked("#hold-other")
    assert box.page.evaluate("() => document.activeElement.id") == "other"


def test_amounts_stay_within_their_bounds(box: Box) -> None:
    box.open(SCREENS["offer"], KIOSK)
    for _ in range(10):
        box.page.click("[data-step-by='-5']")
    assert box.page.input_value("#other") == "10"


def test_a_lost_connection_is_told_of(box: Box) -> None:
    box.open(SCREENS["charging"], KIOSK)
    assert box.page.is_hidden("#lost")
    box.sockets[0].close(code=1011)
    box.page.evaluate("() => { htmx.createWebSocket = () => new EventTarget(); }")
    box.page.wait_for_selector("#lost", state="visible")


def test_a_finished_visit_goes_back_to_the_start_and_more_time_can_be_had(box: Box) -> None:
    box.page.clock.install()
    box.open(SCREENS["finished"], KIOSK)
    box.page.clock.run_for(30_000)
    assert int(box.page.inner_text("[data-leave-left]")) in range(13, 17)
    box.page.click("#more")
    box.page.clock.run_for(30_000)
    assert box.page.url != f"{ORIGIN}/start/"
    box.page.clock.run_for(20_000)
    box.page.wait_for_url(f"{ORIGIN}/start/")


def test_an_idle_screen_asks_for_twenty_seconds_before_it_goes(box: Box) -> None:
    box.page.clock.install()
    box.open(SCREENS["offer"], KIOSK)
    box.page.clock.run_for(59_000)
    assert box.page.is_hidden("#idle")
    box.page.clock.run_for(2_000)
    assert box.page.is_visible("#idle")
    box.page.clock.run_for(15_000)
    box.page.click("#idle [data-more]")
    assert box.page.is_hidden("#idle")
    box.page.clock.run_for(50_000)
    assert box.page.url != f"{ORIGIN}/start/"
    box.page.clock.run_for(35_000)
    box.page.wait_for_url(f"{ORIGIN}/start/")


def test_a_second_click_on_pay_is_not_sent(box: Box) -> None:
    box.open(SCREENS["offer"], KIOSK)
    box.page.evaluate(
        """() => { window.sent = 0; addEventListener('submit', e => { if (!e.defaultPrevented) window.sent += 1;
        e.preventDefault(); }); }"""
    )
    box.page.click("#pay")
    box.page.click("#pay")
    assert box.page.evaluate("() => window.sent") == 1
