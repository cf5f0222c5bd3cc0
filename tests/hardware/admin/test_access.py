"""What the page of a terminal says of its API key and its host: test and live are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from hardware.models import Terminal
from kiosk.models import Kiosk
from tests.support.staff import Login

LIVE, TEST = "l_live_key_of_a_test", "t_test_key_of_a_test"


@pytest.fixture
def installer(login: Login) -> Client:
    return login("installer")


@pytest.fixture
def terminal(kiosk: Kiosk) -> Terminal:
    return kiosk.terminal


def page(browser: Client, terminal: Terminal) -> str:
    url = reverse("admin:hardware_terminal_change", args=[terminal.pk])
    return browser.get(url).content.decode()


def point(terminal: Terminal, key: str, host: str, folder: Path, *, test_mode: bool) -> None:
    """Have the record name the cloud at ``host``, with ``key`` in a file."""
    file = folder / "terminal.key"
    file.write_text(key, encoding="ascii")
    terminal.url = f"ccv+https://{host}/api/v1?terminal=12345678"
    terminal.profile = {"key_file": str(file), "test_mode": test_mode}
    terminal.save()


@pytest.mark.parametrize(
    ("key", "host", "said"),
    [
        (LIVE, "api.psp.ccv.eu", "live key · live host"),
        (TEST, "api.psp.sandbox.ccv.eu", "test key: no money moves · test host"),
        (TEST, "api.psp.ccv.eu", "test key: no money moves · live host"),
        (LIVE, "api.example", "live key · host that no setting names"),
    ],
)
def test_which_key_meets_which_host_is_said_and_the_key_is_not(
    installer: Client, terminal: Terminal, tmp_path: Path, key: str, host: str, said: str
) -> None:
    point(terminal, key, host, tmp_path, test_mode=key == TEST)
    text = page(installer, terminal)
    assert said in text
    assert key not in text


def test_only_a_live_key_at_a_live_host_looks_as_it_should(
    installer: Client, terminal: Terminal, tmp_path: Path
) -> None:
    point(terminal, LIVE, "api.psp.ccv.eu", tmp_path, test_mode=False)
    as_meant = page(installer, terminal)
    point(terminal, TEST, "api.psp.ccv.eu", tmp_path, test_mode=True)
    assert _tone(as_meant, "live key ·") != _tone(page(installer, terminal), "test key:")


def test_a_terminal_without_a_key_says_nothing_of_one(installer: Client, terminal: Terminal) -> None:
    assert "Key and host" not in page(installer, terminal)
    assert "Can do" in page(installer, terminal)


def test_a_key_that_cannot_be_had_is_named_by_its_place(installer: Client, terminal: Terminal) -> None:
    terminal.url = "ccv+https://api.psp.ccv.eu/api/v1?terminal=12345678"
    terminal.profile = {"key_file": "/nowhere/terminal.key"}
    terminal.save()
    text = page(installer, terminal)
    assert "/nowhere/terminal.key" in text
    assert "Key and host" not in text


def _tone(text: str, words: str) -> str:
    """The opening tag of the badge with these words."""
    return text[: text.index(words)].rpartition("<span")[2]
