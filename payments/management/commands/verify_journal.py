"""``manage.py verify_journal``: whether the journal of money is as it was written."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from payments import journal
from payments.journal.verifying import ENOUGH, EXPLANATIONS, Verdict

_WHAT_TO_DO = """\
Somebody, or something, changed money past the program. Do not repair it: stop refunds, keep a copy of the database,
compare it with the last backup and with the acquirer's list (manage.py reconcile), and find out who had access."""


class Command(BaseCommand):
    """Exit code 0: in order. 1: something was found; each line says what, where and what it means."""

    help = "Checks every entry of the journal of money, every seal over it, and every authorisation against it."

    def add_arguments(self, parser: CommandParser) -> None:
        """``--anchor``: a seal that was written down elsewhere."""
        parser.add_argument(
            "--anchor",
            metavar="NUMBER:HASH",
            default="",
            help="a seal that an earlier check named and that was written down outside this database",
        )

    def handle(self, *args: Any, anchor: str, **options: Any) -> None:
        """Check, and say what was found."""
        verdict = journal.verify(anchor.strip())
        read = f"{verdict.entries:,} entries, {verdict.seals:,} seals"
        if not verdict.findings:
            self.stdout.write(f"{read}: in order. {_newest(verdict)}")
            return
        for finding in verdict.findings:
            entry = f" (entry id {finding.entry})" if finding.entry is not None else ""
            self.stdout.write(f"{finding.what}: {finding.where}{entry}: {EXPLANATIONS[finding.what]}")
        more = " or more" if len(verdict.findings) == ENOUGH else ""
        self.stdout.write(f"{read}: {len(verdict.findings):,}{more} found.")
        self.stdout.write(_WHAT_TO_DO)
        sys.exit(1)


def _newest(verdict: Verdict) -> str:
    if not verdict.newest_seal:
        return "Nothing is sealed yet."
    number, _, digest = verdict.newest_seal.partition(":")
    return f"Seal {number} is {digest}: write down {verdict.newest_seal} elsewhere, for --anchor."
