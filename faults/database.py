"""The product's database in memory: made once, put back before every history, and struck by faults at every step.

The connection is Django's own for SQLite with the product's options. It asks its ``hooks`` before a transaction begins,
before a statement writes, and before and after a commit; what they raise is what the product gets to see.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.sqlite3.base import DatabaseWrapper

_WRITES = ("INSERT", "UPDATE", "DELETE")

#: Whether a sweep would find something now, or a little more than that; but for holds whose deadline is near, which are
#: in no hurry.
_DUE = {
    "payments.sweep": """
SELECT EXISTS (SELECT 1 FROM payments_operation WHERE state = 'queued' AND due_at <= :now)
    OR EXISTS (SELECT 1 FROM payments_operation WHERE state = 'in_flight' AND lease_until < :now)
    OR EXISTS (SELECT 1 FROM payments_operation WHERE state = 'unknown' AND recovery_at <= :now)
""",
    "kiosk.sweep": """
SELECT EXISTS (SELECT 1 FROM hardware_command WHERE state = 'sent' AND sent_at <= :half_a_minute_ago)
    OR EXISTS (SELECT 1 FROM hardware_command command
               JOIN hardware_chargepoint post ON post.id = command.charge_point_id
               WHERE command.state = 'queued' AND (command.expires_at <= :now OR post.connection <> ''))
    OR EXISTS (SELECT 1 FROM kiosk_stopattempt attempt
               JOIN payments_operation operation ON operation.id = attempt.operation_id
               JOIN kiosk_session session ON session.id = attempt.session_id
               WHERE attempt.outcome = 'waiting'
               AND (operation.state NOT IN ('queued', 'in_flight') OR session.state <> 'charging'))
    OR EXISTS (SELECT 1 FROM kiosk_session session
               JOIN payments_authorisation authorisation ON authorisation.id = session.authorisation_id
               LEFT JOIN hardware_transaction charging ON charging.id = session.transaction_id
               LEFT JOIN hardware_command command ON command.id = session.start_command_id
               LEFT JOIN hardware_transaction started ON started.command_id = command.id
               WHERE session.state IN
                   ('authorising', 'authorised', 'starting', 'charging', 'stopping', 'settling', 'in_doubt')
               AND (session.deadline_at <= :now OR CASE session.state
                   WHEN 'authorising' THEN authorisation.state <> 'pending'
                   WHEN 'starting' THEN command.state NOT IN ('queued', 'sent', 'accepted') OR started.id IS NOT NULL
                   WHEN 'charging' THEN authorisation.state <> 'authorised' OR charging.stopped_at IS NOT NULL
                   WHEN 'stopping' THEN charging.stopped_at IS NOT NULL
                   WHEN 'settling' THEN authorisation.state NOT IN ('capturing', 'releasing')
                   WHEN 'in_doubt' THEN authorisation.state <> 'in_doubt'
                   ELSE 1 END))
""",
}


class Hooks(Protocol):
    """What happens around the database's work."""

    def before_begin(self) -> None:
        """A transaction is about to begin, or a single statement outside any."""

    def before_statement(self, writes: bool) -> None:
        """A statement is about to run."""

    def before_commit(self) -> None:
        """What was written is about to be kept. Whatever this raises, it is not."""

    def after_commit(self) -> None:
        """What was written is kept."""


class Connection(DatabaseWrapper):
    """The one connection of a simulation."""

    hooks: Hooks | None = None

    def _start_transaction_under_autocommit(self) -> None:
        if self.hooks is not None:
            self.hooks.before_begin()
        super()._start_transaction_under_autocommit()  # type: ignore[misc]

    def _commit(self) -> None:
        if self.hooks is None:
            super()._commit()  # type: ignore[misc]
            return
        try:
            self.hooks.before_commit()
            super()._commit()  # type: ignore[misc]
            self.hooks.after_commit()
        except BaseException:
            self._rollback()  # type: ignore[attr-defined]
            self.run_on_commit = []
            raise

    def around(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Django's wrapper of every statement."""
        hooks = self.hooks
        if hooks is None:
            return execute(sql, params, many, context)
        writes, alone = sql.startswith(_WRITES), not self.in_atomic_block
        if alone:
            hooks.before_begin()
        hooks.before_statement(writes)
        if not (alone and writes):
            return execute(sql, params, many, context)
        hooks.before_commit()
        result = execute(sql, params, many, context)
        hooks.after_commit()
        return result


class Database:
    """The connection, and the contents that every history begins with."""

    def __init__(self) -> None:
        self.connection = Connection(
            {
                **connections[DEFAULT_DB_ALIAS].settings_dict,
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": ":memory:",
                "CONN_MAX_AGE": None,
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA synchronous=OFF;",
                    "cached_statements": 2000,
                },
            },
            DEFAULT_DB_ALIAS,
        )
        self._template = sqlite3.connect(":memory:")

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """For the length of the block the product works with this database, and with no other."""
        before = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = self.connection
        try:
            with self.connection.execute_wrapper(self.connection.around):
                yield
        finally:
            connections[DEFAULT_DB_ALIAS] = before

    def make(self, furnish: Callable[[], None]) -> None:
        """Migrate, have ``furnish`` write what every history begins with, and remember it."""
        call_command("migrate", verbosity=0)
        furnish()
        self.connection.connection.backup(self._template)

    def due(self, now: datetime) -> set[str]:
        """The sweeps that would find something to do; past Django, because it is asked so often."""
        times = {"now": _text(now), "half_a_minute_ago": _text(now - timedelta(seconds=30))}
        return {task for task, sql in _DUE.items() if self.connection.connection.execute(sql, times).fetchone()[0]}

    def restore(self) -> None:
        """Back to the beginning."""
        self.connection.hooks = None
        self.connection.run_on_commit = []
        self._template.backup(self.connection.connection)


def _text(at: datetime) -> str:
    """As Django keeps it in SQLite."""
    return str(at.replace(tzinfo=None))
