"""Device records of ZVT terminals."""

from __future__ import annotations

import pytest

from hardware.terminal.interface import REQUIRED_CAPABILITIES, Capability
from hardware.terminal.registry import open_terminal
from hardware.terminal.zvt.opening import open_zvt
from hardware.terminal.zvt.profile import PRESETS, Booking, Profile, TokenSource
from hardware.terminal.zvt.record import read_profile


def test_an_empty_record_is_the_plain_preset() -> None:
    assert read_profile({}) == PRESETS["plain"] == Profile()


def test_a_preset_says_what_is_known_of_a_make_and_the_record_the_rest() -> None:
    profile = read_profile({"preset": "card-complete", "booking": "partial_reversal", "timers": {"answer": 7}})
    assert (profile.config, profile.token) == (0x3E, TokenSource.CUSTOMER_INDEX)
    assert profile.booking is Booking.PARTIAL_REVERSAL
    assert (profile.timers.answer, profile.timers.completion) == (7.0, 180.0)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_kiosk_can_open_with_every_preset(preset: str) -> None:
    assert open_terminal("zvt+tcp://10.0.0.5", {"preset": preset}).capabilities >= REQUIRED_CAPABILITIES


@pytest.mark.parametrize(
    ("record", "capability"),
    [
        ({}, Capability.REFUND),
        ({"recover": False}, Capability.RECOVER),
        ({"pre_authorisation": False}, Capability.AUTHORISE),
        ({"tlv": False}, Capability.READ_TOKEN),
        ({"tlv": False}, Capability.AUTHORISE),
    ],
)
def test_what_a_terminal_cannot_do_is_no_capability(record: dict[str, object], capability: Capability) -> None:
    assert capability not in open_zvt("zvt+tcp://10.0.0.5", record).capabilities


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        ({"preset": "acme"}, "preset must be one of plain, ccv, feig, card-complete"),
        ({"pasword": "000000"}, "unknown key pasword"),
        ({"timers": {"t4": 1}}, "unknown key timers.t4"),
        ({"timers": {"answer": 0}}, "timers.answer must be seconds from 0.001"),
        ({"timers": {"card_slice": 256}}, "at most 255"),
        ({"timers": 5}, "timers must be an object"),
        ({"tlv": "yes"}, "tlv must be true or false"),
        ({"config": "XX"}, "config must be a byte"),
        ({"config": 190}, "config must be a byte"),
        ({"port": 0}, "port must be a whole number from 1 to 65535"),
        ({"booking": "book"}, "booking must be one of partial_reversal, book_total"),
        ({"charset": "klingon"}, "charset must be a character set"),
        ({"time_zone": "Mars/Base"}, "time_zone must be a time zone"),
        ({"reference_kind": "abc"}, "reference_kind must be two capital letters"),
        ({"test_marks": ["", "x"]}, "test_marks must be a text"),
    ],
)
def test_a_record_that_cannot_be_used_is_refused_with_the_key(record: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match="profile: ") as caught:
        read_profile(record)
    assert complaint in str(caught.value)


def test_a_wrong_password_is_not_repeated_in_the_complaint() -> None:
    with pytest.raises(ValueError) as caught:
        read_profile({"password": "12345678"})
    assert "12345678" not in str(caught.value)
    assert "123456" not in repr(read_profile({"password": "123456"}))


@pytest.mark.parametrize(
    ("record", "value"),
    [({"payment_type": None}, None), ({"payment_type": "20"}, 0x20), ({"charset": "UTF8"}, None)],
)
def test_bytes_are_written_in_hex_or_left_out(record: dict[str, object], value: int | None) -> None:
    profile = read_profile(record)
    assert profile.payment_type == value if "payment_type" in record else profile.charset == "utf-8"


@pytest.mark.parametrize("url", ["zvt+tcp://", "zvt+serial://host/dev/ttyS0", "zvt+tcp://h:0", "zvt+tcp://u:p@h"])
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="terminal URL"):
        open_terminal(url, {})
