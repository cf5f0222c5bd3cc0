"""The clock of the sweeps: a Celery application that knows the schedule and no task, and so needs no Django.

It writes its pid to ``VAR_DIR`` when it is ready, as the worker does.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init

from evsite import settings

app = Celery("tapcharge-beat", fixups=[])
app.config_from_object("evsite.settings", namespace="CELERY")


@beat_init.connect
def _beat_is_ready(**_: Any) -> None:
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    (settings.VAR_DIR / "beat.pid").write_text(str(os.getpid()), encoding="ascii")
