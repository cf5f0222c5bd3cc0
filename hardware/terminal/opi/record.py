"""Reads an OPI device record (plain JSON) and URL, and names what is wrong in them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import fields
from urllib.parse import urlsplit

from hardware.terminal.interface import Reason
from hardware.terminal.opi.mapping import REASON_CODES, AnswerPlaces, Inferred, RequestPlaces, RequestTypes
from hardware.terminal.opi.markup import ENCODINGS
from hardware.terminal.opi.places import is_place
from hardware.terminal.opi.profile import LANGUAGES, Abilities, Profile, Timers
from hardware.terminal.opi.words import RESULTS, Meaning
from hardware.terminal.records import (
    Reader,
    list_of,
    matching,
    one_of,
    perhaps,
    read_object,
    seconds,
    section,
    section_of,
    switch,
    table,
    text,
    whole,
    wrong,
    zone,
)

DEFAULT_PORT = 4100


def read_url(url: str) -> tuple[str, int]:
    """Return host and port of ``opi+tcp://10.0.0.5:4100``. Raises ValueError with a text for the installer."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, DEFAULT_PORT if parts.port is None else parts.port
    except ValueError:
        host, port = None, 0
    if not host or not port:
        raise ValueError("terminal URL needs a host and may have a port from 1 to 65535")
    if "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment or any(map(str.isspace, url)):
        raise ValueError("terminal URL may have nothing but a host and a port: the rest goes into the profile")
    return host, port


def read_profile(record: Mapping[str, object]) -> Profile:
    """Build a profile from the device record's JSON; what it leaves out keeps its default.

    Raises ValueError, naming the key, for an unknown key or a value of the wrong kind.
    """
    return Profile(**read_object(record, _PROFILE))


def _place(key: str, value: object) -> str:
    if not isinstance(value, str) or not is_place(value):
        raise wrong(key, "a place such as Tender/TotalAmount@Currency")
    return value


def _places(key: str, value: object) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given:
        raise wrong(key, "a place or a list of places")
    return tuple(_place(key, each) for each in given)


def _address(key: str, value: object) -> str:
    try:
        return str(ipaddress.IPv4Address(value if isinstance(value, str) else ""))
    except ValueError:
        raise wrong(key, "an IPv4 address") from None


def _encoding(key: str, value: object) -> str:
    if value not in ENCODINGS:
        raise wrong(key, f"one of {', '.join(ENCODINGS)}")
    return str(value)


_SECONDS, _WAITING = seconds(0, 600), seconds(0.001, 600)
_WORD = matching(r"[A-Za-z0-9_.-]{1,40}", "a word of letters and digits")
_PAUSES = ("reprint_pause", "unavailable_pause", "status_interval")

_MAPPING: Mapping[str, Reader] = {
    "request_types": section_of(RequestTypes, _WORD),
    "request_places": section_of(RequestPlaces, _place),
    "answer_places": section_of(AnswerPlaces, _places),
    "reason_codes": table(REASON_CODES, perhaps(text), known=Reason),
    "results": table(RESULTS, one_of(Meaning)),
    **dict.fromkeys(("ready_states", "busy_states", "reprint_states", "logged_out_states"), list_of(text)),
    **dict.fromkeys(("deliver", "confirm", "unheard_means_not_done"), switch),
}

_PROFILE: Mapping[str, Reader] = {
    "workstation_id": _WORD,
    "application_sender": _WORD,
    "pop_id": _WORD,
    "listen_address": _address,
    "listen_port": whole(1, 65_535),
    "device_address": _address,
    "encoding": _encoding,
    "time_zone": zone,
    "clock_tolerance": _SECONDS,
    "languages": table(LANGUAGES, _WORD),
    "fallback_language": _WORD,
    "reprint_tries": whole(1, 10),
    "test_marks": list_of(text),
    "test_mode": switch,
    "timers": section(Timers, {each.name: _SECONDS if each.name in _PAUSES else _WAITING for each in fields(Timers)}),
    "abilities": section_of(Abilities, switch),
    "mapping": section(Inferred, _MAPPING),
}
