"""The real processes of the product, for journeys, screenshots and benchmarks.

    with product() as site:
        site.kill("worker")          # kill -9
        site.start("worker")         # again, and wait until it is ready
        requests.get(f"{site.url}/")

Ports are free ones, everything written is in a directory of its own, and the output of every process is kept.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from time import monotonic

from evsite.processes import HOST, ROOT, Layout, Program
from hardware.terminal.simulators import DEFAULT
from tests.support.waiting import eventually

#: Seconds a process may take to be ready; a busy machine is no failure.
PATIENCE = 90


class Product:
    """One TapCharge made of real processes."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._programs = layout.programs()
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """The site."""
        return f"http://{HOST}:{self.layout.port}"

    @property
    def terminal(self) -> str:
        """The simulated IM30."""
        return f"http://{HOST}:{self.layout.sim_port}"

    @property
    def chargers(self) -> str:
        """The simulated charge points."""
        return f"http://{HOST}:{self.layout.charger_port}"

    @property
    def var(self) -> Path:
        """Everything they write."""
        return self.layout.var

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.var / "tapcharge.sqlite3"

    @property
    def names(self) -> list[str]:
        """Every program, in the order in which they start."""
        return list(self._programs)

    @property
    def pids(self) -> dict[str, int]:
        """The programs that run."""
        return {name: process.pid for name, process in self._running.items() if process.poll() is None}

    def prepare(self) -> None:
        """Database, static files, demo site. Raises CalledProcessError with what it said."""
        subprocess.run(
            [sys.executable, "-m", "evsite.prepare"],
            cwd=ROOT,
            env=self.layout.environment,
            check=True,
            capture_output=True,
        )

    def start(self, *names: str, wait: bool = True) -> None:
        """Start programs (all when none is named), all at once, and wait until each is ready."""
        for name in names or self.names:
            with self._log_path(name).open("ab") as log:
                # Ends with this process, even when that is killed.
                command = self._programs[name].tethered(str(os.getpid()))
                self._running[name] = subprocess.Popen(
                    ["/bin/sh", "-c", command], cwd=ROOT, env=self.layout.environment, stdout=log, stderr=log
                )
        if wait:
            self.wait_ready(*names)

    def wait_ready(self, *names: str) -> None:
        """Wait for programs (all when none is named). Raises AssertionError with the log of the one that is not."""
        for name in names or self.names:
            try:
                eventually(partial(self._ready_or_dead, name), PATIENCE, f"{name} is ready")
            except AssertionError as error:
                raise AssertionError(f"{error}\n{self.log(name)}") from error

    def _ready_or_dead(self, name: str) -> bool:
        process = self._running[name]
        if process.poll() is not None:
            raise AssertionError(f"{name} ended with {process.returncode}")
        return self._programs[name].ready(process.pid)

    def kill(self, name: str) -> None:
        """``kill -9``, and wait until it is gone."""
        self._running[name].kill()
        self._running.pop(name).wait(10)

    def terminate(self, name: str, patience: float = PATIENCE) -> float:
        """SIGTERM, and wait until it has ended by itself. The seconds that took."""
        began = monotonic()
        self.ask_to_end(name)
        self.wait_ended(name, patience)
        return monotonic() - began

    def wait_ended(self, name: str, patience: float = PATIENCE) -> None:
        """Wait until a program that was asked to end has ended. Raises AssertionError with its log when it has not."""
        try:
            self._running[name].wait(patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{name} did not end within {patience:g} s\n{self.log(name)}") from None
        del self._running[name]

    def ask_to_end(self, name: str) -> None:
        """SIGTERM, without waiting."""
        self._running[name].terminate()

    def add(self, name: str, program: Program) -> None:
        """Make ``program`` known under ``name``, not started yet: a second worker beside the first."""
        self._programs[name] = program

    def stop(self, *names: str) -> None:
        """Ask programs to end (all when none is named; Valkey last), kill what does not, and wait."""
        chosen = sorted(set(names or self.names) & set(self._running), key="valkey".__eq__)
        for group in ([name for name in chosen if name != "valkey"], [name for name in chosen if name == "valkey"]):
            for name in group:
                self._running[name].terminate()
            for name in group:
                self._end(self._running.pop(name))

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)

    def log(self, name: str) -> str:
        """All that a program has said."""
        path = self._log_path(name)
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def _log_path(self, name: str) -> Path:
        folder = self.var / "log"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.log"

    def rows(self, sql: str, *parameters: object) -> list[tuple[object, ...]]:
        """What the database says, read from outside (SQLite)."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20)) as database:
            return database.execute(sql, parameters).fetchall()


@contextmanager
def product(
    *,
    speed: int = 60,
    terminal: str = DEFAULT,
    extra: Mapping[str, str] | None = None,
    only: Iterable[str] | None = None,
    keep_logs: bool = False,
    folder: Path | None = None,
) -> Iterator[Product]:
    """A prepared TapCharge with its programs (``only`` some of them) running and ready.

    ``terminal`` says which one is simulated; ``extra`` changes settings; ``folder`` is where its directory is made. Everything ends with the block;
    ``keep_logs`` prints where the directory stays.
    """
    var = Path(tempfile.mkdtemp(prefix="tapcharge-product-", dir=folder))
    layout = Layout(var=var, port=free_port(), sim_port=free_ports(4), terminal=terminal, speed=speed, extra=extra)
    for name in ("valkey", "im30", "chargers"):
        (var / name).mkdir()
    site = Product(layout)
    try:
        site.prepare()
        site.start(*(only or ()))
        yield site
    finally:
        site.stop()
        shutil.rmtree(layout.socket.parent, ignore_errors=True)
        if keep_logs:
            print(f"logs in {var / 'log'}")  # noqa: T201  asked for by the person who reads it
        else:
            shutil.rmtree(var, ignore_errors=True)


#: Below what systems give to outgoing connections, or one of those takes the port before its process does.
_PORTS = range(15_000, 30_000)
_pick = random.SystemRandom()


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    while not is_free(port := _pick.choice(_PORTS)):
        pass
    return port


def free_port_pair() -> int:
    """The lower of two free ports in a row."""
    return free_ports(2)


def free_ports(count: int) -> int:
    """The lowest of so many free ports in a row."""
    lowest = free_port()
    while not all(is_free(lowest + each) for each in range(count)):
        lowest = free_port()
    return lowest


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
