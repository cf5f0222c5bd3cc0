"""An attempt to put into the database what must never be there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.payments.world import World


@dataclass(frozen=True, slots=True)
class Attack:
    """An attempt past the program that ``constraint`` stops."""

    constraint: str
    attempt: str
    attempts: Callable[[World], object]

    def __str__(self) -> str:
        return f"{self.constraint}: {self.attempt}"
