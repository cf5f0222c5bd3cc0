"""Writes docs/constraints.md from the attacks of the test suite: python -m tools.constraints."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from tests import environment

environment.apply()  # before anything reads the settings

import django  # noqa: E402

django.setup()

from tests.payments.attacks import ATTACKS, Attack  # noqa: E402

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "constraints.md"

HEAD = """# What the database refuses

Each attempt is made in plain SQL, past the program, by `tests/payments/test_constraints.py`, on SQLite and on PostgreSQL,
which also checks that it was this rule that stopped it and that no rule about money is without an attempt. Where two
writers can meet, `tests/payments/test_constraints_races.py` lets two transactions try it at once. Rules without a
CHECK or an index are triggers (`payments/guards.py`, `kiosk/guards.py`). Written by `python -m tools.constraints`.

| rule | attempts that it stopped | SQLite | PostgreSQL |
|---|---|---|---|
"""
#: What has no name of ours.
_LABELS = {"deadline_at": "`deadline_at` is not empty", "authorisation_id": "the journal's foreign key"}


def document() -> str:
    """The whole page."""
    return HEAD + "".join(f"{row}\n" for row in rows())


def rows() -> list[str]:
    """A row for each rule, by name."""

    def name(attack: Attack) -> str:
        return attack.constraint

    return [
        f"| {_LABELS.get(rule, f'`{rule}`')} | {'; '.join(each.attempt for each in attacks)} | stopped | stopped |"
        for rule, attacks in groupby(sorted(ATTACKS, key=name), name)
    ]


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
