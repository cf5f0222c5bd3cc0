"""Reads a PayProxy device record (plain JSON) into a profile, and names what is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Mapping

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
from hardware.terminal.records import (
    Reader,
    list_of,
    mapping,
    matching,
    one_of,
    read_object,
    seconds,
    section_of,
    switch,
    table,
    text,
    verify_tls,
    wrong,
)

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")


def read_profile(record: Mapping[str, object]) -> Profile:
    """Build a profile from the device record's JSON; what it leaves out keeps its default.

    Raises ValueError, naming the key, for an unknown key or a value of the wrong kind.
    """
    return Profile(**read_object(record, _READERS))


def _headers(key: str, value: object) -> Mapping[str, str]:
    for name, each in mapping(key, value).items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"profile: {key}: {name!r} is not a header name")
        if not isinstance(each, str) or not _HEADER_VALUE.fullmatch(each):
            raise wrong(f"{key}.{name}", "a text of printable ASCII")
    return {name: str(each) for name, each in mapping(key, value).items()}


def _status_words(key: str, value: object) -> Mapping[str, Meaning]:
    return normalised(STATUS_WORDS) | normalised(table({}, one_of(Meaning))(key, value))


_PATH = matching(r"/[!-~]*", "a path that starts with /")
_SECONDS = seconds(0.001, 600)

_READERS: Mapping[str, Reader] = {
    "paths": section_of(Paths, _PATH),
    "fields": section_of(FieldNames, text),
    "payment_types": section_of(PaymentTypes, text),
    "read_timeouts": section_of(ReadTimeouts, _SECONDS),
    "connect_timeout": _SECONDS,
    "headers": _headers,
    "verify_tls": verify_tls,
    "operating_environment": text,
    "access_protocol": text,
    "environment": text,
    "languages": table(LANGUAGES, text),
    "fallback_language": text,
    "reason_codes": table(REASON_CODES, text, known=Reason),
    "status_words": _status_words,
    "ready_states": list_of(text),
    "busy_states": list_of(text),
    "test_marks": list_of(text),
    "test_mode": switch,
    "check_request_id": switch,
    "refund": switch,
    "recover": switch,
    "recovers_only_the_last": switch,
}
