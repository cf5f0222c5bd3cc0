"""Brings forward every hold whose deadline is near: warned about, raised, called for the last time, given up.

Each time what waits for its next try is tried at once. What provably did nothing by the end becomes a person's.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from hardware.among import Among
from payments import authorisations, operations
from payments.deadlines import level_at
from payments.lifecycle import OPEN
from payments.models import Authorisation, Operation
from payments.models.authorisation import Escalation
from payments.signals import announce, deadline_near

logger = logging.getLogger(__name__)


def escalate(now: datetime) -> None:
    """For the sweep. Looks only at open holds whose deadline is near."""
    first = timedelta(hours=max(settings.ESCALATE_HOURS))
    near = Authorisation.objects.filter(
        Among("state", OPEN), deadline_at__lte=now + first, escalation__lt=Escalation.PASSED
    )
    for authorisation in near:
        if (level := level_at(authorisation.deadline_at, now)) > authorisation.escalation:
            with transaction.atomic():
                _raise_to(level, authorisation, now)


def _raise_to(level: Escalation, authorisation: Authorisation, now: datetime) -> None:
    waiting = authorisation.operations.select_for_update().filter(
        kind__in=authorisations.SETTLEMENTS, state=Operation.State.QUEUED
    )
    operation = waiting.first()  # locked before its authorisation, as whoever records an answer does
    mine = Authorisation.objects.filter(
        pk=authorisation.pk, escalation=authorisation.escalation, state__in=sorted(OPEN)
    )
    if not mine.update(escalation=level):
        return
    logger.warning("%s must be settled by %s: %s", authorisation, authorisation.deadline_at, level.name)
    authorisation.refresh_from_db()
    if operation is not None:
        if level == Escalation.PASSED:
            authorisations.give_up(authorisation, operation, now)
        else:
            operations.hurry(operation, now)
    announce(deadline_near, authorisation=authorisation)
