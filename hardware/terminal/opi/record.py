"""Reads an OPI device record (plain JSON) and URL, and names what is wrong in them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from hardware.terminal.interface import Reason
from hardware.terminal.opi.mapping import REASON_CODES, AnswerPlaces, Inferred, RequestPlaces, RequestTypes
from hardware.terminal.opi.markup import ENCODINGS
from hardware.terminal.opi.places import is_place
from hardware.terminal.opi.profile import LANGUAGES, Abilities, Profile, Timers
from hardware.terminal.opi.words import RESULTS, Meaning

DEFAULT_PORT = 4100

Reader = Callable[[str, object], Any]


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
    return Profile(**_object("", record, _PROFILE))


def _wrong(key: str, wanted: str, value: object) -> ValueError:
    return ValueError(f"profile: {key} must be {wanted}, not {value!r}")


def _object(where: str, given: Mapping[str, object], readers: Mapping[str, Reader]) -> dict[str, Any]:
    for key in given:
        if key not in readers:
            raise ValueError(f"profile: unknown key {where}{key!s}; expected one of {', '.join(sorted(readers))}")
    return {key: readers[key](where + key, value) for key, value in given.items()}


def _mapping(key: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise _wrong(key, "an object", value)
    return value


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _wrong(key, "a text", value)
    return value


def _perhaps(key: str, value: object) -> str:
    return "" if value == "" else _text(key, value)


def _word(key: str, value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", value):
        raise _wrong(key, "a word of letters and digits", value)
    return value


def _place(key: str, value: object) -> str:
    if not isinstance(value, str) or not is_place(value):
        raise _wrong(key, "a place such as Tender/TotalAmount@Currency", value)
    return value


def _places(key: str, value: object) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given:
        raise _wrong(key, "a place or a list of places", value)
    return tuple(_place(key, each) for each in given)


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(key, "a list of texts", value)
    return tuple(_text(key, each) for each in value)


def _switch(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(key, "true or false", value)
    return value


def _seconds(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 600:
        raise _wrong(key, "seconds from 0 to 600", value)
    return float(value)


def _waiting(key: str, value: object) -> float:
    seconds = _seconds(key, value)
    if not seconds:
        raise _wrong(key, "seconds above 0", value)
    return seconds


def _whole(lowest: int, highest: int) -> Reader:
    def read(key: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise _wrong(key, f"a whole number from {lowest} to {highest}", value)
        return value

    return read


def _address(key: str, value: object) -> str:
    try:
        return str(ipaddress.IPv4Address(value if isinstance(value, str) else ""))
    except ValueError:
        raise _wrong(key, "an IPv4 address", value) from None


def _encoding(key: str, value: object) -> str:
    if value not in ENCODINGS:
        raise _wrong(key, f"one of {', '.join(ENCODINGS)}", value)
    return str(value)


def _zone(key: str, value: object) -> ZoneInfo:
    try:
        return ZoneInfo(_text(key, value))
    except (OSError, ValueError, KeyError):
        raise _wrong(key, "a time zone such as Europe/Amsterdam", value) from None


def _languages(key: str, value: object) -> Mapping[str, str]:
    return {**LANGUAGES, **{name: _word(f"{key}.{name}", word) for name, word in _mapping(key, value).items()}}


def _reason_codes(key: str, value: object) -> Mapping[str, str]:
    return {**REASON_CODES, **_object(f"{key}.", _mapping(key, value), dict.fromkeys(Reason, _perhaps))}


def _results(key: str, value: object) -> Mapping[str, Meaning]:
    given = _mapping(key, value)
    for word, meaning in given.items():
        if meaning not in list(Meaning):
            raise _wrong(f"{key}.{word}", f"one of {', '.join(Meaning)}", meaning)
    return {**RESULTS, **{word: Meaning(str(meaning)) for word, meaning in given.items()}}


def _section(kind: type[Any], readers: Mapping[str, Reader]) -> Reader:
    return lambda key, value: kind(**_object(f"{key}.", _mapping(key, value), readers))


def _each(kind: type[Any], reader: Reader) -> Reader:
    return _section(kind, dict.fromkeys((each.name for each in fields(kind)), reader))


_PAUSES = ("reprint_pause", "unavailable_pause", "status_interval")

_MAPPING: Mapping[str, Reader] = {
    "request_types": _each(RequestTypes, _word),
    "request_places": _each(RequestPlaces, _place),
    "answer_places": _each(AnswerPlaces, _places),
    "reason_codes": _reason_codes,
    "results": _results,
    **dict.fromkeys(("ready_states", "busy_states", "reprint_states", "logged_out_states"), _texts),
    **dict.fromkeys(("deliver", "confirm", "unheard_means_not_done"), _switch),
}

_PROFILE: Mapping[str, Reader] = {
    "workstation_id": _word,
    "application_sender": _word,
    "pop_id": _word,
    "listen_address": _address,
    "listen_port": _whole(1, 65_535),
    "device_address": _address,
    "encoding": _encoding,
    "time_zone": _zone,
    "clock_tolerance": _seconds,
    "languages": _languages,
    "fallback_language": _word,
    "reprint_tries": _whole(1, 10),
    "test_marks": _texts,
    "test_mode": _switch,
    "timers": _section(Timers, {each.name: _seconds if each.name in _PAUSES else _waiting for each in fields(Timers)}),
    "abilities": _each(Abilities, _switch),
    "mapping": _section(Inferred, _MAPPING),
}
