"""The settings of the demo, for tools that read settings without an environment (mypy's Django plugin)."""

import os

os.environ.setdefault("TAPCHARGE_DEMO", "1")

from evsite.settings import *  # noqa: F403
