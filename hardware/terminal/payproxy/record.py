"""Reads a PayProxy device record (plain JSON) into a profile, and names what is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from hardware.terminal.interface import Reason
from hardware.terminal.payproxy.profile import (
    LANGUAGES,
    REASON_CODES,
    FieldNames,
    Paths,
    PaymentTypes,
    Profile,
    ReadTimeouts,
)
from hardware.terminal.payproxy.words import STATUS_WORDS, Meaning, normalised

Section = TypeVar("Section", Paths, FieldNames, PaymentTypes, ReadTimeouts)
Reader = Callable[[str, object], Any]

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")


def read_profile(record: Mapping[str, object]) -> Profile:
    """Build a profile from the device record's JSON; what it leaves out keeps its default.

    Raises ValueError, naming the key, for an unknown key or a value of the wrong kind.
    """
    _refuse_unknown("", record, set(_READERS))
    return Profile(**{key: _READERS[key](key, value) for key, value in record.items()})


def _wrong(key: str, wanted: str, value: object) -> ValueError:
    shown = "a value" if key.startswith("headers") else repr(value)
    return ValueError(f"profile: {key} must be {wanted}, not {shown}")


def _refuse_unknown(where: str, given: Mapping[str, object], known: set[str]) -> None:
    for key in given:
        if key not in known:
            raise ValueError(f"profile: unknown key {where}{key!s}; expected one of {', '.join(sorted(known))}")


def _mapping(key: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise _wrong(key, "an object", value)
    return value


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _wrong(key, "a text", value)
    return value


def _path(key: str, value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"/[!-~]*", value):
        raise _wrong(key, "a path that starts with /", value)
    return value


def _switch(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(key, "true or false", value)
    return value


def _seconds(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 600:
        raise _wrong(key, "seconds above 0 and at most 600", value)
    return float(value)


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(key, "a list of texts", value)
    return tuple(_text(key, each) for each in value)


def _verify_tls(key: str, value: object) -> bool | str:
    return value if isinstance(value, bool) else _text(f"{key} (true, false or the path of a CA file)", value)


def _section(kind: type[Section], reader: Reader) -> Callable[[str, object], Section]:
    def read(key: str, value: object) -> Section:
        given = _mapping(key, value)
        _refuse_unknown(f"{key}.", given, {each.name for each in fields(kind)})
        return kind(**{name: reader(f"{key}.{name}", each) for name, each in given.items()})

    return read


def _headers(key: str, value: object) -> Mapping[str, str]:
    for name, text in _mapping(key, value).items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"profile: {key}: {name!r} is not a header name")
        if not isinstance(text, str) or not _HEADER_VALUE.fullmatch(text):
            raise _wrong(f"{key}.{name}", "a text of printable ASCII", text)
    return {name: str(text) for name, text in _mapping(key, value).items()}


def _languages(key: str, value: object) -> Mapping[str, str]:
    return {
        **LANGUAGES,
        **{name: _text(f"{key}.{name}", word) for name, word in _mapping(key, value).items()},
    }


def _reason_codes(key: str, value: object) -> Mapping[str, str]:
    given = _mapping(key, value)
    _refuse_unknown(f"{key}.", given, set(Reason))
    return {
        **REASON_CODES,
        **{name: _text(f"{key}.{name}", word) for name, word in given.items()},
    }


def _status_words(key: str, value: object) -> Mapping[str, Meaning]:
    given = _mapping(key, value)
    for word, meaning in given.items():
        if meaning not in list(Meaning):
            raise _wrong(f"{key}.{word}", f"one of {', '.join(Meaning)}", meaning)
    return normalised(STATUS_WORDS) | normalised({word: Meaning(str(meaning)) for word, meaning in given.items()})


_READERS: Mapping[str, Reader] = {
    "paths": _section(Paths, _path),
    "fields": _section(FieldNames, _text),
    "payment_types": _section(PaymentTypes, _text),
    "read_timeouts": _section(ReadTimeouts, _seconds),
    "connect_timeout": _seconds,
    "headers": _headers,
    "verify_tls": _verify_tls,
    "operating_environment": _text,
    "access_protocol": _text,
    "environment": _text,
    "languages": _languages,
    "fallback_language": _text,
    "reason_codes": _reason_codes,
    "status_words": _status_words,
    "ready_states": _texts,
    "busy_states": _texts,
    "test_marks": _texts,
    "test_mode": _switch,
    "check_request_id": _switch,
    "refund": _switch,
    "recover": _switch,
    "recovers_only_the_last": _switch,
}
