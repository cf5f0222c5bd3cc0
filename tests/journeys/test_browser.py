"""The main job as people do it: a driver at the kiosk's page, then support in the admin."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.journeys.visitor import PATIENCE, Visitor
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(240)

_SHOWS = 30_000


def test_a_driver_charges_at_the_page_and_support_gives_some_of_it_back(visitor: Visitor, page: Page) -> None:
    page.goto(visitor.site.url)
    page.locator("#tile-1").click()
    page.locator("#hold-1").check()
    page.locator("#pay").click()
    expect(page.locator(".visit-card")).to_be_visible(timeout=_SHOWS)
    visitor.public_id = page.url.rstrip("/").rsplit("/", 1)[1]
    visitor.until_terminal_waits_for("authorise")
    visitor.tap("visa-2")
    expect(page.locator(".visit-plug")).to_be_visible(timeout=_SHOWS)
    expect(page.get_by_text("€20.00 held, nothing charged yet")).to_be_visible()
    visitor.car("plug")
    expect(page.locator(".visit-charging")).to_be_visible(timeout=_SHOWS)
    visitor.charge(at_least_wh=600)
    page.locator("#stop").click()
    visitor.until_terminal_waits_for("token")
    visitor.tap("wallet-mc-1")
    expect(page.locator(".visit-wrong_card")).to_be_visible(timeout=_SHOWS)
    page.locator("#stop").click()
    visitor.until_terminal_waits_for("token")
    visitor.tap("visa-2")
    expect(page.locator(".visit-finished")).to_be_visible(timeout=_SHOWS)

    books = visitor.books()
    euros = f"€{books.captured / 100:.2f}"
    assert (books.held, books.bank_held, books.bank_captures) == (2000, 2000, 1)
    assert 0 < books.captured == books.bank_captured < 2000
    expect(page.get_by_text(euros).first).to_be_visible()

    _support_refunds_ten_cents(visitor, page)
    eventually(lambda: visitor.books().refunded == 10, PATIENCE, "the refund is in our books")
    lines = requests.get(f"{visitor.site.terminal}/sim/book", timeout=PATIENCE).json()["transactions"]
    assert [line["amount_minor"] for line in lines if line["kind"] == "refund"] == [10]
    visitor.tell()


def _support_refunds_ten_cents(visitor: Visitor, page: Page) -> None:
    page.goto(f"{visitor.site.url}/admin/")
    page.fill("[name=username]", "support")
    page.fill("[name=password]", "tapcharge")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{visitor.site.url}/admin/")
    page.goto(f"{visitor.site.url}/admin/kiosk/session/{visitor.session('id')}/change/")
    page.get_by_role("link", name="Refund", exact=True).last.click()
    page.fill("[name=amount]", "0.10")
    page.fill("[name=reason]", "The screen froze")
    page.locator(".bo-act button[type=submit]").click()
    page.locator(".bo-act button[type=submit]").click()
    expect(page.get_by_text("Done: the terminal confirmed the refund.")).to_be_visible(timeout=_SHOWS)
