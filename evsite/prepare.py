"""Brings a demo up to date before its processes start: database, static files, demo site.

One process does it all, because starting Django takes longer than the work. Prints the logins of the demo.
"""

from __future__ import annotations

import logging
import os

import django
from django.conf import settings
from django.core.management import call_command


def main() -> None:
    """Safe to run again, and quick when nothing changed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evsite.settings")
    settings.VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    django.setup()
    logging.getLogger("hardware.bus").setLevel(logging.ERROR)  # nobody listens yet, and nobody needs to
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True)
    call_command("seed_demo", skip_checks=True)


if __name__ == "__main__":
    main()
