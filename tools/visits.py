"""A whole visit on ``/demo/`` over each terminal, with pictures: ``make screenshots`` calls it after the others.

    python -m tools.visits [--into DIR] [--only zvt+serial,ccv] [--admin] [--write]

Every click is one in the browser: kiosk, terminal and cars stand side by side on the page. Into ``DIR`` go the demo
while it charges and when it is done; with ``--admin`` also the admin's pages of the terminal and of the session, light
and dark. Over ``zvt+serial`` the frames of the visit are told too; ``--write`` puts them into docs/terminals/zvt.md.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from hardware.terminal.registry import SIMULATED
from tests.support.browser import started
from tests.support.processes import Product, product
from tests.support.waiting import eventually
from tools.cuts.pty_relay import PtyRelay
from tools.cuts.relay import Line
from tools.frames import Frames
from tools.screenshots import DESK, PASSWORD, PICTURES

ZVT_PAGE = PICTURES.parent / "terminals" / "zvt.md"
SIZE = (1280, 800)
SERIAL = "zvt+serial"

_SHOWS = 60_000  # milliseconds: a bound for what should happen within seconds
_ENERGY_WH = 600
_MARKS = ("<!-- the visit begins -->\n", "<!-- the visit ends -->\n")


class DemoVisit:
    """One driver in front of the demo page."""

    def __init__(self, site: Product, page: Page) -> None:
        self._site, self._page = site, page
        self._kiosk, self._terminal, self._cars = (page.frame_locator("iframe").nth(number) for number in range(3))

    def charge(self) -> None:
        """Choose, present the card, plug in, and wait until the car has taken something."""
        self._page.goto(f"{self._site.url}/demo/")
        self._kiosk.locator("a[href='/c/1/']").click(timeout=_SHOWS)
        self._kiosk.locator("#pay").click()
        self._tap()
        expect(self._kiosk.locator(".visit-plug")).to_be_visible(timeout=_SHOWS)
        self._cars.locator('[data-identity="CP001"][data-connector="1"][data-action="plug"]').click()
        expect(self._kiosk.locator(".visit-charging")).to_be_visible(timeout=_SHOWS)
        eventually(
            lambda: self._site.rows("SELECT max(energy_wh) FROM kiosk_session") >= [(_ENERGY_WH,)],
            _SHOWS / 1000,
            "the car charges",
        )

    def stop(self) -> None:
        """Stop with the same card."""
        self._kiosk.locator("#stop").click()
        self._tap()
        expect(self._kiosk.locator(".visit-finished")).to_be_visible(timeout=_SHOWS)

    def look_up(self) -> None:
        """See the terminal's screen again, above the cards."""
        self._terminal.locator("html").evaluate("page => page.scrollTo(0, 0)")

    def _tap(self) -> None:
        expect(self._terminal.locator("#device")).to_have_attribute("data-waiting", "card", timeout=_SHOWS)
        self._terminal.locator('button[data-card="visa-1"]').click()


def visit(site: Product, browser: Browser, pictures: Path) -> None:
    """The whole visit; the names of its two pictures begin with ``pictures``."""
    eventually(lambda: site.rows("SELECT count(*) FROM hardware_connector WHERE status = 'Available'") == [(3,)], 60)
    eventually(lambda: site.rows("SELECT state FROM hardware_terminal") == [("ready",)], 60)
    with _window(browser, SIZE) as page:
        driver = DemoVisit(site, page)
        driver.charge()
        driver.look_up()
        _take(page, f"{pictures}-charging.jpg")
        driver.stop()
        driver.look_up()
        _take(page, f"{pictures}-done.jpg")


def admin(site: Product, browser: Browser, pictures: Path) -> None:
    """What installer and operator see of it afterwards."""
    for scheme in ("light", "dark"):
        for user, app, record in (("installer", "hardware", "terminal"), ("operator", "kiosk", "session")):
            with _window(browser, DESK, color_scheme=scheme, timezone_id="Europe/Amsterdam") as page:
                _sign_in(site, page, user)
                page.goto(f"{site.url}/admin/{app}/{record}/1/change/")
                _take(page, f"{pictures}-{record}-{scheme}.jpg", whole=record == "session")


def _sign_in(site: Product, page: Page, user: str) -> None:
    page.goto(f"{site.url}/admin/")
    page.fill("[name=username]", user)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/admin/")


def _take(page: Page, path: str, *, whole: bool = False) -> None:
    """As JPEG: the terminal's gradients make a PNG large."""
    page.wait_for_load_state()
    page.wait_for_timeout(800)  # live pages never fall silent
    page.screenshot(path=path, full_page=whole, type="jpeg", quality=85)


@contextmanager
def _window(browser: Browser, size: tuple[int, int], **more: object) -> Iterator[Page]:
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, reduced_motion="reduce", **more)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


@contextmanager
def _standing(name: str, frames: Frames) -> Iterator[Product]:
    """The product with that terminal; ``frames`` hears what goes over a serial line."""
    with product(terminal=name, only=["valkey", "web", "beat", "terminal", "chargers"]) as site:
        line = Line(frames.tell)
        if name == SERIAL:
            near = site.var / "tapped"
            line.add(PtyRelay(line, near, site.var / "im30" / "tty"))
            with closing(sqlite3.connect(site.database, timeout=20)) as database, database:
                database.execute("UPDATE hardware_terminal SET url = ?", (f"{SERIAL}://{near}",))
        site.start("worker")
        yield site
        line.close()


def write(frames: Frames) -> None:
    """Put the frames into the page about ZVT."""
    before, rest = ZVT_PAGE.read_text(encoding="utf-8").split(_MARKS[0])
    after = rest.split(_MARKS[1])[1]
    ZVT_PAGE.write_text(f"{before}{_MARKS[0]}\n```text\n{frames.text()}\n```\n\n{_MARKS[1]}{after}", encoding="utf-8")


def main() -> None:
    """One visit over each terminal, one after the other."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--into", type=Path, default=PICTURES)
    arguments.add_argument("--only", default=",".join(SIMULATED))
    arguments.add_argument("--admin", action="store_true", help="pictures of the admin too")
    arguments.add_argument("--write", action="store_true", help="put the frames into docs/terminals/zvt.md")
    chosen = arguments.parse_args()
    chosen.into.mkdir(parents=True, exist_ok=True)
    for name in chosen.only.split(","):
        frames = Frames()
        with _standing(name, frames) as site, started() as browser:
            pictures = chosen.into / f"demo-{name.replace('+', '-')}"
            visit(site, browser, pictures)
            if chosen.admin:
                admin(site, browser, pictures)
        if name == SERIAL:
            print(frames.text())
            if chosen.write:
                write(frames)


if __name__ == "__main__":
    main()
