"""Runs a command that ends when the process that asked for it ends, even when that one is killed.

    python -S -m evsite.tether <pid of the parent> command argument...

It becomes the command (same pid). On systems other than Linux it does so without the tether.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(how: signal.Signals) -> None:
    """Ask the kernel to send this process ``how`` when its parent is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)


if __name__ == "__main__":
    die_with_parent(signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):  # the parent went before the kernel was asked
        sys.exit(1)
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  the command is one of evsite.processes
