"""The first thing to do with a database that came out of a backup, before any process starts (docs/restore.md)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from hardware.models import Terminal
from hardware.restoring import skip_transaction_ids
from hardware.terminal.registry import open_statement
from hardware.terminal.statements import StatementUnavailable
from payments import restoring
from payments.lifecycle import OPEN
from payments.models import Authorisation, Operation

#: The lists are read from a little before the oldest open hold: clocks differ.
_BEFORE = timedelta(hours=1)


class Command(BaseCommand):
    """Ends with 0 when every terminal with an open hold was asked for its list."""

    help = "Call in doubt what may have happened after the backup was made. Only while no other process runs."

    def handle(self, *args: Any, **options: Any) -> None:
        """Doubt, read the lists, and say what is left for a person."""
        now = timezone.now()
        skip_transaction_ids()
        waited = restoring.doubt_what_waited(now)
        self._tell("Was waiting when the backup was made, now in doubt", waited)
        unheard = [terminal.name for terminal in Terminal.objects.all() if not self._remember(terminal, now)]
        if unheard:
            self.stdout.write(
                f"Without a list: {', '.join(unheard)}. A hold of theirs that was settled after the backup was made is"
                " settled again when its visit ends; the bank refuses that, and a person decides. Look into the bank's"
                " list first (docs/restore.md)."
            )
        self.stdout.write("Now start the processes. What is in doubt is found out, or waits for a person in the admin.")
        if unheard:
            raise SystemExit(1)

    def _remember(self, terminal: Terminal, now: datetime) -> bool:
        """False when it has open holds and no list."""
        holds = Authorisation.objects.filter(terminal=terminal, state__in=OPEN).order_by("created_at")
        oldest = holds.values_list("created_at", flat=True).first()
        if oldest is None:
            return True
        try:
            source = open_statement(terminal.url, terminal.profile)
            lines = list(source.statement(oldest - _BEFORE, now + _BEFORE)) if source else None
        except (StatementUnavailable, ValueError) as error:
            self.stdout.write(f"The list of {terminal.name} could not be had: {error}")
            return False
        if lines is None:
            return False
        self._tell(f"Only on the list of {terminal.name}, now in doubt", restoring.remember(terminal, lines, now))
        return True

    def _tell(self, what: str, found: list[Operation]) -> None:
        self.stdout.write(f"{what}: {', '.join(str(each) for each in found) or 'nothing'}")
