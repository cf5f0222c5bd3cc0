"""The names of screens in the address of a websocket."""

from __future__ import annotations

import pytest

from kiosk.screens import HOME, Kind, Screen


@pytest.mark.parametrize(
    "screen", [HOME, Screen(Kind.OFFER, "12"), Screen(Kind.SESSION, "aB-_9", 0), Screen(Kind.SESSION, "aB-_9", 77)]
)
def test_a_screen_survives_the_way_through_its_name(screen: Screen) -> None:
    assert Screen.parse(str(screen)) == screen


@pytest.mark.parametrize(
    "text",
    ["", "offer", "offer:x", "offer:-1", "offer:१", "session:a", "session::0", "home ", "session:a:1:2", "x" * 999],
)
def test_anything_else_is_not_a_screen(text: str) -> None:
    with pytest.raises(ValueError):
        Screen.parse(text)
