"""Production refuses to start on a missing or unsafe setting, and names the variable."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from evsite.processes import ROOT

PRODUCTION = {
    "SECRET_KEY": "s" * 50,
    "FINGERPRINT_KEY": "f" * 50,
    "FIELD_KEY": "k" * 50,
    "ALLOWED_HOSTS": "pay.example",
    "PUBLIC_URL": "https://pay.example/",
    "REDIS_URL": "unix:///run/valkey.sock",
}
PRINT = """
from evsite import settings
print(settings.DEMO, settings.DEBUG, settings.SESSION_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT, settings.PUBLIC_URL,
      settings.CELERY_BROKER_URL, settings.DATABASES["default"]["ENGINE"].rpartition(".")[2])
"""


def start(tmp_path: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Read the settings in a fresh process, with the environment of a production changed a little."""
    wanted: dict[str, str | None] = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **PRODUCTION, **changes}
    return subprocess.run(
        [sys.executable, "-c", PRINT],
        cwd=ROOT,
        env={name: value for name, value in wanted.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_production_starts_with_everything_set(tmp_path: Path) -> None:
    done = start(tmp_path)
    assert done.stdout.split() == [
        "False",
        "False",
        "True",
        "True",
        "https://pay.example",
        "redis+socket:///run/valkey.sock",
        "sqlite3",
    ], done.stderr


def test_a_fleet_names_its_database(tmp_path: Path) -> None:
    assert start(tmp_path, DATABASE_URL="postgres://tap@db.example/tap").stdout.split()[-1] == "postgresql"


def test_a_key_serves_one_purpose(tmp_path: Path) -> None:
    done = start(tmp_path, FIELD_KEY="k" * 50 + "," + PRODUCTION["FINGERPRINT_KEY"])
    assert "FINGERPRINT_KEY and FIELD_KEY hold the same key" in done.stderr


@pytest.mark.parametrize("name", sorted(PRODUCTION))
def test_production_does_not_start_without(tmp_path: Path, name: str) -> None:
    done = start(tmp_path, **{name: None})
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].endswith(f"ImproperlyConfigured: {name} is not set; see docs/settings.md")


@pytest.mark.parametrize("name", ["SECRET_KEY", "FINGERPRINT_KEY", "FIELD_KEY"])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("demo-" + "x" * 50, "holds the key of the demo"),
        ("too short", "holds a key of 9 characters"),
        ("", "is empty"),
    ],
)
def test_production_does_not_start_with_an_unsafe_key(tmp_path: Path, name: str, value: str, reason: str) -> None:
    done = start(tmp_path, **{name: value})
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {name} {reason}" in done.stderr.splitlines()[-1]
    assert not value or value not in done.stderr


def test_production_does_not_start_with_debug_on(tmp_path: Path) -> None:
    done = start(tmp_path, DEBUG="1")
    assert done.returncode != 0
    assert "ImproperlyConfigured: DEBUG is on" in done.stderr


def test_a_key_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("z" * 40, encoding="utf-8")
    assert start(tmp_path, SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key")).returncode == 0


def test_the_demo_needs_nothing(tmp_path: Path) -> None:
    done = start(tmp_path, **dict.fromkeys(PRODUCTION), TAPCHARGE_DEMO="1")
    assert done.stdout.split()[:2] == ["True", "False"], done.stderr
