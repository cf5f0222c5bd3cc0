"""The Celery application. Tasks live in each app's ``tasks`` module.

The worker writes its pid to ``VAR_DIR`` when it is ready, for whoever started it. Beat has an application of its own.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

from celery import Celery
from celery.signals import task_postrun, task_prerun, worker_ready
from django.conf import settings
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evsite.settings")

app = Celery("tapcharge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Celery closes the database before and after every task. Django's own rule (CONN_MAX_AGE, and whatever had an error) is
# as safe, and spares a task the opening of a connection.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize
task_prerun.connect(close_old_connections)
task_postrun.connect(close_old_connections)


@worker_ready.connect
def _worker_is_ready(**_: Any) -> None:
    gc.freeze()  # what is loaded by now stays (see evsite.asgi)
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    (settings.VAR_DIR / "worker.pid").write_text(str(os.getpid()), encoding="ascii")
