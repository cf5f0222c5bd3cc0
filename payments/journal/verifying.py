"""Checks the journal against itself, its seals and the authorisations. Reads everything once, keeps nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from payments.journal.hashing import ENTRY, SEAL, chained
from payments.journal.sealing import BEFORE_ALL, covered, digest_of
from payments.journal.writing import TRACKED
from payments.lifecycle import FINAL
from payments.models import Authorisation, JournalEntry, JournalSeal, Refund

#: More than so many findings say nothing new.
ENOUGH = 1000
_ROWS_AT_A_TIME = 2000

_NUMBER, _STATE, _REQUESTED = ENTRY.index("number"), ENTRY.index("state"), ENTRY.index("requested_minor")
_WAS = slice(ENTRY.index("was_state"), _STATE)
#: Where the columns of an authorisation are in an entry, and the columns themselves.
_NOW = [ENTRY.index(name) for name in TRACKED]
_COMPARED = ("currency", "requested_minor", *TRACKED)
_CURRENCY_TO_NOW = [ENTRY.index(name) for name in _COMPARED]
Row = tuple[Any, ...]
_BEGINNING: Row = ("", 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written. ``what`` is a key of EXPLANATIONS, ``where`` says it for people."""

    what: str
    where: str
    #: The id of the journal entry, where there is one.
    entry: int | None = None


#: What each finding means.
EXPLANATIONS = {
    "changed": "the entry does not fit its hash: it, or the entry before it, was changed",
    "gap": "an entry is missing, or is not in its place",
    "break": "what the entry begins with is not what the entry before it ended with",
    "unbalanced": "held is not captured + released + open",
    "row_differs": "the authorisation is not what its newest entry says: it was changed without the journal",
    "no_chain": "an authorisation without a journal: its entries were removed, or it was made without them",
    "no_authorisation": "a journal without its authorisation: that was removed",
    "refunds_differ": "what is kept for refunds is not the sum of the refunds",
    "seal_changed": "the seal does not fit its hash: it, or the seal before it, was changed",
    "seal_gap": "a seal is missing",
    "seal_broken": "the entries under the seal are not those that were sealed: some were removed, added or changed",
    "anchor": "the seal is not the one that was written down: the journal was written anew",
}


@dataclass(slots=True)
class Verdict:
    """What was read, and what was wrong with it."""

    entries: int = 0
    seals: int = 0
    #: ``number:hash`` of the newest seal: what to write down elsewhere.
    newest_seal: str = ""
    findings: list[Finding] = field(default_factory=list)

    def found(self, what: str, where: str, entry: int | None = None) -> None:
        """Note something, unless there is enough of it."""
        if len(self.findings) < ENOUGH:
            self.findings.append(Finding(what, where, entry))


def verify(anchor: str = "") -> Verdict:
    """Check everything, as it is at one moment. Nobody who writes has to wait.

    ``anchor``, ``number:hash`` of a seal that was written down elsewhere, must still be a seal of the journal: the
    defence against somebody who calculates all hashes anew.
    """
    verdict = Verdict()
    with _one_moment():
        _check_chains(verdict)
        _check_refunds(verdict)
        _check_seals(verdict, anchor)
    return verdict


@contextmanager
def _one_moment() -> Iterator[None]:
    """Every query inside sees the same state of the database. Nothing may be written inside."""
    if connection.in_atomic_block:  # the caller has seen to that
        yield
    elif connection.vendor == "sqlite":
        # Django's own transactions begin IMMEDIATE, which would keep every writer out.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


