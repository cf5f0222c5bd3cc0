"""Databases that keep what they were told, for the benchmarks of money; each measurement is a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from evsite.processes import ROOT
from tools.postgres import server

Environment = Mapping[str, str]


@contextmanager
def sqlite() -> Iterator[tuple[Environment, Environment]]:
    """Two databases, migrated and empty: files, opened as on site (WAL, synchronous FULL)."""
    folder = Path(tempfile.mkdtemp(prefix="tapcharge-bench-"))
    try:
        first, second = (_environment(folder, f"sqlite:///{folder / name}") for name in ("one", "two"))
        _migrate(first)
        shutil.copy(folder / "one", folder / "two")
        yield first, second
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql() -> Iterator[tuple[Environment, Environment]]:
    """Two databases, migrated and empty, of a server that waits for the disk."""
    folder = Path(tempfile.mkdtemp(prefix="tapcharge-bench-"))
    try:
        with server(durable=True) as url:
            first = _environment(folder, url)
            _migrate(first)
            with psycopg.connect(url.replace("/postgres?", "/template1?"), autocommit=True) as database:
                database.execute("CREATE DATABASE two TEMPLATE postgres")
            yield first, _environment(folder, url.replace("/postgres?", "/two?"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


#: By the names they have in the tables.
DATABASES = {"SQLite": sqlite, "PostgreSQL": postgresql}


def started(environment: Environment, call: str) -> subprocess.Popen[bytes]:
    """Begin ``call`` (as in ``bench.money.measure(300)``) in a process inside the product's Django."""
    module = call.partition("(")[0].rpartition(".")[0]
    code = f"import json, {module}; print(json.dumps({call}))"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)


def told(process: subprocess.Popen[bytes]) -> Any:
    """What the call of ``started`` returned. Raises CalledProcessError when it failed."""
    output, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return json.loads(output)


def _environment(folder: Path, url: str) -> Environment:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "evsite.settings",
        "TAPCHARGE_DEMO": "1",
        "VAR_DIR": str(folder),
        "DATABASE_URL": url,
        "REDIS_URL": "memory://",  # Celery's own: wake-ups are sent, and nobody reads them
        "LOG_LEVEL": "CRITICAL",  # the rounds of a sweep complain about every hold that is overdue
    }


def _migrate(environment: Environment) -> None:
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=environment, check=True)
