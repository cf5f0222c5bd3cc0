"""Rules of money that a CHECK cannot see, as triggers: what must never change, and what another table must agree to.

One condition in SQL serves SQLite and PostgreSQL. A row that meets it is refused with the name of the guard, as a
constraint refuses it (IntegrityError). On PostgreSQL a guard that sums up other rows locks their authorisation first,
so that two transactions cannot each overlook the other.

SQLite drops a table's triggers when a migration rebuilds the table, and does not rebuild a table that a trigger reads:
a migration that alters a guarded table begins with ``*guards.LIFT`` and ends with ``*guards.OPERATIONS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation as MigrationOperation

from payments.lifecycle import FINAL


@dataclass(frozen=True, slots=True)
class Guard:
    """Before ``event`` (INSERT, UPDATE OF columns, DELETE) on ``table``: refused ``when`` it is so, because ``says``."""

    name: str
    table: str
    event: str
    when: str
    says: str
    #: The authorisation whose rows ``when`` reads.
    locks: str = ""

    def create(self, vendor: str) -> Iterator[str]:
        """The statements that put it there."""
        if vendor == "sqlite":
            yield (
                f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW WHEN {self.when} "
                f"BEGIN SELECT RAISE(ABORT, '{self.name}: {self.says}'); END"
            )
            return
        lock = f"PERFORM 1 FROM payments_authorisation WHERE id = {self.locks} FOR NO KEY UPDATE;" if self.locks else ""
        yield (
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {lock} IF {self.when} THEN "
            f"RAISE EXCEPTION '{self.name}: {self.says}' USING ERRCODE = 'check_violation', CONSTRAINT = '{self.name}'; "
            "END IF; RETURN NEW; END $$"
        )
        called = f"EXECUTE FUNCTION {self.name}()"
        yield f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW {called}"
        if self.event == "DELETE":
            yield f"CREATE TRIGGER {self.name}_all BEFORE TRUNCATE ON {self.table} FOR EACH STATEMENT {called}"

    def drop(self, vendor: str) -> Iterator[str]:
        """The statements that take it away."""
        if vendor == "sqlite":
            yield f"DROP TRIGGER IF EXISTS {self.name}"
        else:
            yield f"DROP FUNCTION IF EXISTS {self.name}() CASCADE"


def written_once(word: str, table: str) -> Sequence[Guard]:
    """A record that nobody changes and nobody takes away."""
    return (
        Guard(f"{word}_never_changes", table, "UPDATE", "1 = 1", "it is written once"),
        Guard(f"{word}_never_goes", table, "DELETE", "1 = 1", "it is kept"),
    )


def _differs(*columns: str) -> str:
    return "(" + " OR ".join(f"NEW.{name} <> OLD.{name}" for name in columns) + ")"


def _of_hold(column: str) -> str:
    return f"(SELECT {column} FROM payments_authorisation WHERE id = NEW.authorisation_id)"  # noqa: S608  # no input of anybody


_FINAL = "(" + ", ".join(f"'{state}'" for state in sorted(FINAL)) + ")"
_AMOUNTS = ("authorised_minor", "captured_minor", "released_minor")
_INTENT = ("kind", "terminal_id", "request_id", "amount_minor", "currency", "authorisation_id", "refund_id")
_DOUBTFUL_REFUND = (
    "SELECT 1 FROM payments_refund WHERE id = NEW.refund_id AND authorisation_id = NEW.authorisation_id "
    "AND state = 'in_doubt'"
)
_GIVEN = (
    "(SELECT coalesce(sum(amount_minor), 0) FROM payments_refund WHERE authorisation_id = {} AND state <> 'refused')"
)

GUARDS: tuple[Guard, ...] = (
    *written_once("journal", "payments_journalentry"),
    *written_once("seal", "payments_journalseal"),
    *written_once("decision", "payments_decision"),
    *written_once("evidence", "payments_evidence"),
    Guard(
        "asked_stays_asked",
        "payments_authorisation",
        "UPDATE OF requested_minor, currency, terminal_id, reference",
        _differs("requested_minor", "currency", "terminal_id", "reference"),
        "what was asked of the card cannot be changed",
    ),
    Guard(
        "closed_stays_closed",
        "payments_authorisation",
        f"UPDATE OF state, {', '.join(_AMOUNTS)}",
        f"OLD.state IN {_FINAL} AND {_differs('state', *_AMOUNTS)}",
        "a closed authorisation can only be refunded",
    ),
    Guard(
        "reserved_covers_refunds",
        "payments_authorisation",
        "UPDATE OF refunded_minor",
        f"NEW.refunded_minor < OLD.refunded_minor AND NEW.refunded_minor < {_GIVEN.format('NEW.id')}",
        "refunds that were given or are under way need it",
    ),
    Guard(
        "operation_in_currency_of_hold",
        "payments_operation",
        "INSERT",
        f"NEW.authorisation_id IS NOT NULL AND NEW.currency <> {_of_hold('currency')}",
        "the hold is in another currency",
    ),
    Guard(
        "capture_at_most_held",
        "payments_operation",
        "INSERT",
        f"NEW.kind = 'capture' AND NEW.amount_minor > {_of_hold('authorised_minor')}",
        "more than is held",
    ),
    Guard(
        "refund_sent_as_asked",
        "payments_operation",
        "INSERT",
        "NEW.kind = 'refund' AND NOT EXISTS (SELECT 1 FROM payments_refund WHERE id = NEW.refund_id "
        "AND authorisation_id = NEW.authorisation_id AND amount_minor = NEW.amount_minor)",
        "the refund is of another amount or another payment",
    ),
    Guard(
        "intent_stays",
        "payments_operation",
        f"UPDATE OF {', '.join(_INTENT)}",
        _differs(*_INTENT),
        "what a terminal is asked cannot be changed",
    ),
    Guard(
        "finished_stays_finished",
        "payments_operation",
        "UPDATE OF state, outcome",
        f"OLD.state IN ('answered', 'not_sent', 'cancelled') AND {_differs('state', 'outcome')}",
        "a finished operation is never sent again",
    ),
    Guard(
        "doubt_is_never_sent_again",
        "payments_operation",
        "UPDATE OF state",
        "OLD.state = 'unknown' AND NEW.state IN ('queued', 'in_flight', 'cancelled')",
        "what may have happened is found out or decided",
    ),
    Guard(
        "refund_is_reserved",
        "payments_refund",
        "INSERT",
        f"NEW.state <> 'refused' AND {_GIVEN.format('NEW.authorisation_id')} + NEW.amount_minor "
        f"> {_of_hold('refunded_minor')}",
        "more than was reserved for refunds",
        locks="NEW.authorisation_id",
    ),
    Guard(
        "refund_stays_as_asked",
        "payments_refund",
        "UPDATE OF amount_minor, authorisation_id",
        _differs("amount_minor", "authorisation_id"),
        "a refund cannot be changed",
    ),
    Guard(
        "refund_ends_once",
        "payments_refund",
        "UPDATE OF state",
        f"OLD.state IN ('done', 'refused') AND {_differs('state')}",
        "what became of it is known",
    ),
    Guard(
        "decision_is_about_doubt",
        "payments_decision",
        "INSERT",
        f"NEW.refund_id IS NULL AND {_of_hold('state')} <> 'in_doubt' "
        f"OR NEW.refund_id IS NOT NULL AND NOT EXISTS ({_DOUBTFUL_REFUND})",
        "nothing is in doubt",
        locks="NEW.authorisation_id",
    ),
)


def install(guards: Iterable[Guard], editor: BaseDatabaseSchemaEditor) -> None:
    """Put ``guards`` into the database."""
    for guard in guards:
        for statement in guard.create(editor.connection.vendor):
            editor.execute(statement, params=None)


def lift(guards: Iterable[Guard], editor: BaseDatabaseSchemaEditor) -> None:
    """Take ``guards`` out of the database."""
    for guard in guards:
        for statement in guard.drop(editor.connection.vendor):
            editor.execute(statement, params=None)


def migration(guards: Sequence[Guard]) -> tuple[list[MigrationOperation], list[MigrationOperation]]:
    """What a migration does to install ``guards``, and to lift them."""

    def put(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        install(guards, editor)

    def take(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        lift(guards, editor)

    return [migrations.RunPython(put, take)], [migrations.RunPython(take, put)]


OPERATIONS, LIFT = migration(GUARDS)
