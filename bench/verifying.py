"""``verify_journal`` on a large journal, beside reading the same rows and hashing the same bytes.

Runs inside the product's Django, on the database that DATABASE_URL names (bench.databases).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from time import perf_counter
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from bench.durable import Verifying
from bench.filling import again, captured, terminals
from hardware.models import Terminal
from payments import journal
from payments.journal.hashing import ENTRY, chained, spelled
from payments.journal.sealing import EVERY
from payments.models import Authorisation, JournalEntry

#: Ids of the authorisations, above those of the sequence.
_FROM = 1_000_000
_ROWS_AT_A_TIME = 2000


def fill(entries: int) -> None:
    """About so many entries, in chains like that of a visit, and a seal over them all."""
    now = timezone.now()
    [terminal] = Terminal.objects.all()[:1] or terminals(1, now)
    one = captured(terminal, now)
    chain = list(one.journal.order_by("number"))
    numbers = range(_FROM, _FROM + entries // len(chain))
    again(one, numbers, {"id": "n", "reference": "'B' || n"})
    _insert(chain, numbers)
    if journal.seal(now + EVERY) is None:
        raise RuntimeError("the journal could not be sealed")


def measure() -> dict[str, Any]:
    """One run of the check, which must find nothing, between two of the bound."""
    hashed = list(_bytes())
    bounds = [_bound(hashed)]
    started = perf_counter()
    verdict = journal.verify()
    seconds = perf_counter() - started
    bounds.append(_bound(hashed))
    if verdict.findings or verdict.entries != len(hashed):
        raise RuntimeError(f"{len(verdict.findings)} findings in {verdict.entries} entries")
    return asdict(Verifying(entries=verdict.entries, seconds=seconds, bound=sum(bounds) / len(bounds)))


def _insert(chain: list[JournalEntry], numbers: range) -> None:
    """``chain`` once more for each authorisation, with hashes of its own."""
    fields = [field for field in JournalEntry._meta.concrete_fields if not field.primary_key]
    columns = [str(field.column) for field in fields]
    plain = [[field.get_db_prep_save(getattr(entry, field.attname), connection) for field in fields] for entry in chain]
    hashed = [[getattr(entry, name) for name in ENTRY] for entry in chain]
    whose, what = columns.index("authorisation_id"), columns.index("hash")

    def rows() -> Iterator[list[Any]]:
        for number in numbers:
            previous = ""
            for row, covered in zip(plain, hashed, strict=True):
                row[whose] = covered[0] = number
                row[what] = previous = chained(previous, covered)
                yield list(row)

    marks = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {JournalEntry._meta.db_table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # ours
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(sql, list(rows()))


def _bytes() -> Iterator[bytes]:
    """What the hashes of the entries are of."""
    entries = JournalEntry.objects.order_by("authorisation_id", "number").values_list(*ENTRY, "hash")
    previous = ""
    for entry in entries.iterator(chunk_size=_ROWS_AT_A_TIME):
        previous = "" if entry[ENTRY.index("number")] == 1 else previous
        yield spelled(previous, entry[:-1])
        previous = entry[-1]


def _bound(hashed: list[bytes]) -> float:
    """Seconds to read the rows that the check reads, each once, and to hash what it hashes; nothing is looked at."""
    entries, holds = JournalEntry._meta.db_table, Authorisation._meta.db_table
    questions = (
        f"SELECT * FROM {entries} ORDER BY authorisation_id, number",  # noqa: S608  # tables of ours
        f"SELECT id, reference, currency, requested_minor, state FROM {holds} ORDER BY id",  # noqa: S608
        f"SELECT hash FROM {entries} ORDER BY id",  # noqa: S608
    )
    started = perf_counter()
    with connection.cursor() as cursor:
        for question in questions:
            cursor.execute(question)
            while cursor.fetchmany(_ROWS_AT_A_TIME):
                pass
    for each in hashed:
        hashlib.sha256(each).hexdigest()
    return perf_counter() - started
