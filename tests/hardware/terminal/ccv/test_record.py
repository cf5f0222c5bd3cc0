"""The device record and its URL: what is refused, and where the key is and is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.terminal.ccv import keys
from hardware.terminal.ccv.keys import Key, Side
from hardware.terminal.ccv.mapping import Ending
from hardware.terminal.ccv.profile import Profile
from hardware.terminal.ccv.record import read_profile, read_url
from hardware.terminal.registry import open_terminal
from tests.hardware.terminal.ccv.cloud import KEY_FILE

URL = "ccv+https://api.psp.ccv.eu/api/v1?terminal=12345678"


def test_a_url_names_root_host_and_terminal() -> None:
    found = read_url(URL)
    assert (found.base_url, found.host, found.terminal_id) == (
        "https://api.psp.ccv.eu/api/v1",
        "api.psp.ccv.eu",
        "12345678",
    )
    assert read_url("ccv+http://127.0.0.1:8100/api/v1/?terminal=ABC123").base_url == "http://127.0.0.1:8100/api/v1"


@pytest.mark.parametrize(
    "url",
    [
        "ccv+http://10.0.0.5/api/v1?terminal=12345678",  # the key would travel in clear text
        "ccv+http://localhost.example/api/v1?terminal=12345678",
        "ccv+https://?terminal=12345678",
        "ccv+https://host:99999/?terminal=12345678",
        "ccv+https://t_12345678@host/?terminal=12345678",
        "ccv+https://host/api",
        "ccv+https://host/api?terminal=123",
        "ccv+https://host/api?terminal=12345678&key=t_12345678",
        "ccv+https://host/api?terminal=12345678#x",
        "ccv+https://host/a b?terminal=12345678",
    ],
)
def test_a_url_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"terminal URL|ccv\+http"):
        read_url(url)


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({"key": "t_0123456789"}, "unknown key key"),
        ({"key_env": "SECRET_KEY"}, "key_env"),
        ({"key_file": "relative"}, "key_file"),
        ({"timers": {"connect": 0}}, "timers.connect"),
        ({"timers": {"poll_growth": 0.5}}, "timers.poll_growth"),
        ({"test_mode": 1}, "test_mode"),
        ({"repeat_pauses": 3}, "repeat_pauses"),
        ({"port": True}, "port"),
        ({"abilities": {"teleport": True}}, "abilities.teleport"),
        ({"mapping": {"paths": {"token": "token"}}}, "mapping.paths.token"),
        ({"mapping": {"states": {"odd": "fine"}}}, "mapping.states.odd"),
        ({"mapping": {"places": {"text": "a b"}}}, "mapping.places.text"),
    ],
)
def test_a_profile_that_cannot_be_meant_is_refused_and_the_key_named_but_not_its_value(
    record: dict[str, object], named: str
) -> None:
    with pytest.raises(ValueError, match="profile: ") as caught:
        read_profile(record)
    assert named in str(caught.value)
    assert "0123456789" not in str(caught.value)


def test_what_a_mapping_names_is_merged_with_the_defaults() -> None:
    mapping = read_profile({"mapping": {"failure_codes": {"offline": "inoperable"}, "token_flag": ""}}).mapping
    assert mapping.ending_of("offline") is Ending.INOPERABLE
    assert mapping.ending_of("expired") is Ending.TIMED_OUT
    assert mapping.ending_of("never heard of") is Ending.DECLINED
    assert (mapping.token_flag, mapping.paths.payment) == ("", "/payment")


def test_a_key_comes_from_a_variable_or_a_file_and_shows_nowhere(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("t_0123456789\n", encoding="ascii")
    from_file = keys.read_key(Profile(key_file=str(tmp_path / "key")))
    from_variable = keys.read_key(Profile(key_env="CCV_KEY"), {"CCV_KEY": "l_0123456789"})
    assert (from_file.side, from_variable.side) == (Side.TEST, Side.LIVE)
    assert "0123456789" not in repr(from_file)


@pytest.mark.parametrize(
    "text", ["", "secret-of-something-else", "x_0123456789", "t_0123456789 t_0123456789", "t_é23456789"]
)
def test_what_does_not_look_like_a_key_of_ccv_is_sent_to_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text, encoding="utf-8")
    for profile, environment in (
        (Profile(key_file=str(tmp_path / "key")), {}),
        (Profile(key_env="CCV_KEY"), {"CCV_KEY": text}),
        (Profile(), {}),
        (Profile(key_env="CCV_KEY", key_file=KEY_FILE), {"CCV_KEY": "t_0123456789"}),
    ):
        with pytest.raises(ValueError, match="profile: ") as caught:
            keys.read_key(profile, environment)
        assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "host", "test_mode", "as_meant"),
    [
        ("l_0123456789", "api.psp.ccv.eu", False, True),
        ("l_0123456789", "127.0.0.1", False, True),
        ("t_0123456789", "api.psp.ccv.eu", False, False),
        ("t_0123456789", "api.psp.ccv.eu", True, True),
        ("l_0123456789", "vpos-test.jforce.be", False, False),
        ("l_0123456789", "vpos-test.jforce.be", True, True),
        ("l_0123456789", "api.psp.ccv.eu", True, False),
    ],
)
def test_a_test_is_never_taken_for_the_real_thing_or_the_other_way_round(
    key: str, host: str, test_mode: bool, as_meant: bool
) -> None:
    profile = Profile(test_mode=test_mode)
    if as_meant:
        assert keys.access(profile, Key(key), host).key is Key(key).side
    else:
        with pytest.raises(ValueError, match="test_mode"):
            keys.access(profile, Key(key), host)


def test_a_driver_is_opened_by_its_url_and_tells_its_name_without_the_key() -> None:
    terminal = open_terminal(URL, {"key_file": KEY_FILE})
    assert repr(terminal) == "CcvTerminal(api.psp.ccv.eu, 12345678)"
    assert {"refund", "abort", "display_text", "end_of_day"}.isdisjoint(terminal.capabilities)
    with pytest.raises(ValueError, match="key_env"):
        open_terminal(URL, {})
