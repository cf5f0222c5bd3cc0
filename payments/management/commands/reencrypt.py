"""Seals with the newest key what older keys sealed, and says which keys may be taken away (docs/keys.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from payments import rotation
from payments.rotation import KeyUse


class Command(BaseCommand):
    """Ends with 1 when something sealed cannot be opened: its authorisation is named, and can be settled by nobody."""

    help = "Seal stored references with the newest key of FIELD_KEY, and say which keys are still needed."

    def add_arguments(self, parser: CommandParser) -> None:
        """``--report`` changes nothing."""
        parser.add_argument("--report", action="store_true", help="only say which keys are needed, change nothing")

    def handle(self, *args: Any, report: bool, **options: Any) -> None:
        """Run it as often as you like, beside running workers."""
        done = rotation.Resealed() if report else rotation.reseal()
        if not report:
            self.stdout.write(f"{_count(done.rows, 'reference')} sealed with the newest key.")
        sealed = rotation.sealed_by_key()
        self._tell("FIELD_KEY", "reference", sealed)
        self._tell("FINGERPRINT_KEY", "card", rotation.fingerprints_by_key())
        for reference in done.unreadable:
            self.stderr.write(f"{reference}: what the terminal said about it cannot be opened with any key.")
        if done.unreadable or any(use.rows and not use.place for use in sealed):
            self.stderr.write("Put the key back into FIELD_KEY. Without it these can be neither captured nor refunded.")
            raise SystemExit(1)

    def _tell(self, setting: str, what: str, uses: Iterable[KeyUse]) -> None:
        self.stdout.write(f"\n{setting}")
        for use in uses:
            self.stdout.write(f"  {_name(use)}: {_count(use.rows, what)}{_verdict(use)}")


def _name(use: KeyUse) -> str:
    return f"key {use.place} ({use.key})" if use.place else f"a key that is not in the setting ({use.key})"


def _verdict(use: KeyUse) -> str:
    if use.place == 1:
        return ", the newest"
    if not use.place:
        return ""
    if not use.needed:
        return "; it may be taken away"
    return "; still needed" + (
        f" by {use.needed} of them, which have an open authorisation" if use.needed < use.rows else ""
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
