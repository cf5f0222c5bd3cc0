"""Fills an empty database of a demo with a site to try TapCharge on."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hardware.terminal.registry import SIMULATED
from hardware.terminal.simulators import Placed
from kiosk import demo_data


class Command(BaseCommand):
    """Only in demo mode. Run again, it changes nothing but where the simulated terminal is."""

    help = "Make the demo site, its devices, its staff and the keys of its charge points (demo mode only)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, and print the logins as ``user name, password, role`` separated by tabs."""
        if not settings.DEMO:
            raise CommandError("seed_demo is for a demo only: it makes users with a known password (TAPCHARGE_DEMO=1)")
        demo_data.seed(Placed(SIMULATED[settings.TERMINAL], settings.SIM_PORT, settings.VAR_DIR / "im30"))
        for warning in demo_data.write_keys(settings.VAR_DIR / "chargers.keys"):
            self.stderr.write(self.style.WARNING(warning))
        for user, role, password in demo_data.logins():
            self.stdout.write(f"{user}\t{password}\t{role}")
