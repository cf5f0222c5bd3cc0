"""Reads the device record (plain JSON) and the URL of a CCV cloud terminal, and names what is wrong in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import parse_qsl, urlsplit

from hardware.terminal.ccv.mapping import FAILURE_CODES, STATES, Ending, Mapped, Paths, Places, State, Types
from hardware.terminal.ccv.profile import LANGUAGES, Abilities, Profile, Timers
from hardware.terminal.records import (
    Reader,
    list_of,
    matching,
    number,
    one_of,
    perhaps,
    read_object,
    seconds,
    section,
    section_of,
    switch,
    table,
    text,
    verify_tls,
    whole,
)

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
    return Profile(**read_object(record, _PROFILE))


_SECONDS = seconds(0, 600)
_URL = matching(r"|https?://[!-~]{1,400}", "a URL")
_PLACE = matching(r"[A-Za-z][A-Za-z0-9_.]{0,60}", "a name, or names with dots between them")
_WORD = matching(r"[A-Za-z0-9_-]{1,40}", "a word of letters and digits")

_TIMERS: Mapping[str, Reader] = {
    **dict.fromkeys((each.name for each in fields(Timers)), _SECONDS),
    **dict.fromkeys(("connect", "answer", "cardholder", "settle", "poll_first", "poll_longest"), seconds(0.001, 600)),
    "poll_growth": number(1, 10),
}
_MAPPING: Mapping[str, Reader] = {
    "paths": section_of(Paths, matching(r"/[A-Za-z0-9/_-]{1,80}", "a path that starts with /")),
    "types": section_of(Types, _WORD),
    "places": section_of(Places, _PLACE),
    "states": table(STATES, one_of(State)),
    "failure_codes": table(FAILURE_CODES, one_of(Ending)),
    "token_flag": perhaps(_WORD),
    "lists": list_of(_WORD),
}
_PROFILE: Mapping[str, Reader] = {
    "key_env": matching(r"CCV_[A-Z0-9_]{1,60}", "the name of an environment variable that begins with CCV_"),
    "key_file": matching(r"/[ -~]{1,300}", "the whole path of a file"),
    "live_hosts": list_of(text),
    "test_hosts": list_of(text),
    "verify_tls": verify_tls,
    **dict.fromkeys(("test_mode", "partial_approval", "notifications", "amounts_as_text"), switch),
    **dict.fromkeys(("user_agent", "description"), matching(r"[ -~]{1,80}", "a short text of printable ASCII")),
    **dict.fromkeys(("management_system_id", "access_protocol", "operating_environment", "fallback_language"), _WORD),
    "ip": perhaps(text),
    "port": whole(0, 65_535),
    "return_url": _URL,
    "webhook_url": _URL,
    "languages": table(LANGUAGES, _WORD),
    "repeat_pauses": list_of(_SECONDS),
    "throttle_pauses": list_of(_SECONDS),
    "lookback_days": whole(1, 366),
    "test_marks": list_of(text),
    "timers": section(Timers, _TIMERS),
    "abilities": section_of(Abilities, switch),
    "mapping": section(Mapped, _MAPPING),
}
