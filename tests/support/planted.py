"""Secrets that are planted where they do not belong, and every place where they may turn up afterwards."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from typing import Any

from django.db import connection
from hypothesis import strategies as st

from hardware.logs import Redact

#: What stands between the digits of a card number: that much as people and receipts write it.
_BETWEEN = re.compile(r"(?<=\d)[\s\-]{1,3}(?=\d)")


def with_check_digit(digits: str) -> str:
    """``digits`` with the one that makes them a card number (Luhn)."""
    doubled = [int(each) * (2 - place % 2) for place, each in enumerate(reversed(digits))]
    return digits + str(-sum(each // 10 + each % 10 for each in doubled) % 10)


def dressed(pan: str, between: str) -> str:
    """``pan`` as a receipt prints it: in fours."""
    return between.join(pan[at : at + 4] for at in range(0, len(pan), 4))


def pans() -> st.SearchStrategy[str]:
    """Card numbers of 13 to 19 digits, in one piece, with blanks or with hyphens."""
    digits = st.integers(12, 18).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size))
    return st.builds(dressed, digits.map(with_check_digit), st.sampled_from(["", " ", "-", "  ", " - "]))


def require_untold(places: Mapping[str, str], secrets: Mapping[str, str]) -> None:
    """No secret in any of ``places``, whatever stands between its digits."""
    for place, text in places.items():
        compact = _BETWEEN.sub("", text)
        for name, secret in secrets.items():
            at = compact.find(_BETWEEN.sub("", secret))
            assert at < 0, f"the {name} is in the {place}: {compact[max(0, at - 80) : at + 40]}"


def stored() -> str:
    """Every value of every row of every table."""
    rows: list[Any] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  a table of our own
            rows += cursor.fetchall()
    return repr(rows)


def queued(valkey: Any) -> str:
    """Everything that waits in Valkey, whatever its kind."""
    readers = {
        "string": valkey.get,
        "list": lambda key: valkey.lrange(key, 0, -1),
        "set": valkey.smembers,
        "hash": valkey.hgetall,
        "zset": lambda key: valkey.zrange(key, 0, -1),
    }
    return " ".join(f"{key!r} {readers[valkey.type(key).decode()](key)!r}" for key in valkey.scan_iter())


@contextmanager
def everything_said(valkey: Any) -> Iterator[list[str]]:
    """The messages that are published meanwhile; they are in the list after the block."""
    heard: list[str] = []
    with valkey.pubsub() as ear:
        ear.psubscribe("*")
        ear.get_message(timeout=1)  # that it is subscribed
        yield heard
        while (message := ear.get_message(timeout=0.1)) is not None:
            heard.append(repr(message))


@contextmanager
def everything_logged() -> Iterator[StringIO]:
    """What the product's own handler writes meanwhile, from the level DEBUG on."""
    (console,) = (each for each in logging.root.handlers if any(isinstance(by, Redact) for by in each.filters))
    assert isinstance(console, logging.StreamHandler)
    written, level, stream = StringIO(), logging.root.level, console.stream
    console.setStream(written)
    logging.root.setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        logging.root.setLevel(level)
        console.setStream(stream)
