"""Reads the device record (plain JSON) and the URL of a CCV cloud terminal, and names what is wrong in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hardware.terminal.ccv.mapping import FAILURE_CODES, STATES, Ending, Mapped, Paths, Places, State, Types
from hardware.terminal.ccv.profile import LANGUAGES, Abilities, Profile, Timers

Reader = Callable[[str, object], Any]

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Address:
    """What the URL says: the API's root, its host, and the terminal id."""

    base_url: str
    host: str
    terminal_id: str


def read_url(url: str) -> Address:
    """Read ``ccv+https://api.psp.ccv.eu/api/v1?terminal=12345678``. Raises ValueError with a text for the installer."""
    try:
        parts = urlsplit(url)
        host, usable = parts.hostname or "", parts.port != 0
    except ValueError:
        host, usable = "", False
    if not host or not usable or any(map(str.isspace, url)):
        raise ValueError("terminal URL needs a host and may have a port from 1 to 65535")
    if "@" in parts.netloc or parts.fragment:
        raise ValueError("terminal URL may hold no key and no fragment: the profile names where the key is kept")
    query = parse_qsl(parts.query, keep_blank_values=True)
    if [name for name, _ in query] != ["terminal"] or not re.fullmatch(r"[A-Za-z0-9]{6,10}", query[0][1]):
        raise ValueError("terminal URL must end with ?terminal= and the terminal id of 6 to 10 letters and digits")
    if parts.scheme == "ccv+http" and host not in _LOOPBACK:
        raise ValueError("ccv+http is for the simulator on this machine: use ccv+https")
    base_url = f"{parts.scheme.removeprefix('ccv+')}://{parts.netloc}{parts.path.rstrip('/')}"
    return Address(base_url, host, query[0][1])


def read_profile(record: Mapping[str, object]) -> Profile:
    """Build a profile from the device record's JSON; what it leaves out keeps its default.

    Raises ValueError, naming the key, for an unknown key or a value of the wrong kind.
    """
    return Profile(**_object("", record, _PROFILE))


def _wrong(key: str, wanted: str) -> ValueError:
    return ValueError(f"profile: {key} must be {wanted}")  # without the value: it may be a key in the wrong place


def _object(where: str, given: Mapping[str, object], readers: Mapping[str, Reader]) -> dict[str, Any]:
    for key in given:
        if key not in readers:
            raise ValueError(f"profile: unknown key {where}{key!s}; expected one of {', '.join(sorted(readers))}")
    return {key: readers[key](where + key, value) for key, value in given.items()}


def _mapping(key: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise _wrong(key, "an object")
    return value


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _wrong(key, "a text")
    return value


def _perhaps(key: str, value: object) -> str:
    return "" if value == "" else _text(key, value)


def _matching(pattern: str, wanted: str) -> Reader:
    def read(key: str, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise _wrong(key, wanted)
        return value

    return read


def _switch(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(key, "true or false")
    return value


def _number(lowest: float, highest: float) -> Reader:
    def read(key: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            raise _wrong(key, f"a number from {lowest:g} to {highest:g}")
        return float(value)

    return read


def _whole(lowest: int, highest: int) -> Reader:
    def read(key: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise _wrong(key, f"a whole number from {lowest} to {highest}")
        return value

    return read


def _list_of(reader: Reader) -> Reader:
    def read(key: str, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) > 20:
            raise _wrong(key, "a list of at most 20")
        return tuple(reader(key, each) for each in value)

    return read


def _verify_tls(key: str, value: object) -> bool | str:
    return value if isinstance(value, bool) else _text(f"{key} (true, false or the path of a CA file)", value)


def _table(defaults: Mapping[str, Any], reader: Reader) -> Reader:
    return lambda key, value: {
        **defaults,
        **{name: reader(f"{key}.{name}", each) for name, each in _mapping(key, value).items()},
    }


def _one_of(kind: type[State] | type[Ending]) -> Reader:
    def read(key: str, value: object) -> State | Ending:
        if value not in list(kind):
            raise _wrong(key, f"one of {', '.join(kind)}")
        return kind(str(value))

    return read


def _section(kind: type[Any], readers: Mapping[str, Reader]) -> Reader:
    return lambda key, value: kind(**_object(f"{key}.", _mapping(key, value), readers))


def _each(kind: type[Any], reader: Reader) -> Reader:
    return _section(kind, dict.fromkeys((each.name for each in fields(kind)), reader))


_SECONDS = _number(0, 600)
_URL = _matching(r"|https?://[!-~]{1,400}", "a URL")
_PLACE = _matching(r"[A-Za-z][A-Za-z0-9_.]{0,60}", "a name, or names with dots between them")
_WORD = _matching(r"[A-Za-z0-9_-]{1,40}", "a word of letters and digits")

_TIMERS: Mapping[str, Reader] = {
    **dict.fromkeys((each.name for each in fields(Timers)), _SECONDS),
    **dict.fromkeys(("connect", "answer", "cardholder", "settle", "poll_first", "poll_longest"), _number(0.001, 600)),
    "poll_growth": _number(1, 10),
}
_MAPPING: Mapping[str, Reader] = {
    "paths": _each(Paths, _matching(r"/[A-Za-z0-9/_-]{1,80}", "a path that starts with /")),
    "types": _each(Types, _WORD),
    "places": _each(Places, _PLACE),
    "states": _table(STATES, _one_of(State)),
    "failure_codes": _table(FAILURE_CODES, _one_of(Ending)),
    "token_flag": lambda key, value: "" if value == "" else _WORD(key, value),
    "lists": _list_of(_WORD),
}
_PROFILE: Mapping[str, Reader] = {
    "key_env": _matching(r"CCV_[A-Z0-9_]{1,60}", "the name of an environment variable that begins with CCV_"),
    "key_file": _matching(r"/[ -~]{1,300}", "the whole path of a file"),
    "live_hosts": _list_of(_text),
    "test_hosts": _list_of(_text),
    "verify_tls": _verify_tls,
    **dict.fromkeys(("test_mode", "partial_approval", "notifications", "amounts_as_text"), _switch),
    **dict.fromkeys(("user_agent", "description"), _matching(r"[ -~]{1,80}", "a short text of printable ASCII")),
    **dict.fromkeys(("management_system_id", "access_protocol", "operating_environment", "fallback_language"), _WORD),
    "ip": _perhaps,
    "port": _whole(0, 65_535),
    "return_url": _URL,
    "webhook_url": _URL,
    "languages": _table(LANGUAGES, _WORD),
    "repeat_pauses": _list_of(_SECONDS),
    "throttle_pauses": _list_of(_SECONDS),
    "lookback_days": _whole(1, 366),
    "test_marks": _list_of(_text),
    "timers": _section(Timers, _TIMERS),
    "abilities": _each(Abilities, _switch),
    "mapping": _section(Mapped, _MAPPING),
}
