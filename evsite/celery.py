"""The Celery application. Tasks live in each app's ``tasks`` module.

The worker and beat write their pid to ``VAR_DIR`` when they are ready, for whoever started them.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_ready
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evsite.settings")

app = Celery("tapcharge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _write_pid(name: str) -> None:
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    (settings.VAR_DIR / f"{name}.pid").write_text(str(os.getpid()), encoding="ascii")


@worker_ready.connect
def _worker_is_ready(**_: Any) -> None:
    _write_pid("worker")


@beat_init.connect
def _beat_is_ready(**_: Any) -> None:
    _write_pid("beat")
