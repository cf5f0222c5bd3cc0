"""What a test must leave as it found it, because the next one in the process would find it otherwise."""

from __future__ import annotations

import gc
import locale
import logging
import os
import signal
import socket
import sys
from typing import Any

from django.utils import timezone

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


def state() -> dict[str, Any]:
    """The state of the process, by name; not the environment, which ``monkeypatch`` puts back, and later than we look."""
    return {
        "logging.disable": logging.root.manager.disable,
        "level of the root logger": logging.root.level,
        "current directory": os.getcwd(),  # noqa: PTH109  # as it is, not made into something
        "sys.path": tuple(sys.path),
        "signal handlers": tuple(signal.getsignal(each) for each in _SIGNALS),
        "locale": locale.setlocale(locale.LC_ALL),
        "time zone": timezone.get_current_timezone_name(),
        "timeout of sockets": socket.getdefaulttimeout(),
        "garbage collector": (gc.isenabled(), gc.get_debug()),
        "limit of recursion": sys.getrecursionlimit(),
    }
