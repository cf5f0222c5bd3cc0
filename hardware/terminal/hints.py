"""Hints: whoever runs a terminal from afar may tell us that something has changed there. Pure.

A hint is never believed. It only has us ask sooner what we would have asked anyway.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

#: Bytes that a hint may have.
LARGEST_HINT = 4096


@runtime_checkable
class TakesHints(Protocol):
    """A driver that looks at once when it is told that something may have changed."""

    def hint(self) -> None:
        """Something may have changed: look now rather than later."""


def give_hint(driver: object) -> None:
    """Give a driver the hint, if it takes any."""
    if isinstance(driver, TakesHints):
        driver.hint()
