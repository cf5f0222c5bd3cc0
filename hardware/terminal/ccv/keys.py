"""The API key: where it is kept, what it opens, and what it must never be mixed up with.

The device record names an environment variable or a file and never holds the key, so that neither a backup of the
database nor a person who may read the record has it. Whatever is found there must look like a key of CCV, so that a
record cannot have any other secret of this machine sent to a host of its choice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from hardware.terminal.ccv.profile import Profile

_KEY = re.compile(r"[lt]_[A-Za-z0-9_-]{8,200}")
_LONGEST_FILE = 1000  # bytes


class Side(StrEnum):
    """Real money, or not."""

    LIVE = "live"
    TEST = "test"
    UNKNOWN = "unknown"  # of a host that no setting names


@dataclass(frozen=True, slots=True)
class Key:
    """An API key. Its prefix says what it opens: ``l_`` live, ``t_`` test (chapter 2.1)."""

    value: str = field(repr=False)

    @property
    def side(self) -> Side:
        """What it opens."""
        return Side.TEST if self.value.startswith("t_") else Side.LIVE


@dataclass(frozen=True, slots=True)
class Access:
    """Which key meets which host, for the admin."""

    key: Side
    host: Side


def read_key(profile: Profile, environment: Mapping[str, str] = os.environ) -> Key:
    """Return the key that the profile names. Raises ValueError, with a text for the installer and never with the key."""
    if bool(profile.key_env) == bool(profile.key_file):
        raise ValueError("profile: name the API key's place, by either key_env (CCV_...) or key_file")
    if profile.key_env:
        place, text = f"the environment variable {profile.key_env}", environment.get(profile.key_env, "")
    else:
        place, text = f"the file {profile.key_file}", _read(profile.key_file)
    if not _KEY.fullmatch(text.strip()):
        raise ValueError(f"profile: {place} holds no API key of CCV (t_... or l_...), or cannot be read")
    return Key(text.strip())


def access(profile: Profile, key: Key, host: str) -> Access:
    """Return what meets what. Raises ValueError when a test is not said to be one, or the other way round."""
    if host in profile.live_hosts:
        side = Side.LIVE
    elif host in profile.test_hosts:
        side = Side.TEST
    else:
        side = Side.UNKNOWN
    is_test = Side.TEST in (key.side, side)
    if is_test and not profile.test_mode:
        raise ValueError(f'profile: a {key.side} key at a {side} host is a test: no money moves; say "test_mode": true')
    if profile.test_mode and not is_test:
        raise ValueError("profile: test_mode is true, but the key is a live one and the host is no test host")
    return Access(key.side, side)


def _read(path: str) -> str:
    try:
        with Path(path).open(encoding="ascii") as file:
            return file.read(_LONGEST_FILE)
    except (OSError, ValueError):
        return ""
