"""Time that a test moves."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone


class Clock:
    """The time for whoever calls it; it starts now, because the simulated terminal's receipts are of today."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> datetime:
        self.now += timedelta(**duration)
        return self.now
