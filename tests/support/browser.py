"""A real browser for the tests that ask for one: the Chromium on the PATH, driven by Playwright.

Without Chromium these tests fail and name the command that installs it. Playwright keeps an event loop running in the
thread of the test: a module that uses ``browser`` has no async tests and does not touch the ORM.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


def chromium() -> str | None:
    """The path of the browser, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def started() -> Iterator[Browser]:
    """A browser without a window. Raises FileNotFoundError when there is none on the PATH."""
    path = chromium()
    if path is None:
        raise FileNotFoundError("no Chromium on the PATH; as root: apt-get install --yes chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a module."""
    with started() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with cookies of its own, where nothing moves: that would keep a processor busy."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1080, "height": 1920}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
