"""The kiosk's Celery tasks."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from kiosk.sweep import sweep


@shared_task(name="kiosk.sweep", ignore_result=True)
def sweep_sessions() -> None:
    """Every few seconds: look after everything that is open."""
    sweep(timezone.now())
