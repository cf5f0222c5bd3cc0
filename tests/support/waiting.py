"""Waiting for something to become true, and never longer than said."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from inspect import isawaitable
from time import monotonic
from typing import Any, Literal, TypeVar

T = TypeVar("T")

_PAUSE = 0.01


def eventually(
    condition: Callable[[], T | Literal[False] | None], timeout: float = 10, what: str = "", pause: float = _PAUSE
) -> T:
    """The first truthy value of ``condition()``. Raises AssertionError after ``timeout`` seconds."""
    deadline = monotonic() + timeout
    while not (value := condition()):
        if monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s: {what or condition}")
        threading.Event().wait(pause)
    return value


async def eventually_async(condition: Callable[[], Any], timeout: float = 10, what: str = "") -> Any:
    """The same inside an event loop; ``condition`` may be a coroutine function."""
    deadline = monotonic() + timeout
    while True:
        value = condition()
        if isawaitable(value):
            value = await value
        if value:
            return value
        if monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s: {what or condition}")
        await asyncio.sleep(_PAUSE)
