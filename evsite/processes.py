"""The processes of one TapCharge on one machine: their commands, their environment, and how to tell that they work.

``make run``, the tests and the benchmarks start the product from this one list. Nothing here imports Django.
"""

from __future__ import annotations

import http.client
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from evsite import valkey

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Program:
    """One process: what to run and whether the one that runs as ``pid`` is ready for work."""

    name: str
    command: list[str]
    ready: Callable[[int], bool]


@dataclass(frozen=True)
class Layout:
    """Where one TapCharge listens and keeps things: ports on the loopback, and a directory for everything it writes."""

    var: Path
    port: int = 8000
    sim_port: int = 8100
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
            "DJANGO_SETTINGS_MODULE": "evsite.settings",
            "TAPCHARGE_DEMO": "1",
            "VAR_DIR": str(self.var),
            "REDIS_URL": f"unix://{self.socket}",
            "PUBLIC_URL": f"http://localhost:{self.port}",
            "SIM_PORT": str(self.sim_port),
            **(self.extra or {}),
        }

    def programs(self) -> dict[str, Program]:
        """Everything that runs, by name. Valkey comes first: it is started before and stopped after the others."""
        python, http_ready = sys.executable, partial(_answers_http, path="/healthz")
        celery = [python, "-m", "celery", "--app", "evsite", "--quiet"]
        web = f"--host {HOST} --port {self.port} --lifespan off --no-access-log --no-server-header --ws websockets"
        sockets = "--ws-max-size 4194304 --ws-ping-interval 20 --ws-ping-timeout 20 --timeout-graceful-shutdown 2"
        worker = "--pool threads --concurrency 8 --without-gossip --without-mingle --without-heartbeat"
        terminal = f"--host {HOST} --port {self.sim_port} --data {self.var / 'im30'}"
        chargers = f"--host {HOST} --port {self.charger_port} --url ws://{HOST}:{self.port}/ocpp --speed {self.speed}"
        files = ["--keys-file", str(self.var / "chargers.keys"), "--data", str(self.var / "chargers")]
        return {
            program.name: program
            for program in (
                Program("valkey", valkey.command(self.socket, self.var / "valkey"), self._valkey_ready),
                Program(
                    "web",
                    [python, "-m", "uvicorn", "evsite.asgi:application", *web.split(), *sockets.split()],
                    lambda pid: http_ready(self.port),
                ),
                Program("worker", [*celery, "worker", *worker.split()], partial(self._wrote_its_pid, "worker")),
                Program("beat", [*celery, "beat"], partial(self._wrote_its_pid, "beat")),
                Program(
                    "terminal",
                    [python, "-m", "hardware.terminal.payproxy.simulator", *terminal.split()],
                    lambda pid: http_ready(self.sim_port),
                ),
                Program(
                    "chargers",
                    [
                        python,
                        "-m",
                        "hardware.charger.simulator",
                        *chargers.split(),
                        *files,
                        "--chargers",
                        self.chargers,
                    ],
                    lambda pid: http_ready(self.charger_port),
                ),
            )
        }

    def _valkey_ready(self, pid: int) -> bool:
        return valkey.answers(self.socket)

    def _wrote_its_pid(self, name: str, pid: int) -> bool:
        try:
            return int((self.var / f"{name}.pid").read_text(encoding="ascii")) == pid
        except (OSError, ValueError):
            return False


def _answers_http(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
