"""URL and device record: what an installer may write, and what he is told otherwise."""

from __future__ import annotations

import pytest

from hardware.terminal.interface import Reason
from hardware.terminal.opi.record import read_profile, read_url
from hardware.terminal.opi.words import Meaning


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("opi+tcp://10.0.0.5:4101", ("10.0.0.5", 4101)),
        ("opi+tcp://10.0.0.5", ("10.0.0.5", 4100)),
        ("opi+tcp://im30.site.example/", ("im30.site.example", 4100)),
    ],
)
def test_a_url_is_a_host_and_perhaps_a_port(url: str, address: tuple[str, int]) -> None:
    assert read_url(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "opi+tcp://",
        "opi+tcp://:4100",
        "opi+tcp://h:0",
        "opi+tcp://h:70000",
        "opi+tcp://h:x",
        "opi+tcp://u:p@h",
        "opi+tcp://h/path",
        "opi+tcp://h?x=1",
        "opi+tcp://h#x",
        "opi+tcp://h h",
    ],
)
def test_anything_else_in_a_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="terminal URL"):
        read_url(url)


def test_a_record_overrides_what_it_names_and_nothing_else() -> None:
    profile = read_profile(
        {
            "workstation_id": "KIOSK7",
            "listen_port": 4112,
            "time_zone": "Europe/Brussels",
            "timers": {"idle": 60, "reprint_pause": 0},
            "abilities": {"refund": True},
            "mapping": {
                "request_types": {"token": "CardTokenise"},
                "request_places": {"reason_code": "POSdata/Reason"},
                "answer_places": {"token": ["CardValue@Token", "Token"], "par": "PAR"},
                "reason_codes": {"charger_fault": "31", "normal_end": ""},
                "results": {"Splendid": "approved"},
                "ready_states": ["OK"],
                "deliver": False,
            },
        }
    )
    assert (profile.workstation_id, profile.listen_port, profile.time_zone.key) == ("KIOSK7", 4112, "Europe/Brussels")
    assert (profile.timers.idle, profile.timers.hard, profile.timers.reprint_pause) == (60.0, 300.0, 0.0)
    assert (profile.abilities.refund, profile.abilities.read_token) == (True, True)
    mapping = profile.mapping
    assert (mapping.request_types.token, mapping.request_types.refund) == ("CardTokenise", "PaymentRefund")
    assert (mapping.answer_places.token, mapping.answer_places.par) == (("CardValue@Token", "Token"), ("PAR",))
    assert (mapping.reason_codes[Reason.CHARGER_FAULT], mapping.reason_codes[Reason.NO_ENERGY]) == ("31", "25")
    assert (mapping.meaning_of("SPLENDID"), mapping.meaning_of("busy")) == (Meaning.APPROVED, Meaning.BUSY)
    assert (mapping.ready_states, mapping.deliver, mapping.confirm) == (("OK",), False, False)


def test_an_empty_record_is_the_defaults() -> None:
    profile = read_profile({})
    assert (profile.listen_port, profile.abilities.pre_authorisation, profile.abilities.refund) == (4102, True, False)
    assert profile.mapping.unheard_means_not_done is False


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({"surprise": 1}, "surprise"),
        ({"timers": {"surprise": 1}}, "timers.surprise"),
        ({"mapping": {"request_types": {"surprise": "X"}}}, "mapping.request_types.surprise"),
        ({"mapping": {"reason_codes": {"surprise": "1"}}}, "mapping.reason_codes.surprise"),
        ({"mapping": []}, "mapping"),
        ({"workstation_id": ""}, "workstation_id"),
        ({"workstation_id": "A B"}, "workstation_id"),
        ({"listen_address": "localhost"}, "listen_address"),
        ({"device_address": 7}, "device_address"),
        ({"listen_port": 0}, "listen_port"),
        ({"listen_port": True}, "listen_port"),
        ({"encoding": "utf-7"}, "encoding"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"reprint_tries": 0}, "reprint_tries"),
        ({"timers": {"idle": 0}}, "timers.idle"),
        ({"timers": {"hard": 601}}, "timers.hard"),
        ({"timers": {"connect": "5"}}, "timers.connect"),
        ({"abilities": {"refund": "yes"}}, "abilities.refund"),
        ({"languages": {"nl": ""}}, "languages.nl"),
        ({"mapping": {"answer_places": {"token": []}}}, "mapping.answer_places.token"),
        ({"mapping": {"answer_places": {"token": "a b"}}}, "mapping.answer_places.token"),
        ({"mapping": {"request_places": {"reference": ""}}}, "mapping.request_places.reference"),
        ({"mapping": {"results": {"X": "perfect"}}}, "mapping.results.X"),
        ({"mapping": {"ready_states": "READY"}}, "mapping.ready_states"),
    ],
)
def test_what_is_wrong_in_a_record_is_named(record: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=rf"^profile: .*{named}"):
        read_profile(record)
