"""What a hash covers: the same text for the same content, whatever the database. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

#: The columns of an entry that its hash covers, in this order; the hash of the entry before comes first.
ENTRY = (
    "authorisation_id",
    "number",
    "at",
    "cause",
    "actor",
    "user_id",
    "operation_id",
    "refund_id",
    "decision_id",
    "currency",
    "was_state",
    "was_authorised_minor",
    "was_captured_minor",
    "was_released_minor",
    "was_refunded_minor",
    "state",
    "requested_minor",
    "authorised_minor",
    "captured_minor",
    "released_minor",
    "refunded_minor",
)
#: The same for a seal.
SEAL = ("number", "at", "highest_id", "count", "digest")


def chained(previous: str, values: Sequence[object]) -> str:
    """The hash of ``values`` that come after what has the hash ``previous`` (empty: nothing)."""
    return hashlib.sha256(spelled(previous, values)).hexdigest()


def spelled(previous: str, values: Sequence[object]) -> bytes:
    """What is hashed."""
    return _ENCODER.encode([previous, *values]).encode()


def _plain(value: object) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=_plain)
