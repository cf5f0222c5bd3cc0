"""Readers for device records, which are plain JSON: each takes a key and its value, and names the key of a wrong one. Pure.

No value is ever quoted: it may be a password or an API key in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

#: Returns what the value means. Raises ValueError with a text for the installer.
Reader = Callable[[str, object], Any]


def wrong(key: str, wanted: str) -> ValueError:
    """Return the error for the value of ``key``."""
    return ValueError(f"profile: {key} must be {wanted}")


def refuse_unknown(given: Iterable[str], known: Iterable[str], where: str = "") -> None:
    """Raise ValueError for a key that nobody reads; ``where`` is the keys above it, with their dots."""
    known = set(known)
    for key in given:
        if key not in known:
            raise ValueError(f"profile: unknown key {where}{key!s}; expected one of {', '.join(sorted(known))}")


def read_object(given: Mapping[str, object], readers: Mapping[str, Reader], where: str = "") -> dict[str, Any]:
    """Read each value by the reader of its key. Raises ValueError."""
    refuse_unknown(given, readers, where)
    return {key: readers[key](where + key, value) for key, value in given.items()}


def mapping(key: str, value: object) -> Mapping[str, object]:
    """Read an object."""
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise wrong(key, "an object")
    return value


def text(key: str, value: object) -> str:
    """Read a text that is not empty."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise wrong(key, "a text")
    return value


def switch(key: str, value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise wrong(key, "true or false")
    return value


def zone(key: str, value: object) -> ZoneInfo:
    """Read the name of a time zone."""
    try:
        return ZoneInfo(text(key, value))
    except (OSError, ValueError, KeyError):
        raise wrong(key, "a time zone such as Europe/Amsterdam") from None


def verify_tls(key: str, value: object) -> bool | str:
    """Read whether a certificate is checked, or the path of the CA that it is checked against."""
    return value if isinstance(value, bool) else text(f"{key} (true, false or the path of a CA file)", value)


def perhaps(reader: Reader) -> Reader:
    """Return a reader that lets an empty text through."""
    return lambda key, value: "" if value == "" else reader(key, value)


def matching(pattern: str, wanted: str) -> Reader:
    """Return a reader of texts that match ``pattern`` as a whole."""

    def read(key: str, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise wrong(key, wanted)
        return value

    return read


def seconds(lowest: float, highest: float) -> Reader:
    """Return a reader of seconds."""
    return number(lowest, highest, "seconds")


def number(lowest: float, highest: float, what: str = "a number") -> Reader:
    """Return a reader of numbers."""

    def read(key: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            raise wrong(key, f"{what} from {lowest:g} to {highest:g}")
        return float(value)

    return read


def whole(lowest: int, highest: int) -> Reader:
    """Return a reader of whole numbers."""

    def read(key: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise wrong(key, f"a whole number from {lowest} to {highest}")
        return value

    return read


def list_of(reader: Reader) -> Reader:
    """Return a reader of short lists."""

    def read(key: str, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) > 20:
            raise wrong(key, "a list of at most 20")
        return tuple(reader(key, each) for each in value)

    return read


def one_of(kind: type[StrEnum]) -> Reader:
    """Return a reader of the members of ``kind``."""

    def read(key: str, value: object) -> StrEnum:
        if value not in list(kind):
            raise wrong(key, f"one of {', '.join(kind)}")
        return kind(str(value))

    return read


def table(defaults: Mapping[str, Any], reader: Reader, known: Iterable[str] | None = None) -> Reader:
    """Return a reader of an object that adds to ``defaults`` or changes them; ``known``: the only keys it may have."""

    def read(key: str, value: object) -> dict[str, Any]:
        given = mapping(key, value)
        readers = dict.fromkeys(given if known is None else known, reader)
        return {**defaults, **read_object(given, readers, f"{key}.")}

    return read


def section(kind: type[Any], readers: Mapping[str, Reader]) -> Reader:
    """Return a reader of an object that becomes a ``kind``."""
    return lambda key, value: kind(**read_object(mapping(key, value), readers, f"{key}."))


def section_of(kind: type[Any], reader: Reader) -> Reader:
    """Return a reader of an object that becomes a ``kind``, a dataclass whose fields are all read alike."""
    return section(kind, dict.fromkeys((each.name for each in fields(kind)), reader))
