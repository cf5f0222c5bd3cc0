"""What the settings of the product are in a simulation, decided before Django reads them."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

#: That of CCV's cloud in a simulation.
KEY = "t_simulated_terminal_key"
KEY_ENV = "CCV_FAULTS_KEY"


def apply() -> None:
    """Set the environment of this process; what it writes is removed in the end."""
    folder = tempfile.mkdtemp(prefix="tapcharge-faults-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "evsite.settings",
        "TAPCHARGE_DEMO": "1",
        "VAR_DIR": folder,
        "DATABASE_URL": "sqlite://:memory:",
        "TIME_ZONE": "Europe/Amsterdam",
    }
