"""Typed readers of environment variables that stop the start on a bad or missing value, naming the variable.

``NAME_FILE`` may hold the path of a file with the value, as container secrets are handed over.
"""

from __future__ import annotations

import os
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
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from error


def words(name: str, default: str | None = None) -> list[str]:
    """A list, separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


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
