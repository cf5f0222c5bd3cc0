"""The database comes out of a backup that was made in mid-visit: nothing is captured twice, and what is lost is told."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from evsite.processes import ROOT
from tests.fire.conftest import Tell
from tests.fire.driver import CARD, Driver
from tests.fire.steps import HOLD
from tests.journeys.visitor import FAST
from tests.support.processes import Product, product

pytestmark = pytest.mark.timeout(600)

#: What stops for a restore. The terminal and the charge points live on.
OURS = ("beat", "worker", "web", "valkey")
#: How long a stop is waited for from a charge point that knows nothing of the visit any more; 2 minutes on site.
GRACE_S = 10


def test_a_visit_that_was_captured_after_the_backup_is_not_captured_again(tell: Tell, tmp_path: Path) -> None:
    with product() as site:
        driver, lost = Driver(site), Driver(site, FAST)
        driver.change_site(stop_grace_s=GRACE_S)
        driver.car("plug")
        driver.begin(CARD)
        driver.charge()
        driver.look()
        _copy(site.database, tmp_path / "backup.sqlite3")
        driver.leave()
        assert driver.books().bank_captures == 1
        lost.car("plug")
        lost.begin(CARD)
        lost.charge()
        lost.leave()

        began = monotonic()
        site.stop(*OURS)
        _restore(site.database, tmp_path / "backup.sqlite3")
        assert driver.session("state") == "charging", "our books know nothing of the end"
        said = _manage(site, "after_restore")
        assert "now in doubt: capture" in said
        site.start(*OURS)
        driver.act_until(driver.is_over, "the visit is over")
        seconds = monotonic() - began
        driver.look()

        assert driver.books().captured == driver.books().bank_captured
        assert len(driver.strangers()) == 2, "hold and capture of the visit that our books never heard of"
        now = datetime.now(UTC)
        since, until = (now - timedelta(hours=1)).isoformat(), (now + timedelta(minutes=5)).isoformat()
        _manage(site, "reconcile", "--since", since, "--until", until, code=1)
        open_ones = "SELECT what, kind FROM payments_difference WHERE resolved_at IS NULL ORDER BY kind"
        assert site.rows(open_ones) == [("missing_here", "authorise"), ("missing_here", "capture")]
        books = driver.verdict(strangers=driver.strangers())
        tell("charging, captured since", "restored from a backup made in mid-visit", driver, books, seconds)


def test_a_car_that_still_charges_when_the_backup_is_restored_is_paid_for_as_ever(tell: Tell, tmp_path: Path) -> None:
    with product() as site:
        driver = Driver(site)
        driver.car("plug")
        driver.begin(CARD)
        driver.charge()
        driver.look()
        _copy(site.database, tmp_path / "backup.sqlite3")
        began = monotonic()
        site.stop(*OURS)
        _restore(site.database, tmp_path / "backup.sqlite3")
        _manage(site, "after_restore")
        site.start(*OURS)
        before = driver.session("energy_wh")
        driver.act_until(lambda: driver.session("energy_wh") > before, "the charge point is back")
        seconds = monotonic() - began
        assert driver.books().held == HOLD
        driver.leave()
        driver.look()
        tell("charging", "restored from a backup made a moment ago", driver, driver.verdict(), seconds)


def _copy(source: Path, target: Path) -> None:
    """SQLite's own online backup, as docs/restore.md has it."""
    with closing(sqlite3.connect(source, timeout=20)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _restore(database: Path, backup: Path) -> None:
    for leftover in ("-wal", "-shm"):
        Path(f"{database}{leftover}").unlink(missing_ok=True)
    database.write_bytes(backup.read_bytes())


def _manage(site: Product, *command: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=site.layout.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    return done.stdout
