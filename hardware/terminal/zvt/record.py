"""Reads a ZVT device record (plain JSON) into a profile, and names what is wrong in it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from hardware.terminal.zvt.encodings import ZVT_7_BIT
from hardware.terminal.zvt.profile import PRESETS, Algorithm, Booking, Profile, Release, Reported, Timers, TokenSource

Reader = Callable[[str, object], Any]


def read_profile(record: Mapping[str, object]) -> Profile:
    """Build a profile: the ``preset`` (``plain``), and what the record says otherwise.

    Raises ValueError, naming the key, for an unknown key or a value of the wrong kind.
    """
    given = dict(record)
    name = given.pop("preset", "plain")
    if name not in PRESETS:
        raise _wrong("preset", f"one of {', '.join(PRESETS)}", name)
    _refuse_unknown("", given, {"preset", *_READERS})
    preset = PRESETS[str(name)]
    timers = _timers(preset.timers, given.pop("timers", {}))
    return replace(preset, timers=timers, **{key: _READERS[key](key, value) for key, value in given.items()})


def _wrong(key: str, wanted: str, value: object) -> ValueError:
    shown = "what is there" if key == "password" else repr(value)
    return ValueError(f"profile: {key} must be {wanted}, not {shown}")


def _refuse_unknown(where: str, given: Mapping[str, object], known: set[str]) -> None:
    for key in given:
        if key not in known:
            raise ValueError(f"profile: unknown key {where}{key!s}; expected one of {', '.join(sorted(known))}")


def _timers(preset: Timers, value: object) -> Timers:
    if not isinstance(value, Mapping):
        raise _wrong("timers", "an object", value)
    _refuse_unknown("timers.", value, {each.name for each in fields(Timers)})
    timers = replace(preset, **{name: _seconds(f"timers.{name}", each) for name, each in value.items()})
    if timers.card_slice > 255:
        raise _wrong("timers.card_slice", "at most 255 seconds", timers.card_slice)
    return timers


def _switch(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(key, "true or false", value)
    return value


def _seconds(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 3600:
        raise _wrong(key, "seconds above 0 and at most 3600", value)
    return float(value)


def _port(key: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 65_535:
        raise _wrong(key, "a port from 1 to 65535", value)
    return value


def _byte(key: str, value: object) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9A-Fa-f]{2}", value):
        raise _wrong(key, 'a byte such as "BE"', value)
    return int(value, 16)


def _byte_or_none(key: str, value: object) -> int | None:
    return None if value is None else _byte(key, value)


def _matching(pattern: str, wanted: str) -> Reader:
    def read(key: str, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise _wrong(key, wanted, value)
        return value

    return read


def _one_of(kind: type[StrEnum]) -> Reader:
    def read(key: str, value: object) -> StrEnum:
        if value not in list(kind):
            raise _wrong(key, f"one of {', '.join(kind)}", value)
        return kind(str(value))

    return read


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) and each.strip() for each in value):
        raise _wrong(key, "a list of texts", value)
    return tuple(value)


def _charset(key: str, value: object) -> str:
    try:
        return ZVT_7_BIT if value == ZVT_7_BIT else codecs.lookup(value if isinstance(value, str) else "").name
    except (LookupError, ValueError):
        raise _wrong(key, f"a character set such as cp437, iso8859-15, utf-8 or {ZVT_7_BIT}", value) from None


def _zone(key: str, value: object) -> ZoneInfo:
    try:
        return ZoneInfo(value if isinstance(value, str) else "")
    except (OSError, ValueError, KeyError):
        raise _wrong(key, "a time zone such as Europe/Amsterdam", value) from None


_READERS: Mapping[str, Reader] = {
    **{each.name: _switch for each in fields(Profile) if each.type == "bool"},
    "port": _port,
    "password": _matching(r"[0-9]{6}", "six digits"),
    "config": _byte,
    "charset": _charset,
    **dict.fromkeys(("payment_type", "card_type", "card_dialogue"), _byte_or_none),
    "booking": _one_of(Booking),
    "release": _one_of(Release),
    "reported": _one_of(Reported),
    "token": _one_of(TokenSource),
    "algorithm": _one_of(Algorithm),
    "reference_kind": _matching(r"[A-Z]{2}", "two capital letters"),
    "test_marks": _texts,
    "time_zone": _zone,
    "clock_tolerance": _seconds,
    "timers": _seconds,  # read by itself
}
