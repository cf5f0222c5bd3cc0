"""The product's database in memory: made once, put back before every history, and struck by faults at every step.

The connection is Django's own for SQLite with the product's options. It asks its ``hooks`` before a transaction begins,
before a statement writes, and before and after a commit; what they raise is what the product gets to see.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.sqlite3.base import DatabaseWrapper

_WRITES = ("INSERT", "UPDATE", "DELETE")

_URGENT = """
SELECT EXISTS (SELECT 1 FROM payments_operation WHERE state IN ('queued', 'in_flight'))
    OR EXISTS (SELECT 1 FROM payments_operation WHERE state = 'unknown' AND recovery_at IS NOT NULL)
    OR EXISTS (SELECT 1 FROM hardware_command WHERE state IN ('queued', 'sent'))
    OR EXISTS (SELECT 1 FROM kiosk_stopattempt WHERE outcome = 'waiting')
    OR EXISTS (SELECT 1 FROM kiosk_session
               WHERE state IN ('authorising', 'authorised', 'starting', 'stopping', 'settling'))
"""


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

    def is_urgent(self) -> bool:
        """Whether a sweep may soon find something to do; past Django, because it is asked so often."""
        return bool(self.connection.connection.execute(_URGENT).fetchone()[0])

    def restore(self) -> None:
        """Back to the beginning."""
        self.connection.hooks = None
        self.connection.run_on_commit = []
        self._template.backup(self.connection.connection)
