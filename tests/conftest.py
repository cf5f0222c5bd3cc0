"""Fixtures for every test: a private Valkey, a database on disk, and a real Celery worker for those that ask.

A wake-up that a test sends goes to Valkey and stays there: nobody consumes it unless the test asks for ``celery_worker``.
"""

from __future__ import annotations

import logging
import os

from tests import environment

environment.apply()  # before anything reads the settings

import django

django.setup()  # so that the imports below and those of any test may name models

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase
from django.utils import translation
from pytest_django import DjangoDbBlocker
from xdist.scheduler import LoadScopeScheduling

from evsite import valkey as private_valkey
from evsite.celery import app
from payments import guards
from tests.support import process
from tests.support.browser import browser, page
from tests.support.emptying import empty

__all__ = ["browser", "page"]

# An xdist worker inherits the environment; with this variable in it, pytest-django would read the settings before the
# worker has chosen its own directory above.
os.environ.pop("DJANGO_SETTINGS_MODULE")


#: What takes longest begins first, so that no process is left with it in the end.
JOURNEYS = "tests/journeys/"
LONG = (JOURNEYS, "tests/hardware/terminal/contract/test_faults.py", "tests/kiosk/web/test_in_the_browser.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Otherwise the order stays random."""
    for long in reversed(LONG):
        items.sort(key=lambda item: not item.nodeid.startswith(long))


class _Scopes(LoadScopeScheduling):
    """Deals out modules, and the journeys as one: they share a product that takes long to start."""

    def _split_scope(self, nodeid: str) -> str:
        return JOURNEYS if nodeid.startswith(JOURNEYS) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """For ``--dist loadscope``; None: xdist has its own for the others."""
    return _Scopes(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """A request leaves its language behind in the thread, which is put right here. Anything else fails the test."""
    translation.deactivate()
    before = process.state()
    yield
    after = process.state()
    assert [name for name in before if before[name] != after[name]] == []


@pytest.fixture(scope="session", autouse=True)
def valkey() -> Iterator[redis.Redis]:
    """A Valkey of this process only, and a client of it."""
    with private_valkey.running(environment.VALKEY_SOCKET, data=None):
        client = redis.Redis.from_url(settings.REDIS_URL)
        yield client
        client.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """A file for SQLite, so that threads see one database; a name of its own for each process on PostgreSQL."""
    database = settings.DATABASES["default"]
    database["CONN_MAX_AGE"] = 0  # no thread of a test leaves a connection behind
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"] = {**database.get("TEST", {}), "NAME": str(environment.VAR_DIR / "test.sqlite3")}
        # No test cuts the power, so none waits for the disk.
        options = database["OPTIONS"]
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    else:
        request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Transactional tests empty the tables when they are over; the guards against just that are not for them.

    tests/payments/test_guards.py puts them back for as long as it needs them. In the end, threads of workers that were
    left for dead may still be connected to PostgreSQL, which would keep the database from being dropped.
    """
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        guards.lift([guard for guard in guards.GUARDS if guard.event == "DELETE"], editor)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty())
        yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def celery_worker(transactional_db: None, valkey: redis.Redis) -> Iterator[Any]:
    """A real Celery worker in this process, four threads, for the length of the test (stopping it takes a second).

    The queue is empty at first. A task that only the test registers comes before this fixture.
    """
    valkey.flushdb()
    level = logging.root.level
    with start_worker(app, pool="threads", concurrency=4, perform_ping_check=False, loglevel="WARNING") as worker:
        yield worker
    logging.root.setLevel(level)
    connections.close_all()
