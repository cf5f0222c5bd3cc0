"""``make screenshots``: the pictures of the docs, taken of the real product while a driver walks through it.

    python -m tools.screenshots [--into DIR] [--language nl] [--size 1280x800]

Every process is real, the devices are the simulators, the browser is Chromium. Without options the pictures of
``docs/pictures`` are made anew; other languages and sizes are for looking at.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from playwright.sync_api import Browser, Page, expect

from tests.journeys.visitor import SLOW, Visitor
from tests.support.browser import started
from tests.support.processes import Product, product
from tests.support.waiting import eventually

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
KIOSK = (1080, 1920)
PHONE = (390, 844)
DESK = (1440, 900)
#: The demo's own (kiosk.demo_data); this process reads no settings.
PASSWORD = "tapcharge"


class Album:
    """Takes pictures into ``folder``, and drives the kiosk's page for them."""

    def __init__(self, site: Product, browser: Browser, folder: Path, language: str, size: tuple[int, int]) -> None:
        self.site, self.browser, self.folder, self.language = site, browser, folder, language
        self.visitor = Visitor(site)
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
        if language != "en":
            context.add_cookies([{"name": "tapcharge_language", "value": language, "url": site.url}])
        self.page = context.new_page()

    def take(self, name: str, page: Page | None = None, *, whole: bool = False) -> None:
        """One picture, when the page has come to rest."""
        page = page or self.page
        page.wait_for_load_state()
        page.wait_for_timeout(400)  # live pages never fall silent
        page.screenshot(path=self.folder / f"{name}.png", full_page=whole)

    def show(self, step: str) -> None:
        """Wait until the kiosk shows ``step`` of the visit."""
        expect(self.page.locator(f".visit-{step}")).to_be_visible(timeout=40_000)

    def pay(self, offer: int = 1) -> None:
        """From the first screen to the one that asks for the card."""
        self.page.goto(f"{self.site.url}/c/{offer}/")
        self.page.locator("#pay").click()
        self.show("card")
        self.visitor.public_id = self.page.url.rstrip("/").rsplit("/", 1)[1]
        self.visitor.until_terminal_waits_for("authorise")

    @contextmanager
    def window(self, size: tuple[int, int], **more: object) -> Iterator[Page]:
        """Another browser window."""
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]}, **more)  # type: ignore[arg-type]
        yield context.new_page()
        context.close()


def whole_visit(album: Album) -> None:
    """Everything a driver sees when all goes well, and the card that does not fit."""
    visitor, page = album.visitor, album.page
    page.goto(album.site.url)
    album.take("kiosk-home")
    page.goto(f"{album.site.url}/c/1/")
    album.take("kiosk-offer")
    album.pay()
    album.take("kiosk-card")
    visitor.tap("visa-1")
    album.show("plug")
    album.take("kiosk-plug")
    visitor.car("plug")
    album.show("charging")
    visitor.charge(at_least_wh=2500)
    album.take("kiosk-charging")
    page.locator("#stop").click()
    album.show("stop_card")
    visitor.until_terminal_waits_for("token")
    album.take("kiosk-stop-card")
    visitor.tap("mastercard-1")
    album.show("wrong_card")
    album.take("kiosk-wrong-card")
    visitor.stop()
    visitor.fault("capture", "slow", seconds=4)
    visitor.tap("visa-1")
    album.show("settling")
    album.take("kiosk-settling")
    album.show("finished")
    album.take("kiosk-finished")
    ((code,),) = album.site.rows("SELECT code FROM kiosk_receipt ORDER BY id DESC LIMIT 1")
    with album.window(PHONE, locale=album.language) as phone:
        phone.goto(f"{album.site.url}/r/{code}/")
        album.take("phone-receipt", phone, whole=True)
    visitor.car("unplug")


def visits_that_end_early(album: Album) -> None:
    """Declined, cancelled, not started, in doubt."""
    visitor, page = album.visitor, album.page
    album.pay()
    visitor.tap("declined-1")
    album.show("declined")
    album.take("kiosk-declined")
    album.pay()
    page.locator("#cancel").click()
    album.show("cancelled")
    album.take("kiosk-cancelled")
    album.pay()
    visitor.tap("visa-2")
    album.show("plug")
    page.locator("#cancel").click()
    album.show("not_started")
    album.take("kiosk-not-started")
    visitor.terminal_recovers(False)
    visitor.fault("authorise", "lost_answer")
    album.pay()
    visitor.tap("visa-2")
    album.show("in_doubt")
    album.take("kiosk-in-doubt")
    visitor.until_a_person_must_decide()
    visitor.terminal_recovers(True)


