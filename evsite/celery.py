"""The Celery application. Tasks live in each app's ``tasks`` module.

The worker writes its pid to ``VAR_DIR`` when it is ready, for whoever started it. Beat has an application of its own.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evsite.settings")

app = Celery("tapcharge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def _worker_is_ready(**_: Any) -> None:
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    (settings.VAR_DIR / "worker.pid").write_text(str(os.getpid()), encoding="ascii")
