"""A bare Celery hop: a task that does nothing, on the broker, the settings and the kind of worker of the product.

``python -m bench.hop`` reads lines; for each it sends the task and prints how long it took until the task's body ran,
in seconds. The worker is that of the product's process list with ``--app bench.hop``.
"""

from __future__ import annotations

import os
import sys
import time

import redis
from celery import Celery
from django.conf import settings

_ANSWERS = "bench:hops"

app = Celery("bench")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_default_queue = "bench"

_valkey = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=60)


@app.task(name="bench.hop", ignore_result=True)
def hop(sent_at: float) -> None:
    """Tell when it ran."""
    ran_at = time.time()
    _valkey.rpush(_ANSWERS, repr(ran_at - sent_at))


def main() -> None:
    """One hop for each line of input, one line of output for each hop."""
    for _ in sys.stdin:
        app.send_task("bench.hop", args=[time.time()], retry=False, expires=60, ignore_result=True)
        answer = _valkey.blpop([_ANSWERS], timeout=30)
        if not isinstance(answer, list | tuple):
            raise SystemExit("no worker took the task")
        print(float(answer[1]), flush=True)


if __name__ == "__main__":
    assert settings.CELERY_BROKER_URL
    main()
