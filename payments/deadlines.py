"""By when a hold must be settled, how near that is, and when what failed is tried again. Pure but for the settings.

How long a bank keeps a hold is a rule of the card scheme (reference: ccv-interfaces.md 5.3), partly inferred, so it is
a setting for each brand: ``HOLD_DAYS``. Three times before the end (``ESCALATE_HOURS``) an open hold is brought forward.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from payments.delays import before_retry
from payments.models.authorisation import Escalation

#: Between the deadline and giving up, so that the last try is over.
GRACE = timedelta(minutes=10)


def hold_until(now: datetime, brand: str = "") -> datetime:
    """When a hold that is placed now, on a card of ``brand`` (the terminal's word), must have been settled."""
    days: dict[str, int] = settings.HOLD_DAYS
    return now + timedelta(days=days.get(brand.strip().lower(), days[""]))


def level_at(deadline_at: datetime, now: datetime) -> Escalation:
    """How near ``deadline_at`` is."""
    warn, raised, last = (timedelta(hours=hours) for hours in settings.ESCALATE_HOURS)
    left = deadline_at - now
    if left <= -GRACE:
        return Escalation.PASSED
    if left <= last:
        return Escalation.LAST_CALL
    if left <= raised:
        return Escalation.RAISED
    return Escalation.WARNED if left <= warn else Escalation.NONE


def next_try(deadline_at: datetime, tries: int, now: datetime) -> datetime | None:
    """When to ask again after the ``tries``-th try (from 1) that did nothing; None when the deadline has passed.

    The last try is at the deadline itself.
    """
    return None if now >= deadline_at else min(now + before_retry(tries), deadline_at)
