"""How long to wait before the next try. Every delay is written to the row it belongs to, and survives a restart."""

from __future__ import annotations

import random
from datetime import timedelta

#: A capture or release that provably did nothing: 5 s, 10 s, 20 s ... an hour, hourly for a day, then daily.
_RETRY_FIRST, _HOUR, _DAY = 5.0, 3600.0, 86_400.0
#: The doubling reaches the hour at the 11th time; the hours are a day at the 34th.
_HOURLY_TRIES = 34
#: An operation in doubt: 4 s as CCV's own client does (reference: ccv-interfaces.md 4.7), then later and later.
_RECOVERY_FIRST, _RECOVERY_LONGEST = 4.0, 900.0
#: After so many questions a person decides; a bit more than an hour.
RECOVERY_TRIES = 12

_jitter = random.SystemRandom()


def before_retry(tries: int) -> timedelta:
    """The delay after the ``tries``-th time (from 1) that something provably did nothing."""
    return _growing(tries, _RETRY_FIRST, _HOUR) if tries <= _HOURLY_TRIES else _growing(1, _DAY, _DAY)


def before_recovery(tries: int) -> timedelta:
    """The delay after the ``tries``-th question (from 0) about an operation in doubt."""
    return _growing(tries + 1, _RECOVERY_FIRST, _RECOVERY_LONGEST)


def _growing(step: int, first: float, longest: float) -> timedelta:
    seconds = min(first * 2 ** min(step - 1, 20), longest)
    return timedelta(seconds=seconds * _jitter.uniform(1.0, 1.25))  # so that a fleet does not knock all at once