def _check_chains(verdict: Verdict) -> None:
    """Two streams in the order of the authorisations, side by side."""
    entries = JournalEntry.objects.order_by("authorisation_id", "number").values_list(*ENTRY, "hash", "pk")
    chains = groupby(entries.iterator(chunk_size=_ROWS_AT_A_TIME), key=lambda entry: entry[0])
    rows = Authorisation.objects.order_by("pk").values_list("pk", "reference", *_COMPARED)
    row: Row | None
    authorisations = iter(rows.iterator(chunk_size=_ROWS_AT_A_TIME))
    row = next(authorisations, None)
    for authorisation_id, chain in chains:
        while row is not None and row[0] < authorisation_id:
            verdict.found("no_chain", f"authorisation {row[1]}")
            row = next(authorisations, None)
        newest = _check_chain(verdict, chain)
        if row is None or row[0] != authorisation_id:
            verdict.found("no_authorisation", f"authorisation number {authorisation_id}", newest[-1])
            continue
        if tuple(newest[at] for at in _CURRENCY_TO_NOW) != row[2:]:
            verdict.found("row_differs", f"authorisation {row[1]}", newest[-1])
        row = next(authorisations, None)
    while row is not None:
        verdict.found("no_chain", f"authorisation {row[1]}")
        row = next(authorisations, None)


def _check_chain(verdict: Verdict, chain: Iterator[Row]) -> Row:
    """The entries of one authorisation; returns the newest."""
    previous, number, ended = "", 0, _BEGINNING
    entry: Row = ()
    for entry in chain:
        for what in _faults(entry, previous, number, ended):
            verdict.found(what, f"entry {entry[_NUMBER]} of authorisation number {entry[0]}", entry[-1])
        previous, number, ended = entry[-2], entry[_NUMBER], tuple(entry[at] for at in _NOW)
        verdict.entries += 1
    return entry


def _faults(entry: Row, previous: str, number: int, ended: Row) -> Iterator[str]:
    """What is wrong with an entry that comes after one with that hash, number and end."""
    if entry[_NUMBER] != number + 1:
        yield "gap"
    elif entry[_WAS] != ended:
        yield "break"
    if chained(previous, entry[:-2]) != entry[-2]:
        yield "changed"
    if not _adds_up(entry):
        yield "unbalanced"


def _adds_up(entry: Row) -> bool:
    state, held, captured, released, refunded = (entry[at] for at in _NOW)
    still_open = held - captured - released
    within = 0 <= held <= entry[_REQUESTED] and 0 <= refunded <= captured and released >= 0
    return bool(within and still_open == (0 if state in FINAL else held))


def _check_refunds(verdict: Verdict) -> None:
    kept = Authorisation.objects.filter(refunded_minor__gt=0).order_by("pk")
    given = Refund.objects.exclude(state=Refund.State.REFUSED).order_by("authorisation_id")
    sums = given.values_list("authorisation_id").annotate(Sum("amount_minor")).iterator(chunk_size=_ROWS_AT_A_TIME)
    rows = iter(kept.values_list("pk", "refunded_minor").iterator(chunk_size=_ROWS_AT_A_TIME))
    ours, theirs = next(rows, None), next(sums, None)
    while ours is not None or theirs is not None:
        if ours == theirs:
            ours, theirs = next(rows, None), next(sums, None)
            continue
        first = min(each[0] for each in (ours, theirs) if each is not None)
        verdict.found("refunds_differ", f"authorisation number {first}")
        ours = next(rows, None) if ours is not None and ours[0] == first else ours
        theirs = next(sums, None) if theirs is not None and theirs[0] == first else theirs


def _check_seals(verdict: Verdict, anchor: str) -> None:
    previous, number, after, anchored = "", 0, BEFORE_ALL, not anchor
    for seal in JournalSeal.objects.order_by("number").iterator(chunk_size=_ROWS_AT_A_TIME):
        where = f"seal {seal.number}"
        if seal.number != number + 1:
            verdict.found("seal_gap", where)
        if chained(previous, [getattr(seal, name) for name in SEAL]) != seal.hash:
            verdict.found("seal_changed", where)
        if digest_of(covered(after, seal.highest_id)) != (seal.count, seal.digest):
            verdict.found("seal_broken", where)
        anchored |= str(seal) == anchor
        previous, number, after = seal.hash, seal.number, seal.highest_id
        verdict.seals, verdict.newest_seal = verdict.seals + 1, str(seal)
    if not anchored:
        verdict.found("anchor", f"seal {anchor.partition(':')[0]}")
