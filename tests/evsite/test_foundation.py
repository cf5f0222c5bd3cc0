"""What every other test relies on."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
import redis
from celery import Task
from django.contrib.auth.models import User
from django.db import connection

from evsite.celery import app
from tests.support.waiting import eventually, eventually_async


@pytest.fixture
def naming_task() -> Iterator[Task[[str], None]]:
    """A task that writes to the database."""

    @app.task(name="tests.name_a_user")
    def name_a_user(name: str) -> None:
        User.objects.create(username=name)

    yield name_a_user
    app.tasks.pop(name_a_user.name)


@pytest.mark.django_db
def test_a_wake_up_that_nobody_consumes_changes_nothing(naming_task: Task[[str], None]) -> None:
    naming_task.delay("ann")
    assert not User.objects.exists()


def test_a_real_worker_does_what_it_is_sent(naming_task: Task[[str], None], celery_worker: Any) -> None:
    for name in ("ann", "bob", "cor"):
        naming_task.delay(name)
    eventually(lambda: User.objects.count() == 3, what="three tasks done")


@pytest.mark.django_db(transaction=True)
def test_threads_see_one_database() -> None:
    def write() -> None:
        User.objects.create(username="from a thread")
        connection.close()

    thread = Thread(target=write)
    thread.start()
    thread.join(10)
    assert User.objects.get().username == "from a thread"


def test_each_process_has_a_valkey_of_its_own(valkey: redis.Redis) -> None:
    assert valkey.config_get("port") == {"port": "0"}
    assert len(valkey.client_list()) >= 1


def test_waiting_ends_with_what_was_waited_for() -> None:
    with pytest.raises(AssertionError, match=r"not within 0.02 s: rain"):
        eventually(lambda: False, timeout=0.02, what="rain")


async def test_waiting_in_an_event_loop_takes_a_coroutine_function() -> None:
    answers = iter([0, 0, 7])

    async def answer() -> int:
        return next(answers)

    assert await eventually_async(answer) == 7
