"""Typed readers of environment variables that stop the start on a bad or missing value, naming the variable.

``NAME_FILE`` may hold the path of a file with the value, as container secrets are handed over.
"""

from __future__ import annotations

import os
from datetime import time
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None) -> str:
    """The value of ``name``. Raises ImproperlyConfigured when it is not set and has no default."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read: {error.strerror}") from error
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set; see docs/settings.md")
    return value


def flag(name: str, *, default: bool = False) -> bool:
    """A yes or no."""
    value = text(name, "1" if default else "0").lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")


def number(name: str, default: int) -> int:
    """A whole number."""
    return _whole(name, text(name, str(default)))


def clock(name: str, default: str) -> time:
    """A time of the day, as in 03:30."""
    value = text(name, default)
    try:
        return time.fromisoformat(value).replace(tzinfo=None)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a time such as 03:30, not {value!r}") from error


def words(name: str, default: str | None = None) -> list[str]:
    """A list, separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def numbers(name: str, default: str) -> list[int]:
    """Whole numbers, separated by commas."""
    return [_whole(name, word) for word in words(name, default)]


def table(name: str, default: str) -> dict[str, int]:
    """Whole numbers by word: "5,VISA=4" is 4 for visa and 5 (under the empty word, which is needed) for the rest."""
    pairs = [word.rpartition("=") for word in words(name, default)]
    found = {key.strip().lower(): _whole(name, value) for key, _, value in pairs}
    if "" not in found:
        raise ImproperlyConfigured(f"{name} needs a number for everything that it does not name, as in '5,VISA=4'")
    return found


def secrets(name: str, demo: str | None) -> list[str]:
    """Keys, newest first, separated by commas; at least 32 characters each.

    ``demo`` is the value in demo mode and None in production, where the demo's own keys are refused.
    """
    keys = words(name, demo)
    if not keys:
        raise ImproperlyConfigured(f"{name} is empty; see docs/settings.md")
    for key in keys:
        if len(key) < 32:
            raise ImproperlyConfigured(f"{name} holds a key of {len(key)} characters; 32 or more are needed")
        if demo is None and key.startswith("demo-"):
            raise ImproperlyConfigured(f"{name} holds the key of the demo; make one of your own, see docs/settings.md")
    return keys


def require_different(**keys: list[str]) -> None:
    """Refuse a key that stands in two of these settings: whoever breaks one of them would have broken both."""
    seen: dict[str, str] = {}
    for name, of_name in keys.items():
        for key in of_name:
            if seen.setdefault(key, name) != name:
                raise ImproperlyConfigured(f"{seen[key]} and {name} hold the same key; make one for each")


def _whole(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from error
