"""Waiting for something to become true, and never longer than said."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from inspect import isawaitable
from time import monotonic
from typing import Any, Literal, TypeVar

T = TypeVar("T")

#: Seconds between the first two looks, and between later ones: what is looked at needs the processor too.
_FIRST_PAUSE, _PAUSE = 0.005, 0.05


def eventually(
    condition: Callable[[], T | Literal[False] | None], timeout: float = 10, what: str = "", pause: float = _PAUSE
) -> T:
    """The first truthy value of ``condition()``. Raises AssertionError after ``timeout`` seconds.

    ``pause`` is the longest between two looks.
    """
    deadline = monotonic() + timeout
    pauses = _growing(pause)
    while not (value := condition()):
        if monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s: {what or condition}")
        threading.Event().wait(next(pauses))
    return value


async def eventually_async(condition: Callable[[], Any], timeout: float = 10, what: str = "") -> Any:
    """The same inside an event loop; ``condition`` may be a coroutine function."""
    deadline = monotonic() + timeout
    pauses = _growing(_PAUSE)
    while True:
        value = condition()
        if isawaitable(value):
            value = await value
        if value:
            return value
        if monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s: {what or condition}")
        await asyncio.sleep(next(pauses))


def _growing(longest: float) -> Iterator[float]:
    pause = min(_FIRST_PAUSE, longest)
    while True:
        yield pause
        pause = min(pause * 1.3, longest)
