"""Wake-ups: a Celery task with nothing but an id. The row is the record; a wake-up may be lost, doubled or late."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction

from payments.models import Operation

logger = logging.getLogger(__name__)

#: Seconds after which a wake-up is worth nothing, because the sweep has sent another.
_EXPIRES = 60


def wake(operation: Operation) -> None:
    """After commit, have a worker carry out ``operation``."""
    after_commit(f"payments.{operation.kind}", str(operation.pk))


def after_commit(task: str, key: object) -> None:
    """After commit, have a worker run ``task`` with ``key``. Never raises: the sweep finds what a lost one was about."""
    transaction.on_commit(partial(_send, task, key), robust=True)


def _send(task: str, key: object) -> None:
    try:
        current_app.send_task(task, args=[key], retry=False, expires=_EXPIRES, ignore_result=True)
    except Exception as error:  # whatever the broker's library raises while the broker is away
        logger.warning("%s %s could not be woken: %s", task, key, type(error).__name__)
