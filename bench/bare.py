"""Rows by bare SQL: the peer of the money operations. Tables of the same shape without a key, an index or a rule."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.types.string import TextLoader

#: The tables that each commit writes, in order; a table as often as rows are written to it.
Commits = Sequence[Sequence[str]]


class Bare:
    """The driver of the database and nothing else, waiting for the disk as the product does."""

    def __init__(self) -> None:
        self._inserts: dict[str, str] = {}
        self._rows: dict[str, Iterator[Sequence[Any]]] = {}
        self._database: Any
        if connection.vendor == "sqlite":
            self._source = sqlite3.connect(settings.DATABASES["default"]["NAME"])
            self._database = sqlite3.connect(settings.VAR_DIR / "bare.sqlite3", isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=FULL")
            self._begin, self._mark = "BEGIN IMMEDIATE", "?"
        else:
            self._database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
            self._database.adapters.register_loader("jsonb", TextLoader)
            self._source = self._database
            self._begin, self._mark = "BEGIN", "%s"

    def prepare(self, commits: Commits) -> None:
        """Make the tables, and take rows for them from what the product has written."""
        for table in {table for commit in commits for table in commit} - set(self._inserts):
            found = self._source.execute(f"SELECT * FROM {table} LIMIT 100")  # noqa: S608  # a table of ours
            columns, rows = [each[0] for each in found.description], found.fetchall()
            self._rows[table] = cycle(rows)
            shape = f"({', '.join(columns)})" if connection.vendor == "sqlite" else f"AS TABLE {table} WITH NO DATA"
            self._database.execute(f"CREATE TABLE bare_{table} {shape}")
            marks = ", ".join([self._mark] * len(columns))
            self._inserts[table] = f"INSERT INTO bare_{table} VALUES ({marks})"  # noqa: S608

    def write(self, commits: Commits) -> None:
        """Insert a row for each that the product wrote, with its commits."""
        for tables in commits:
            self._database.execute(self._begin)
            for table in tables:
                self._database.execute(self._inserts[table], next(self._rows[table]))
            self._database.execute("COMMIT")

    def close(self) -> None:
        """Leave the database."""
        self._database.close()
