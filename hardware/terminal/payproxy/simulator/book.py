"""The bank's durable book: what was held, taken, freed and given back, whatever became of the answers.

SQLite with ``synchronous=FULL``: once a row is written, a crash of the simulator does not lose it.
Amounts are integer minor units. Times are UTC, ISO 8601 with microseconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS transactions (
    request_id   TEXT PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('authorise', 'capture', 'release', 'refund')),
    outcome      TEXT NOT NULL CHECK (outcome IN ('approved', 'declined', 'aborted', 'timed_out')),
    reason       TEXT NOT NULL,
    asked_minor  INTEGER NOT NULL CHECK (asked_minor >= 0),
    amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
    currency     TEXT NOT NULL,
    of           TEXT REFERENCES transactions (request_id),
    card         TEXT NOT NULL,
    stan         TEXT NOT NULL,
    reference    TEXT NOT NULL,
    repeats      INTEGER NOT NULL DEFAULT 0,
    at           TEXT NOT NULL,
    CHECK (outcome = 'approved' OR amount_minor = 0)
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_settlement_per_authorisation
    ON transactions (of) WHERE kind IN ('capture', 'release') AND outcome = 'approved';
"""

_TOTALS = """
SELECT a.request_id, a.currency, a.card, a.amount_minor AS authorised_minor,
       SUM(CASE WHEN t.kind = 'capture' THEN t.amount_minor ELSE 0 END) AS captured_minor,
       SUM(CASE WHEN t.kind = 'capture' THEN a.amount_minor - t.amount_minor
                WHEN t.kind = 'release' THEN t.amount_minor ELSE 0 END) AS released_minor,
       SUM(CASE WHEN t.kind = 'refund' THEN t.amount_minor ELSE 0 END) AS refunded_minor
FROM transactions a LEFT JOIN transactions t ON t.of = a.request_id AND t.outcome = 'approved'
WHERE a.kind = 'authorise' AND a.outcome = 'approved'
GROUP BY a.request_id ORDER BY a.rowid
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the book. ``of`` is the request id of the authorisation that it settles or gives back."""

    request_id: str
    kind: str
    outcome: str
    asked_minor: int
    amount_minor: int
    currency: str
    stan: str
    at: str
    reason: str = ""
    of: str | None = None
    card: str = ""
    reference: str = ""
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """What became of one approved authorisation, in minor units."""

    request_id: str
    currency: str
    card: str
    authorised_minor: int
    captured_minor: int
    released_minor: int
    refunded_minor: int

    @property
    def held_minor(self) -> int:
        """What is still held."""
        return self.authorised_minor - self.captured_minor - self.released_minor


class Book:
    """The book in one file of ``folder``; without one it is kept in memory, for simulations."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "book.sqlite3" if folder else ":memory:", check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file; every row is already in it."""
        self._db.close()

    def add(self, entry: Entry) -> None:
        """Write one line, durably. Raises sqlite3.IntegrityError for what no bank would do."""
        with self._db:
            self._db.execute(
                "INSERT INTO transactions (request_id, kind, outcome, reason, asked_minor, amount_minor, currency, of,"
                " card, stan, reference, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    entry.request_id,
                    entry.kind,
                    entry.outcome,
                    entry.reason,
                    entry.asked_minor,
                    entry.amount_minor,
                    entry.currency,
                    entry.of,
                    entry.card,
                    entry.stan,
                    entry.reference,
                    entry.at,
                ),
            )

    def find(self, request_id: str) -> Entry | None:
        """Return the line of a request."""
        return self._one("SELECT * FROM transactions WHERE request_id = ?", request_id)

    def by_reference(self, reference: str) -> Entry | None:
        """Return the authorisation that a reference belongs to."""
        return self._one("SELECT * FROM transactions WHERE reference = ? AND reference <> ''", reference)

    def repeated(self, request_id: str) -> None:
        """Note that a request came again (and was not carried out again)."""
        with self._db:
            self._db.execute("UPDATE transactions SET repeats = repeats + 1 WHERE request_id = ?", (request_id,))

    def entries(self, since: str = "", until: str = "a") -> list[Entry]:
        """Return the whole book, oldest first, or the lines from ``since`` up to and without ``until``."""
        rows = self._db.execute("SELECT * FROM transactions WHERE at >= ? AND at < ? ORDER BY rowid", (since, until))
        return [Entry(**dict(row)) for row in rows]

    def totals(self) -> list[Totals]:
        """Return what became of each approved authorisation, oldest first."""
        return [Totals(**dict(row)) for row in self._db.execute(_TOTALS)]

    def totals_of(self, request_id: str) -> Totals | None:
        """Return what became of one approved authorisation."""
        return next((each for each in self.totals() if each.request_id == request_id), None)

    def count(self) -> int:
        """Return the number of lines."""
        return int(self._db.execute("SELECT COUNT(*) FROM transactions").fetchone()[0])

    def _one(self, sql: str, value: str) -> Entry | None:
        row = self._db.execute(sql, (value,)).fetchone()
        return Entry(**dict(row)) if row else None


def as_json(entry: Entry) -> Mapping[str, object]:
    """Return a line as ``GET /sim/book`` shows it: everything but the reference."""
    return {
        "kind": entry.kind,
        "outcome": entry.outcome,
        "amount_minor": entry.amount_minor,
        "asked_minor": entry.asked_minor,
        "currency": entry.currency,
        "request_id": entry.request_id,
        "of": entry.of,
        "at": entry.at,
        "reason": entry.reason,
        "card": entry.card,
        "stan": entry.stan,
        "repeats": entry.repeats,
    }


def totals_as_json(totals: Totals) -> Mapping[str, object]:
    """Return the totals of an authorisation as ``GET /sim/book`` shows them."""
    return {
        "request_id": totals.request_id,
        "currency": totals.currency,
        "card": totals.card,
        "authorised_minor": totals.authorised_minor,
        "held_minor": totals.held_minor,
        "captured_minor": totals.captured_minor,
        "released_minor": totals.released_minor,
        "refunded_minor": totals.refunded_minor,
    }
