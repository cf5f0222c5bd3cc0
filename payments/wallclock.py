"""Times of day, as the clock on the wall of the site shows them. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone


def on_the_wall(day: date, clock: time) -> datetime:
    """The moment at which the clock shows this on ``day``."""
    return timezone.make_aware(datetime.combine(day, clock)).astimezone(UTC)


def last_time(clock: time, now: datetime) -> datetime:
    """The last time that the clock showed ``clock``."""
    today = timezone.localdate(now)
    latest = on_the_wall(today, clock)
    return latest if latest <= now else on_the_wall(today - timedelta(days=1), clock)


def next_time(clock: time, now: datetime) -> datetime:
    """The next time that it will."""
    today = timezone.localdate(now)
    soonest = on_the_wall(today, clock)
    return soonest if soonest > now else on_the_wall(today + timedelta(days=1), clock)