def trouble(album: Album) -> None:
    """A connector that is away, a browser that is no kiosk, a kiosk that takes no cards."""
    site, visitor, page = album.site, album.visitor, album.page
    visitor.charger("offline")
    page.goto(site.url)
    eventually(
        lambda: site.rows("SELECT connection FROM hardware_chargepoint WHERE identity = ?", SLOW.identity) == [("",)]
    )
    page.goto(f"{site.url}/c/1/")
    album.take("kiosk-offline")
    visitor.charger("online")
    with album.window(KIOSK, extra_http_headers={"X-Forwarded-For": "192.0.2.1"}, locale=album.language) as stranger:
        stranger.goto(site.url)
        album.take("kiosk-not-enrolled", stranger)
    visitor.fault("status", "inoperable", times=1000)
    eventually(lambda: site.rows("SELECT state FROM hardware_terminal") == [("attention",)], 30)
    page.goto(site.url)
    album.take("kiosk-closed")
    requests.delete(f"{site.terminal}/sim/faults", timeout=10)
    eventually(lambda: site.rows("SELECT state FROM hardware_terminal") == [("ready",)], 30)


def demo(album: Album) -> None:
    """The three side by side, in the middle of a visit."""
    visitor = album.visitor
    visitor.car("plug")
    with album.window(DESK) as desk:
        desk.goto(f"{album.site.url}/demo/")
        album.pay()
        visitor.tap("mastercard-1")
        visitor.charge(at_least_wh=1000)
        desk.frame_locator("iframe").first.locator("a[href='/c/1/']").click()
        desk.wait_for_timeout(1500)
        album.take("demo", desk)
    visitor.stop()
    visitor.tap("mastercard-1")
    album.show("finished")
    visitor.car("unplug")


def admin(album: Album) -> None:
    """What support, the operator and the installer look at."""
    for scheme, suffix in (("light", ""), ("dark", "-dark")):
        with album.window(DESK, color_scheme=scheme) as desk:
            desk.goto(f"{album.site.url}/admin/")
            desk.fill("[name=username]", "operator")
            desk.fill("[name=password]", PASSWORD)
            desk.keyboard.press("Enter")
            desk.wait_for_url(f"{album.site.url}/admin/")
            album.take(f"admin-dashboard{suffix}", desk, whole=True)
            for name in ("session", "tariff", "site", "kiosk", "receipt"):
                desk.goto(f"{album.site.url}/admin/kiosk/{name}/")
                album.take(f"admin-{name}s{suffix}", desk)
            for app, name in (
                ("payments", "authorisation"),
                ("payments", "operation"),
                ("payments", "cardtoken"),
                ("payments", "refund"),
                ("hardware", "chargepoint"),
                ("hardware", "terminal"),
            ):
                desk.goto(f"{album.site.url}/admin/{app}/{name}/")
                album.take(f"admin-{name}s{suffix}", desk)
            ((key,),) = album.site.rows(
                "SELECT s.id FROM kiosk_session s JOIN kiosk_stopattempt a ON a.session_id = s.id"
                " WHERE s.state = 'finished' AND a.outcome = 'no_match' ORDER BY s.id LIMIT 1"
            )
            desk.goto(f"{album.site.url}/admin/kiosk/session/{key}/change/")
            album.take(f"admin-session{suffix}", desk, whole=True)
            desk.get_by_role("link", name="Refund", exact=True).last.click()
            album.take(f"admin-refund{suffix}", desk)


def main() -> None:
    """Walk through everything once."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--into", type=Path, default=PICTURES)
    arguments.add_argument("--language", default="en", choices=["en", "nl", "de", "fr"])
    arguments.add_argument("--size", default="x".join(map(str, KIOSK)))
    arguments.add_argument("--only-kiosk", action="store_true")
    chosen = arguments.parse_args()
    width, height = map(int, chosen.size.split("x"))
    chosen.into.mkdir(parents=True, exist_ok=True)
    with product() as site, started() as browser:
        album = Album(site, browser, chosen.into, chosen.language, (width, height))
        eventually(
            lambda: site.rows("SELECT count(*) FROM hardware_connector WHERE status = 'Available'") == [(3,)], 60
        )
        eventually(lambda: site.rows("SELECT state FROM hardware_terminal") == [("ready",)], 60)
        whole_visit(album)
        visits_that_end_early(album)
        trouble(album)
        if not chosen.only_kiosk:
            demo(album)
            admin(album)
    print(f"{len(list(chosen.into.glob('*.png')))} pictures in {chosen.into}")


if __name__ == "__main__":
    main()
