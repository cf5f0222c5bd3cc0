"""Runs a command that ends when the process that asked for it ends, even when that one is killed.

    python -S -m evsite.tether <pid of the parent> <port, or 0> command argument...

It becomes the command (same pid), once somebody listens on the port of the loopback. On systems other than Linux it
does so without the tether.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import time

_PR_SET_PDEATHSIG = 1


def die_with_parent(how: signal.Signals) -> None:
    """Ask the kernel to send this process ``how`` when its parent is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)


def wait_for(port: int) -> None:
    """Return once somebody listens on ``port``."""
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


def main(parent: int, port: int, command: list[str]) -> None:
    """Become ``command``."""
    die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:  # it went before the kernel was asked
        sys.exit(1)
    if port:
        wait_for(port)
    os.execvp(command[0], command)  # noqa: S606  the command is one of evsite.processes


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
