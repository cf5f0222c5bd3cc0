"""The triggers are in the database that the migrations make, and a migration can lift them and put them back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection, transaction

from kiosk.guards import GUARDS as KIOSK_GUARDS
from payments import guards, journal
from payments.decisions import decide
from payments.lifecycle import Event
from payments.models import Authorisation, JournalEntry
from tests.payments.approving import QuickDesk
from tests.payments.cashdesk import euros

DECISION = Path(__file__).parents[2] / "docs" / "decisions" / "0012-a-journal-in-chains-and-seals.md"

#: Taken away for all tests by tests/conftest.py.
LIFTED = {guard.name for guard in guards.GUARDS if guard.event == "DELETE"}
_TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


def installed() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def carry_out(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_every_guard_is_there(db: None) -> None:
    assert installed() == {guard.name for guard in (*guards.GUARDS, *KIOSK_GUARDS)} - LIFTED


def test_guards_can_be_lifted_and_put_back(db: None) -> None:
    before = installed()
    everything = [*guards.GUARDS, *KIOSK_GUARDS]
    carry_out([statement for guard in everything for statement in guard.drop(connection.vendor)])
    assert installed() == set()
    kept = [guard for guard in everything if guard.name not in LIFTED]
    carry_out([statement for guard in kept for statement in guard.create(connection.vendor)])
    assert installed() == before


def test_an_entry_cannot_be_changed_and_the_refusal_says_why(quick_desk: QuickDesk) -> None:
    quick_desk.held()
    with pytest.raises(IntegrityError, match="journal_never_changes: it is written once"), transaction.atomic():
        JournalEntry.objects.update(cause="nothing")


def test_the_journal_cannot_be_emptied(quick_desk: QuickDesk) -> None:
    quick_desk.held()
    connection.check_constraints()  # PostgreSQL empties no table with checks outstanding
    carry_out(
        [statement for guard in guards.GUARDS if guard.name in LIFTED for statement in guard.create(connection.vendor)]
    )
    empty = (
        "TRUNCATE payments_journalentry" if connection.vendor == "postgresql" else "DELETE FROM payments_journalentry"
    )
    with pytest.raises(IntegrityError, match="journal_never_goes: it is kept"), transaction.atomic():
        carry_out([empty])


def test_money_moves_for_a_database_user_who_may_not_change_the_journal(quick_desk: QuickDesk) -> None:
    """With the very grants that the decision recommends; SQLite has none."""
    if connection.vendor == "postgresql":
        (grants,) = re.findall(r"```sql\n(.*?)```", DECISION.read_text(encoding="utf-8"), re.DOTALL)
        carry_out(["CREATE ROLE tapcharge_run", grants, "SET ROLE tapcharge_run"])
    authorisation = quick_desk.taken()
    quick_desk.run(quick_desk.refund(authorisation, euros("2.34")))
    quick_desk.lose(quick_desk.capture(quick_desk.held()))
    doubted = Authorisation.objects.get(state="in_doubt")
    user = User.objects.create(username="ops")
    decide(doubted, Event.FOUND_RELEASED, amount=euros("0"), user=user, note="seen", now=quick_desk.clock())
    journal.seal(quick_desk.clock.forward(hours=1))
    assert journal.verify().findings == []
    with pytest.raises(DatabaseError, match=r"permission denied|it is written once"), transaction.atomic():
        JournalEntry.objects.update(cause="nothing")
