"""Reads a ZVT device record (plain JSON) into a profile, and names what is wrong in it."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import fields, replace

from hardware.terminal.records import (
    Reader,
    list_of,
    mapping,
    matching,
    one_of,
    read_object,
    refuse_unknown,
    seconds,
    switch,
    text,
    whole,
    wrong,
    zone,
)
from hardware.terminal.zvt.encodings import ZVT_7_BIT
from hardware.terminal.zvt.profile import PRESETS, Algorithm, Booking, Profile, Release, Reported, Timers, TokenSource

_SECONDS = seconds(0.001, 3600)
_BYTE = matching(r"[0-9A-Fa-f]{2}", 'a byte such as "BE"')


def read_profile(record: Mapping[str, object]) -> Profile:
    """Build a profile: the ``preset`` (``plain``), and what the record says otherwise.

    Raises ValueError, naming the key, for an unknown key or a value of the wrong kind.
    """
    given = dict(record)
    name = given.pop("preset", "plain")
    if not isinstance(name, str) or name not in PRESETS:
        raise wrong("preset", f"one of {', '.join(PRESETS)}")
    refuse_unknown(record, {"preset", *_READERS})
    preset = PRESETS[name]
    timers = _timers(preset.timers, given.pop("timers", {}))
    return replace(preset, timers=timers, **{key: _READERS[key](key, value) for key, value in given.items()})


def _timers(preset: Timers, value: object) -> Timers:
    readers = dict.fromkeys((each.name for each in fields(Timers)), _SECONDS)
    timers = replace(preset, **read_object(mapping("timers", value), readers, "timers."))
    if timers.card_slice > 255:
        raise wrong("timers.card_slice", "at most 255 seconds")
    return timers


def _byte(key: str, value: object) -> int:
    return int(_BYTE(key, value), 16)


def _byte_or_none(key: str, value: object) -> int | None:
    return None if value is None else _byte(key, value)


def _charset(key: str, value: object) -> str:
    try:
        return ZVT_7_BIT if value == ZVT_7_BIT else codecs.lookup(value if isinstance(value, str) else "").name
    except (LookupError, ValueError):
        raise wrong(key, f"a character set such as cp437, iso8859-15, utf-8 or {ZVT_7_BIT}") from None


_READERS: Mapping[str, Reader] = {
    **{each.name: switch for each in fields(Profile) if each.type == "bool"},
    "port": whole(1, 65_535),
    "password": matching(r"[0-9]{6}", "six digits"),
    "config": _byte,
    "charset": _charset,
    **dict.fromkeys(("payment_type", "card_type", "card_dialogue"), _byte_or_none),
    "booking": one_of(Booking),
    "release": one_of(Release),
    "reported": one_of(Reported),
    "token": one_of(TokenSource),
    "algorithm": one_of(Algorithm),
    "reference_kind": matching(r"[A-Z]{2}", "two capital letters"),
    "test_marks": list_of(text),
    "time_zone": zone,
    "clock_tolerance": _SECONDS,
    "timers": _SECONDS,  # read by itself
}
