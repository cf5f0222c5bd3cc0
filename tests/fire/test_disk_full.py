"""The disk of the box is full in mid-visit, and has room again later. The bank and the charge points are elsewhere."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

import pytest

from tests.fire.conftest import Tell
from tests.fire.driver import Driver
from tests.fire.steps import STEPS
from tests.journeys.tidying import tidy
from tests.support.processes import Product, product

pytestmark = pytest.mark.timeout(600)

SIZE = "64m"
#: Seconds for which it is full: longer than a worker tries to write an answer down (21 s) or lives without a lease.
FULL = 30
_CAPTURE = next(step for step in STEPS if step.name == "capture under way")


def test_a_full_disk_loses_no_answer_and_tells_the_driver_something_true(tell: Tell, tmp_path: Path) -> None:
    with _small_disk(tmp_path / "disk") as disk:
        if disk is None:
            tell("any", "disk full", None, "NOT RUN: this user may not mount a small file system")
            return
        with product(folder=disk) as site:
            _move_elsewhere(site, tmp_path, "terminal", "im30")
            _move_elsewhere(site, tmp_path, "chargers", "chargers")
            _full_while_the_answer_to_a_capture_comes(site, tell)
            _full_while_somebody_wants_to_pay(site, tell)


def _full_while_the_answer_to_a_capture_comes(site: Product, tell: Tell) -> None:
    tidy(site)
    driver = Driver(site)
    _CAPTURE.reach(driver)
    driver.look()
    with _filled(site):
        until = monotonic() + FULL
        driver.act_until(lambda: monotonic() > until, "the disk stays full")
        assert not driver.books().captured, "nothing could be written"
    free, died = monotonic(), set[str]()
    driver.act_until(lambda: _look_after(site, died) and driver.is_over(), "the answer is written, or found again")
    seconds = monotonic() - free
    driver.look()
    accident = f"disk full for {FULL} s; ended by themselves: {', '.join(sorted(died)) or 'none'}"
    tell("capture under way", accident, driver, driver.verdict(), seconds)


def _full_while_somebody_wants_to_pay(site: Product, tell: Tell) -> None:
    tidy(site)
    driver = Driver(site)
    begun = len(site.rows("SELECT 1 FROM kiosk_session"))
    driver.open()
    with _filled(site):
        answer = driver.press(f"/c/{driver.post.offer}/pay/", hold="40")
        assert answer.status_code >= 500
        driver.read.append(driver.headline(answer.text))
    assert len(site.rows("SELECT 1 FROM kiosk_session")) == begun, "nothing half begun is left"
    free, died = monotonic(), set[str]()
    driver.car("plug")
    driver.pay()
    driver.act_until(lambda: _look_after(site, died) and driver.session("energy_wh") > 0, "it works again")
    seconds = monotonic() - free
    driver.leaving = True
    driver.act_until(lambda: _look_after(site, died) and driver.is_over(), "the visit is over")
    driver.look()
    tell("pressing pay", "disk full", driver, driver.verdict(), seconds)


def _look_after(site: Product, died: set[str]) -> bool:
    """Start again what has ended, as a supervisor does. (Celery's worker ends when Valkey refuses to write.)"""
    if ended := [name for name in site.names if name not in site.pids]:
        died |= set(ended)
        site.start(*ended)
    return True


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path | None]:
    """A file system of its own; None where this user may not mount one."""
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    order = [mount or "mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tapcharge-fire", str(folder)]
    if mount is None or umount is None or subprocess.run(order, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run([umount, "--lazy", str(folder)], check=True)


def _move_elsewhere(site: Product, elsewhere: Path, program: str, folder: str) -> None:
    """What is a device of its own in real life does not share the box's disk."""
    site.stop(program)
    shutil.move(site.var / folder, elsewhere / folder)
    (site.var / folder).symlink_to(elsewhere / folder)
    site.start(program)


@contextmanager
def _filled(site: Product) -> Iterator[None]:
    """Not a byte is left for the length of the block, not even where the database's log could be overwritten."""
    filler = site.var / "filler"
    with closing(sqlite3.connect(site.database, timeout=20)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    try:
        _fill(filler)
        yield
    finally:
        filler.unlink()


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        for piece in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * piece)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
