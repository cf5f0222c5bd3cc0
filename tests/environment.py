"""What the settings of the product are under test, decided once for each pytest process before Django reads them.

Every process (each xdist worker is one) has a directory, a Valkey and a database of its own.
``DATABASE_URL`` in the environment of pytest chooses another database than SQLite.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

#: ``gw0``, ``gw1``... under xdist, else ``main``.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
#: Everything this process writes. The name is short because a socket lives in it.
VAR_DIR = Path(tempfile.mkdtemp(prefix=f"tapcharge-{WORKER}-"))
VALKEY_SOCKET = VAR_DIR / "valkey.sock"


def apply() -> None:
    """Set the environment and have the directory removed in the end."""
    atexit.register(shutil.rmtree, VAR_DIR, ignore_errors=True)
    for name in (
        "DEBUG",
        "PUBLIC_URL",
        "ALLOWED_HOSTS",
        "CSRF_TRUSTED_ORIGINS",
        "BEHIND_TLS_PROXY",
        "SIM_PORT",
        "TERMINAL",
    ):
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "evsite.settings",
        "TAPCHARGE_DEMO": "1",
        "VAR_DIR": str(VAR_DIR),
        "REDIS_URL": f"unix://{VALKEY_SOCKET}",
        "REDIS_PREFIX": f"test-{WORKER}",
        "TIME_ZONE": "Europe/Amsterdam",
    }
