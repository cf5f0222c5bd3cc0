"""What must never be in the database, tried by writing it there past the program, in plain SQL."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import UniqueConstraint
from django.utils import timezone

from kiosk.guards import GUARDS as KIOSK_GUARDS
from payments.guards import GUARDS
from tests.payments.attacks import ATTACKS, Attack
from tests.payments.world import MONEY, World
from tools.constraints import DOCUMENT, document

#: What is no constraint with a name of ours, but attacked all the same: a column that is never empty, a foreign key.
UNNAMED = {"deadline_at", "authorisation_id"}


@pytest.fixture
def world(db: None) -> World:
    """One for all attacks: none of them leaves a trace. With the guards against deletion, which other tests do without."""
    with connection.cursor() as cursor:
        for guard in GUARDS:
            for statement in guard.create(connection.vendor) if guard.event == "DELETE" else ():
                cursor.execute(statement)
    return World(timezone.now())


def test_the_database_refuses_every_attack(world: World, subtests: pytest.Subtests) -> None:
    for attack in ATTACKS:
        with subtests.test(str(attack)):
            with pytest.raises(IntegrityError) as refused:
                _attempt(attack, world)
            assert re.search(rf"\b{_as_reported(attack.constraint)}\b", str(refused.value))


@transaction.atomic
def _attempt(attack: Attack, world: World) -> None:
    attack.attempts(world)
    connection.check_constraints()


def _as_reported(name: str) -> str:
    """SQLite calls a broken unique constraint by its columns."""
    for model in MONEY:
        for constraint in model._meta.constraints:
            if constraint.name == name and isinstance(constraint, UniqueConstraint) and connection.vendor == "sqlite":
                columns = {each.name: each.column for each in model._meta.concrete_fields}
                return ", ".join(f"{model._meta.db_table}.{columns[field]}" for field in constraint.fields)
    return "FOREIGN KEY|foreign key" if name == "authorisation_id" else name


def test_every_rule_about_money_is_attacked() -> None:
    rules = {constraint.name for model in MONEY for constraint in model._meta.constraints}
    rules |= {guard.name for guard in (*GUARDS, *KIOSK_GUARDS)}
    assert {attack.constraint for attack in ATTACKS} == rules | UNNAMED


def test_the_page_about_constraints_is_in_step() -> None:
    """``python -m tools.constraints`` writes it anew."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()
