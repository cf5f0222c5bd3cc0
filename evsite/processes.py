"""The processes of one TapCharge on one machine: their commands, their environment, and how to tell that they work.

``make run``, the tests and the benchmarks start the product from this one list. Nothing here imports Django.
"""

from __future__ import annotations

import http.client
import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from evsite import valkey
from hardware.terminal.registry import SIMULATED
from hardware.terminal.simulators import DEFAULT, Placed

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Program:
    """One process: what to run and whether the one that runs as ``pid`` is ready for work."""

    name: str
    command: list[str]
    ready: Callable[[int], bool]
    #: It starts once somebody listens on this port of the loopback; 0: at once.
    after: int = 0

    def tethered(self, parent: str) -> str:
        """The shell command that runs it and ends it with the process ``parent`` (a pid, or a variable with one)."""
        tether = shlex.join([sys.executable, "-S", "-m", "evsite.tether"])
        return f"exec {tether} {parent} {self.after} {shlex.join(self.command)}"


@dataclass(frozen=True)
class Layout:
    """Where one TapCharge listens and keeps things: ports on the loopback, and a directory for everything it writes."""

    var: Path
    port: int = 8000
    sim_port: int = 8100
    #: Which terminal is simulated, one of ``hardware.terminal.simulators``.
    terminal: str = DEFAULT
    #: Simulated seconds in a real one, at the charge points.
    speed: int = 60
    #: The simulated charge points, each with its number of connectors; those of the demo site.
    chargers: str = "CP001:2x11000,CP002:1x50000"
    #: What differs from the settings of a demo.
    extra: Mapping[str, str] | None = None

    @property
    def charger_port(self) -> int:
        """Where the simulated charge points are steered, one above the terminal."""
        return self.sim_port + 1

    @property
    def simulated(self) -> Placed:
        """The simulated terminal."""
        return Placed(SIMULATED[self.terminal], self.sim_port, self.var / "im30")

    @cached_property
    def socket(self) -> Path:
        """The socket of the private Valkey, in a short-named directory that only we may enter."""
        return Path(tempfile.mkdtemp(prefix="tapcharge-")) / "valkey.sock"

    @cached_property
    def environment(self) -> dict[str, str]:
        """The environment of every process."""
        return {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",  # a demo, on the loopback
            "DJANGO_SETTINGS_MODULE": "evsite.settings",
            "TAPCHARGE_DEMO": "1",
            "VAR_DIR": str(self.var),
            "REDIS_URL": f"unix://{self.socket}",
            "PUBLIC_URL": f"http://localhost:{self.port}",
            "SIM_PORT": str(self.sim_port),
            "TERMINAL": self.terminal,
            **self.simulated.simulated.environment,
            **(self.extra or {}),
        }

    def programs(self) -> dict[str, Program]:
        """Everything that runs, by name, Valkey first."""
        programs = (
            Program("valkey", valkey.command(self.socket, self.var / "valkey"), self._valkey_ready),
            self.web(self.port),
            Program("worker", self._worker(), partial(self._wrote_its_pid, "worker")),
            Program("beat", self._beat(), partial(self._wrote_its_pid, "beat")),
            Program("terminal", [sys.executable, "-m", *self.simulated.command], partial(_is_healthy, self.sim_port)),
            # A charge point that finds nobody waits longer and longer, so it comes after the site.
            Program("chargers", self._chargers(), partial(_is_healthy, self.charger_port), after=self.port),
        )
        return {program.name: program for program in programs}

    def web(self, port: int) -> Program:
        """A web process on ``port``. There are two for a while when a new version comes."""
        http = f"--host {HOST} --port {port} --lifespan off --no-server-header --no-access-log --log-level warning"
        sockets = "--ws websockets-sansio --ws-max-size 4194304 --ws-ping-interval 20 --ws-ping-timeout 20"
        stop = "--timeout-graceful-shutdown 2"
        command = _python("uvicorn", f"evsite.asgi:application {http} {sockets} {stop}")
        return Program("web", command, partial(_is_healthy, port))

    def _worker(self) -> list[str]:
        alone = "--without-gossip --without-mingle --without-heartbeat"
        return _python("celery", f"--quiet --skip-checks --app evsite worker --pool threads --concurrency 8 {alone}")

    def _beat(self) -> list[str]:
        return _python("celery", "--quiet --app evsite.beat beat --loglevel WARNING")

    def _chargers(self) -> list[str]:
        here, there = f"--host {HOST} --port {self.charger_port}", f"--url ws://{HOST}:{self.port}/ocpp"
        files = ["--keys-file", str(self.var / "chargers.keys"), "--data", str(self.var / "chargers")]
        options = f"{here} {there} --speed {self.speed} --chargers {self.chargers}"
        return [*_python("hardware.charger.simulator", options), *files]

    def _valkey_ready(self, pid: int) -> bool:
        return valkey.answers(self.socket)

    def _wrote_its_pid(self, name: str, pid: int) -> bool:
        try:
            return int((self.var / f"{name}.pid").read_text(encoding="ascii")) == pid
        except (OSError, ValueError):
            return False


def _python(module: str, options: str) -> list[str]:
    return [sys.executable, "-m", module, *options.split()]


def _is_healthy(port: int, pid: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
