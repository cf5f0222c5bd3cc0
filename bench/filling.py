"""Very many authorisations in little time: one that the product's own services made, multiplied by the database."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.db import connection
from django.db.models import Model
from moneyed import Money

from hardware.models import Terminal
from hardware.terminal.interface import Card, Handle, Outcome, Reason, Result, TokenType
from payments import answers, authorisations, operations
from payments.belief import Answer
from payments.models import Authorisation, Operation
from payments.money import from_minor

#: Nobody answers at this port of the loopback, and nobody asks.
_URL, _PROFILE = "payproxy+http://127.0.0.1:9", {"refund": True, "recover": True}
HELD, TAKEN = Money("40.00", "EUR"), Money("12.34", "EUR")
#: Rows of one statement: with a million of them SQLite's log would become as large as the database.
_AT_ONCE = 100_000
#: The key of an operation, made of a number.
_KEY = {"sqlite": "printf('%%032x', {})", "postgresql": "lpad(to_hex({}), 32, '0')::uuid"}


def terminals(count: int, now: datetime) -> list[Terminal]:
    """``count`` terminals that are ready, with ids in a row."""
    ready = Terminal.State.READY
    names = [f"Bench {number:03d}" for number in range(count)]
    rows = [Terminal(name=name, url=_URL, profile=_PROFILE, state=ready, state_at=now) for name in names]
    return Terminal.objects.bulk_create(rows)


def approval(operation: Operation, now: datetime) -> Result:
    """What a terminal says that did what ``operation`` asks."""
    card = Card(TokenType.CARD, uuid4().hex, brand="VISA", last_four="1234")
    return Result(
        Outcome.APPROVED,
        from_minor(operation.amount_minor, operation.currency),
        operation.request_id,
        card=card,
        handle=Handle(operation.request_id, uuid4().hex, "1", "123456"),
        stan="123456",
        at=now,
    )


def answered(operation: Operation, now: datetime, answer: Answer | None = None) -> None:
    """Have ``operation`` claimed, and its answer recorded (none: approved)."""
    if operations.claim(operation.pk, now) is None:
        raise RuntimeError(f"{operation} cannot be claimed")
    answers.record(operation.pk, answer or approval(operation, now), now)


def held(terminal: Terminal, now: datetime) -> Authorisation:
    """A hold, as it is when a card was presented."""
    authorisation = authorisations.authorise(terminal=terminal, amount=HELD, language="en", now=now)
    answered(authorisation.operations.get(), now)
    authorisation.refresh_from_db()
    return authorisation


def captured(terminal: Terminal, now: datetime) -> Authorisation:
    """One that is finished."""
    authorisation = held(terminal, now)
    answered(authorisations.capture(authorisation, amount=TAKEN, reason=Reason.NORMAL_END, now=now), now)
    authorisation.refresh_from_db()
    return authorisation


def multiply(authorisation: Authorisation, count: int, terminals: list[Terminal], first: int) -> None:
    """``count`` more like ``authorisation``, with ids from ``first``, each with its newest operation and journal entry.

    They are spread over ``terminals``; their request ids are ten times their ids. Of a journal that is copied like
    this the hashes do not fit.
    """
    place = {"terminal_id": f"{terminals[0].pk} + n %% {len(terminals)}"}
    operation, entry = authorisation.operations.latest("request_id"), authorisation.journal.latest("number")
    key = _KEY[connection.vendor].format("n")
    for begin in range(first, first + count, _AT_ONCE):
        numbers = range(begin, min(begin + _AT_ONCE, first + count))
        again(authorisation, numbers, {"id": "n", "reference": "'B' || n", **place})
        again(operation, numbers, {"id": key, "request_id": "10 * n", "authorisation_id": "n", **place})
        again(entry, numbers, {"id": "n", "authorisation_id": "n"})


def again(row: Model, numbers: range, changed: dict[str, str]) -> None:
    """Insert ``row`` once more for each number, but with what ``changed`` says in SQL of the number ``n``."""
    table, columns = row._meta.db_table, [str(field.column) for field in row._meta.concrete_fields]
    values = ", ".join(changed.get(column, f"{table}.{column}") for column in columns)
    key = row._meta.pk
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE series(n) AS (SELECT {numbers.start} UNION ALL "  # noqa: S608  # no input of anybody
            f"SELECT n + 1 FROM series WHERE n < {numbers.stop - 1}) "
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}, series "
            f"WHERE {table}.{key.column} = %s",
            [key.get_db_prep_save(row.pk, connection)],
        )
