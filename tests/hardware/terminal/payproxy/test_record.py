"""Device records: what is wrong in one is named, what is left out has a default."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hardware.terminal.interface import REQUIRED_CAPABILITIES, Reason
from hardware.terminal.payproxy.profile import FieldNames, Paths, PaymentTypes, Profile, ReadTimeouts
from hardware.terminal.payproxy.record import read_profile
from hardware.terminal.payproxy.simulator.accidents import HttpKind
from hardware.terminal.payproxy.words import STATUS_WORDS, Meaning
from hardware.terminal.registry import open_terminal, supported_schemes
from hardware.terminal.simulator.ask import Operation
from hardware.terminal.simulator.cards import CARDS
from hardware.terminal.simulator.faults import Kind


def test_an_empty_record_is_the_default_profile() -> None:
    assert read_profile({}) == Profile()


def test_every_setting_of_the_profile_can_be_in_a_record() -> None:
    record: dict[str, Any] = {
        "paths": {"token": "/terminal/cardToken"},
        "fields": {"token": "cardToken"},
        "payment_types": {"release": "VOID"},
        "read_timeouts": {"authorise": 90},
        "connect_timeout": 2.5,
        "headers": {"X-Api-Key": "hidden"},
        "verify_tls": "/etc/tapcharge/ca.pem",
        "operating_environment": "ATTENDED",
        "access_protocol": "OPI_DE",
        "environment": "CARPARKING",
        "languages": {"it": "ITA"},
        "fallback_language": "NLD",
        "reason_codes": {"no_energy": "25"},
        "status_words": {"Gelukt": "approved"},
        "ready_states": ["IDLE"],
        "busy_states": [],
        "test_marks": ["PROEF"],
        "test_mode": True,
        "check_request_id": False,
        "refund": True,
        "recover": True,
        "recovers_only_the_last": True,
    }
    profile = read_profile(record)
    assert set(record) == set(Profile.__dataclass_fields__)
    assert all(getattr(profile, key) != getattr(Profile(), key) for key in record), "each one made a difference"
    assert (profile.paths.token, profile.paths.payment) == ("/terminal/cardToken", "/terminal/payment")
    assert (profile.read_timeouts.authorise, profile.read_timeouts.capture) == (90.0, 60.0)
    assert (profile.languages["it"], profile.languages["nl"]) == ("ITA", "NLD")
    assert profile.meaning_of("GELUKT") is Meaning.APPROVED
    assert profile.meaning_of("success") is Meaning.APPROVED
    assert "hidden" not in repr(profile)


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({"pahts": {}}, "unknown key pahts"),
        ({"paths": {"tokn": "/x"}}, r"unknown key paths\.tokn"),
        ({"paths": {"token": "x"}}, r"paths\.token must be a path"),
        ({"paths": "/x"}, "paths must be an object"),
        ({"fields": {"token": ""}}, r"fields\.token must be a text"),
        ({"payment_types": {"sale": "SALE"}}, r"unknown key payment_types\.sale"),
        ({"read_timeouts": {"authorise": 0}}, r"read_timeouts\.authorise must be seconds"),
        ({"read_timeouts": {"authorise": True}}, r"read_timeouts\.authorise must be seconds"),
        ({"connect_timeout": "5"}, "connect_timeout must be seconds"),
        ({"connect_timeout": 601}, "connect_timeout must be seconds"),
        ({"headers": {"X Key": "v"}}, "'X Key' is not a header name"),
        ({"headers": {"X-Key": "a\r\nb"}}, r"headers\.X-Key must be a text of printable ASCII$"),
        ({"verify_tls": 1}, "verify_tls"),
        ({"languages": {"nl": 7}}, r"languages\.nl must be a text"),
        ({"reason_codes": {"rain": "X"}}, r"unknown key reason_codes\.rain"),
        ({"status_words": {"OK": "fine"}}, r"status_words\.OK must be one of approved, "),
        ({"status_words": {"OK": ["approved"]}}, r"status_words\.OK must be one of"),
        ({"ready_states": "IDLE"}, "ready_states must be a list"),
        ({"refund": "yes"}, "refund must be true or false"),
    ],
)
def test_what_is_wrong_in_a_record_is_named(record: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        read_profile(record)


@pytest.mark.parametrize("url", ["payproxy+http://10.0.0.5:8080", "payproxy+https://im30.example/base/"])
def test_a_terminal_is_one_url(url: str) -> None:
    terminal = open_terminal(url, {})
    assert terminal.capabilities >= REQUIRED_CAPABILITIES
    assert terminal.longest_wait == 245.0
    assert url.removeprefix("payproxy+").partition("/base")[0] in repr(terminal)
    terminal.close()


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("", "must start with one of .*payproxy\\+https://"),
        ("http://10.0.0.5", "must start with one of"),
        ("xyz+tcp://10.0.0.5:20007", "must start with one of"),
        ("payproxy+http://", "needs a host"),
        ("payproxy+http://:8080", "needs a host"),
        ("payproxy+http://im30:0", "port from 1 to 65535"),
        ("payproxy+http://im30:99999", "port from 1 to 65535"),
        ("payproxy+http://im30:http", "port from 1 to 65535"),
        ("payproxy+http://user:secret@im30", "may not hold a password"),
        ("payproxy+http://im30/?key=1", "may not have a query"),
        ("payproxy+http://im 30/", "may not have"),
        ("payproxy+http://[::1", "needs a host"),
    ],
)
def test_a_url_that_cannot_be_used_says_why(url: str, named: str) -> None:
    with pytest.raises(ValueError, match=named) as caught:
        open_terminal(url, {})
    assert "secret" not in str(caught.value)


def test_the_registry_names_its_schemes() -> None:
    assert {"payproxy+http", "payproxy+https"} <= set(supported_schemes())


def test_the_documentation_names_every_setting_word_fault_and_card() -> None:
    page = (Path(__file__).parents[4] / "docs" / "terminals" / "payproxy.md").read_text()
    settings = [
        each for kind in (Profile, Paths, FieldNames, PaymentTypes, ReadTimeouts) for each in kind.__annotations__
    ]
    for name in (*settings, *Reason, *STATUS_WORDS, *Meaning, *Kind, *HttpKind, *Operation, *CARDS):
        assert re.search(rf"\b{re.escape(name)}\b", page), f"{name} is not documented"
