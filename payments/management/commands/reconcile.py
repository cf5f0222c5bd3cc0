"""Compares our operations with the terminals' lists, or with a file of the bank, and says what differs."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from hardware.models import Terminal
from hardware.terminal.csv_layout import read_layout
from hardware.terminal.csv_statement import CsvStatement
from hardware.terminal.registry import open_statement
from hardware.terminal.statements import StatementSource, StatementUnavailable
from payments.admin import wording
from payments.admin.cells import money_text
from payments.models import Difference, Reconciliation
from payments.reconciliation import runs
from payments.reconciliation.totals import read_totals


class Command(BaseCommand):
    """Ends with 1 when something differs or could not be compared."""

    help = "Compare our operations with each terminal's list, or with a CSV file of the bank (docs/reconciliation.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        """The period, the terminal, the file."""
        parser.add_argument("--since", help="day or time it begins; yesterday's midnight if not given")
        parser.add_argument(
            "--until", help="day or time it ends, without that day itself; today's midnight if not given"
        )
        parser.add_argument("--terminal", help="name of one terminal; every one that has a list if not given")
        parser.add_argument("--csv", type=Path, help="compare this file of the bank instead of the terminal's own list")
        parser.add_argument("--layout", help="JSON that says how the file is written, instead of the terminal's record")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, print, and end with 0 only when everything agrees."""
        today = timezone.localdate()
        since = moment(options["since"], today - timedelta(days=1))
        until = moment(options["until"], today)
        if since >= until:
            raise CommandError("the period ends before it begins: give --since and --until")
        agrees = True
        for terminal in self._terminals(options["terminal"], options["csv"]):
            run = self._compare(terminal, since, until, options["csv"], options["layout"])
            self._tell(run)
            agrees &= run.state == Reconciliation.State.AGREES
        if not agrees:
            sys.exit(1)

    def _terminals(self, name: str | None, file: Path | None) -> list[Terminal]:
        if name:
            found = list(Terminal.objects.filter(name=name))
            if not found:
                names = ", ".join(Terminal.objects.values_list("name", flat=True))
                raise CommandError(f"there is no terminal {name}; there are: {names or 'none'}")
            return found
        listed = [each for each in Terminal.objects.filter(enabled=True) if file or runs.has_list(each)]
        if file and len(listed) != 1:
            raise CommandError("say with --terminal whose file it is")
        if not listed:
            raise CommandError("no terminal has a list that could be asked for; give a file of the bank with --csv")
        return listed

    def _compare(
        self, terminal: Terminal, since: datetime, until: datetime, file: Path | None, layout: str | None
    ) -> Reconciliation:
        if file is not None:
            return runs.compare_with(terminal, read_file(terminal, file, layout), runs.Source.FILE, since, until)
        source: StatementSource | None = None
        try:
            source = open_statement(terminal.url, terminal.profile)
        except ValueError as error:
            raise CommandError(f"{terminal}: {error}") from None
        if source is None:
            raise CommandError(f"{terminal} has no list that could be asked for; give a file of the bank with --csv")
        return runs.compare_with(terminal, source, runs.Source.TERMINAL, since, until)

    def _tell(self, run: Reconciliation) -> None:
        period = " to ".join(f"{timezone.localtime(each):%Y-%m-%d %H:%M}" for each in (run.since, run.until))
        self.stdout.write(
            f"{run.terminal}, {period}, {run.origin or run.get_source_display()}: {run.get_state_display()}"
        )
        if run.state in Reconciliation.OPEN:
            self.stdout.write("  it is being compared already; look at it in the admin, or try again in a minute")
        elif run.state == Reconciliation.State.FAILED:
            self.stdout.write(f"  {run.detail} ({run.reason})")
        else:
            self.stdout.write(f"  {'':<12}{'ours':>6} {'amount':>14}   {'theirs':>6} {'amount':>14}")
            for row in read_totals(run.totals):
                mark = "" if row.agrees else "   differs"
                self.stdout.write(
                    f"  {row.kind:<12}{row.ours:>6} {money_text(row.our_amount):>14}   {row.theirs:>6} {money_text(row.their_amount):>14}{mark}"
                )
        for each in run.differences.filter(resolved_at=None).select_related("operation", "authorisation"):
            self._tell_difference(each)

    def _tell_difference(self, row: Difference) -> None:
        about = row.authorisation.reference if row.authorisation else "no payment of ours"
        at = f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}"
        self.stdout.write(self.style.WARNING(f"  {row.get_what_display()}: {row.get_kind_display()}, {about}, {at}"))
        self.stdout.write(f"    {wording.sides(row)}")
        self.stdout.write(f"    {wording.advice(row)}")


def read_file(terminal: Terminal, file: Path, layout: str | None) -> CsvStatement:
    """The file, read by ``layout`` or the terminal's record. Raises CommandError in words that help."""
    try:
        record = json.loads(layout) if layout else terminal.statement_layout
        return CsvStatement(file.name, file.read_bytes(), read_layout(record, time_zone=settings.TIME_ZONE))
    except OSError as error:
        raise CommandError(f"{file.name} cannot be read: {error.strerror}") from None
    except json.JSONDecodeError:
        raise CommandError("--layout is not JSON") from None
    except (ValueError, StatementUnavailable) as error:
        raise CommandError(str(error)) from None


def moment(text: str | None, default: date) -> datetime:
    """A day or a time as somebody types it, in the time zone of the site."""
    try:
        found = datetime.fromisoformat(text) if text else datetime.combine(default, time.min)
    except ValueError:
        raise CommandError(f"{text!r} is no day and no time; write 2026-11-22 or 2026-11-22T14:00") from None
    return found if found.tzinfo else timezone.make_aware(found)
