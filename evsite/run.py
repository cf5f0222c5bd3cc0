"""``make run``: the whole product of a demo in one terminal, until Ctrl-C.

It prepares the database, starts every process of ``evsite.processes`` under honcho, waits until all of them work, and
prints where to look. When one process dies, all end, and its name and last lines are the last thing on the screen.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from evsite.processes import HOST, ROOT, Layout
from evsite.supervisor import Supervisor
from evsite.tether import die_with_parent
from hardware.terminal.registry import SIMULATED
from hardware.terminal.simulators import DEFAULT

#: Seconds until every process must be ready.
PATIENCE = 60


class CannotStartError(Exception):
    """Why, in one line for the person at the terminal."""


def main() -> int:
    """Run until told to stop (0) or until a process dies (1)."""
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)  # make was killed: nobody is left to press Ctrl-C
    try:
        layout = Layout(
            var=Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve(),
            port=_port("PORT", 8000),
            sim_port=_port("SIM_PORT", 8100),
            terminal=_terminal(),
        )
        with _alone(layout.var):
            _need_free_ports(layout)
            try:
                return _run(layout)
            finally:
                shutil.rmtree(layout.socket.parent, ignore_errors=True)
    except CannotStartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _run(layout: Layout) -> int:
    logins = _logins(layout)
    supervisor = Supervisor(layout.programs(), layout.environment)
    threading.Thread(target=_announce, args=(supervisor, layout, logins), daemon=True).start()
    supervisor.loop()
    if supervisor.asked_to_stop:
        print("Stopped. The data stays in", layout.var)
        return 0
    print(supervisor.obituary(), file=sys.stderr)
    return 1


def _announce(supervisor: Supervisor, layout: Layout, logins: str) -> None:
    """Wait until everything works and say where it is."""
    deadline = monotonic() + PATIENCE
    while waiting := supervisor.not_ready():
        if supervisor.stopping:
            return
        if monotonic() > deadline:
            supervisor.give_up(f"not ready after {PATIENCE} s: {', '.join(waiting)}")
            return
        sleep(0.05)
    print(_table(layout, logins), flush=True)


def _logins(layout: Layout) -> str:
    """Prepare the demo, unless nothing changed since it was last prepared; the logins, one a line."""
    stamp = layout.var / "prepared"
    fingerprint, _, logins = stamp.read_text(encoding="utf-8").partition("\n") if stamp.exists() else ("", "", "")
    if fingerprint != _fingerprint(layout):
        logins = _prepare(layout)
        stamp.write_text(f"{_fingerprint(layout)}\n{logins}", encoding="utf-8")
    return logins


def _fingerprint(layout: Layout) -> str:
    """Changes with whatever ``evsite.prepare`` looks at: migrations, static files, packages, the demo, the ports."""
    files = [ROOT / "requirements" / "run.txt", ROOT / "kiosk" / "demo_data.py", ROOT / "kiosk" / "roles.py"]
    files.append(ROOT / "hardware" / "terminal" / "simulators.py")
    for folder in ("hardware", "payments", "kiosk", "static"):
        files += (path for path in (ROOT / folder).rglob("*") if {"migrations", "static"} & set(path.parts[-8:]))
    lines = sorted(f"{path} {path.stat().st_mtime_ns}" for path in files if path.suffix != ".pyc" and path.is_file())
    database = os.environ.get("DATABASE_URL") or str((layout.var / "tapcharge.sqlite3").exists())
    return hashlib.sha256("\n".join([*lines, database, str(layout.sim_port), layout.terminal]).encode()).hexdigest()


def _table(layout: Layout, logins: str) -> str:
    site, people = f"http://localhost:{layout.port}", [line.split("\t") for line in logins.splitlines()]
    rows = [
        ("Demo page", f"{site}/demo/"),
        ("Kiosk", f"{site}/"),
        ("Admin", f"{site}/admin/"),
        *(("", f"log in as {user}, password {password} ({role})") for user, password, role in people),
        ("IM30 simulator", f"http://localhost:{layout.sim_port}/"),
        ("", f"spoken to on {layout.simulated.url}"),
        ("Charge points", f"http://localhost:{layout.charger_port}/sim/chargers"),
        ("Stop", "Ctrl-C"),
    ]
    line = "-" * 72
    return "\n".join(["", line, *(f"  {name:<16}{text}" for name, text in rows), line, ""])


def _prepare(layout: Layout) -> str:
    """Database, static files and demo site; the logins, one a line."""
    command = [sys.executable, "-m", "evsite.prepare"]
    done = subprocess.run(command, cwd=ROOT, env=layout.environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise CannotStartError("The database or the demo site could not be prepared; the reason is above.")
    return done.stdout


def _port(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65535:
        raise CannotStartError(f"{name} must be a port number, not {text!r}")
    return int(text)


def _terminal() -> str:
    name = os.environ.get("TERMINAL") or DEFAULT
    if name not in SIMULATED:
        raise CannotStartError(f"TERMINAL must be one of {', '.join(SIMULATED)}, not {name!r}")
    return name


def _need_free_ports(layout: Layout) -> None:
    for port, name, other in (
        (layout.port, "PORT", layout.port + 10),
        (layout.sim_port, "SIM_PORT", layout.sim_port + 100),
        (layout.charger_port, "SIM_PORT", layout.sim_port + 100),
        *((port, "SIM_PORT", layout.sim_port + 100) for port in layout.simulated.ports),
    ):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                what = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
                hint = f"choose another one: {name}={other} make run"
                raise CannotStartError(f"Port {port} {what}; {hint}") from error


@contextmanager
def _alone(var: Path) -> Iterator[None]:
    """Hold ``var`` for this run only: two Valkeys would spoil each other's file."""
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("valkey", "im30", "chargers"):
        (var / name).mkdir(mode=0o700, exist_ok=True)
    with (var / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStartError(f"TapCharge already runs on {var}; stop it first") from error
        yield


if __name__ == "__main__":
    sys.exit(main())
