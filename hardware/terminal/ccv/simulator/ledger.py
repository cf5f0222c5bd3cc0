"""The cloud's own durable record: which request made which transaction. What came of it is in the bank's book.

SQLite with ``synchronous=FULL``, beside the book. Times are epoch milliseconds.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    reference   TEXT PRIMARY KEY,
    original    TEXT NOT NULL,
    type        TEXT NOT NULL CHECK (type IN ('authorise', 'capture', 'reversal', 'refund', 'token')),
    line        TEXT NOT NULL,
    idempotency TEXT,
    digest      TEXT NOT NULL,
    body        TEXT NOT NULL,
    created     INTEGER NOT NULL,
    ended       TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_transaction_per_idempotency_reference ON requests (idempotency);
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One transaction. ``line`` names its line in the bank's book; ``ended`` says how it ended where that has none."""

    reference: str
    original: str
    type: str
    line: str
    idempotency: str | None
    digest: str
    body: str
    created: int
    ended: str = ""

    @property
    def asked(self) -> dict[str, object]:
        """The request's body."""
        found: dict[str, object] = json.loads(self.body)
        return found


class Ledger:
    """The record in one file of ``folder``; without one it is kept in memory, for simulations."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "cloud.sqlite3" if folder else ":memory:", check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add(self, record: Record) -> None:
        """Write a new transaction, durably."""
        with self._db:
            self._db.execute(
                "INSERT INTO requests (reference, original, type, line, idempotency, digest, body, created, ended)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    record.reference,
                    record.original,
                    record.type,
                    record.line,
                    record.idempotency,
                    record.digest,
                    record.body,
                    record.created,
                    record.ended,
                ),
            )

    def end(self, reference: str, ended: str) -> None:
        """Write how a transaction ended that has no line in the book."""
        with self._db:
            self._db.execute("UPDATE requests SET ended = ? WHERE reference = ?", (ended, reference))

    def find(self, reference: str) -> Record | None:
        """Return a transaction."""
        row = self._db.execute("SELECT * FROM requests WHERE reference = ?", (reference,)).fetchone()
        return Record(**dict(row)) if row else None

    def by_idempotency(self, reference: str) -> Record | None:
        """Return the transaction that a request with this ``Idempotency-Reference`` made."""
        row = self._db.execute("SELECT * FROM requests WHERE idempotency = ?", (reference,)).fetchone()
        return Record(**dict(row)) if row else None

    def has_line(self, line: str) -> bool:
        """Whether a transaction has this name in the book already."""
        return self._db.execute("SELECT 1 FROM requests WHERE line = ?", (line,)).fetchone() is not None

    def all(self) -> list[Record]:
        """Return every transaction, oldest first."""
        return [Record(**dict(row)) for row in self._db.execute("SELECT * FROM requests ORDER BY rowid")]
