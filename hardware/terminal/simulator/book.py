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
    receipt      TEXT NOT NULL DEFAULT '',
    info         TEXT NOT NULL DEFAULT '',
    repeats      INTEGER NOT NULL DEFAULT 0,
    at           TEXT NOT NULL,
    CHECK (outcome = 'approved' OR amount_minor = 0)
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_settlement_per_authorisation
    ON transactions (of) WHERE kind IN ('capture', 'release') AND outcome = 'approved';
"""

#: Columns that books of older simulators lack.
_LATER = ("receipt", "info")

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

_OPEN = """
SELECT * FROM transactions a WHERE a.kind = 'authorise' AND a.outcome = 'approved' AND NOT EXISTS (
    SELECT 1 FROM transactions t WHERE t.of = a.request_id AND t.kind IN ('capture', 'release') AND t.outcome = 'approved'
) ORDER BY a.rowid
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the book. ``of`` is the request id of the authorisation that it settles or gives back.

    Protocols name a hold by ``reference``, by ``stan`` (unique), or by ``receipt``: four digits, unique among the holds
    that are open. ``info`` is JSON, for what else a protocol must remember.
    """

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
    receipt: str = ""
    info: str = ""
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
        there = {row["name"] for row in self._db.execute("PRAGMA table_info (transactions)")}
        for column in (each for each in _LATER if each not in there):
            self._db.execute(f"ALTER TABLE transactions ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")

    def close(self) -> None:
        """Close the file; every row is already in it."""
        self._db.close()

    def add(self, entry: Entry) -> None:
        """Write one line, durably. Raises sqlite3.IntegrityError for what no bank would do."""
        with self._db:
            self._db.execute(
                "INSERT INTO transactions (request_id, kind, outcome, reason, asked_minor, amount_minor, currency, of,"
                " card, stan, reference, receipt, info, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                    entry.receipt,
                    entry.info,
                    entry.at,
                ),
            )

    def find(self, request_id: str) -> Entry | None:
        """Return the line of a request."""
        return self._one("SELECT * FROM transactions WHERE request_id = ?", request_id)

    def by_reference(self, reference: str) -> Entry | None:
        """Return the authorisation that a reference belongs to."""
        return self._one("SELECT * FROM transactions WHERE reference = ? AND reference <> ''", reference)

    def by_stan(self, stan: str) -> Entry | None:
        """Return the line with this trace number."""
        return self._one("SELECT * FROM transactions WHERE stan = ?", stan)

    def by_receipt(self, receipt: str) -> Entry | None:
        """Return the latest authorisation with this receipt number."""
        sql = "SELECT * FROM transactions WHERE receipt = ? AND kind = 'authorise' ORDER BY rowid DESC LIMIT 1"
        return self._one(sql, receipt)

    def free_receipt(self) -> str:
        """Return the next receipt number, ``0001`` to ``9999`` and round again, that no open hold has."""
        taken = {each.receipt for each in self.open_holds()}
        start = self.count()
        numbers = (f"{(start + step) % 9999 + 1:04d}" for step in range(9999))
        return next(each for each in numbers if each not in taken)

    def open_holds(self) -> list[Entry]:
        """Return the authorisations of which something is still held, oldest first."""
        rows = self._db.execute(_OPEN)
        return [Entry(**dict(row)) for row in rows]

    def note(self, request_id: str, info: str) -> None:
        """Remember ``info`` with a line, instead of what was remembered before."""
        with self._db:
            self._db.execute("UPDATE transactions SET info = ? WHERE request_id = ?", (info, request_id))

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
