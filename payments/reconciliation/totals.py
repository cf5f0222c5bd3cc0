"""What the two sides add up to, kind by kind. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moneyed import Money

from hardware.terminal.interface import Verb
from payments.money import from_minor, to_minor
from payments.reconciliation.compare import Comparison, Entry, Fate


@dataclass(frozen=True, slots=True)
class Total:
    """One kind in one currency: how many, and what they add up to. Of releases only the number means something."""

    kind: Verb
    ours: int
    theirs: int
    our_amount: Money
    their_amount: Money

    @property
    def agrees(self) -> bool:
        """Whether both sides say the same."""
        same = self.kind is Verb.RELEASE or self.our_amount == self.their_amount
        return same and self.ours == self.theirs


def totals(
    comparison: Comparison, *, since: datetime, until: datetime, covers: Set[Verb] = frozenset(Verb)
) -> list[dict[str, Any]]:
    """As plain JSON, of what the list covers.

    A pair counts on the day of our entry, so that a clock that is off makes no difference.
    """
    sums: defaultdict[tuple[Verb, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])

    def count(kind: Verb, side: int, amount: Money | None, currency: str) -> None:
        row = sums[kind, currency]
        row[side] += 1
        row[side + 2] += to_minor(amount) if amount is not None and kind is not Verb.RELEASE else 0

    for entry, line in comparison.pairs:
        if since <= entry.at < until:
            if entry.fate is Fate.DONE:
                count(
                    entry.kind,
                    0,
                    entry.amount if entry.amount is not None else line.amount,
                    _currency(entry, line.amount),
                )
            if line.approved:
                count(line.kind, 1, line.amount, line.amount.currency.code)
    for entry in comparison.alone:
        wanted = entry.fate is Fate.DONE and entry.expected and entry.kind in covers
        if since <= entry.at < until and wanted and entry.amount is not None:
            count(entry.kind, 0, entry.amount, entry.amount.currency.code)
    for line in comparison.unknown:
        if since <= line.at < until:
            count(line.kind, 1, line.amount, line.amount.currency.code)
    return [
        {
            "kind": kind,
            "currency": currency,
            "ours": row[0],
            "theirs": row[1],
            "our_minor": row[2],
            "their_minor": row[3],
        }
        for (kind, currency), row in sorted(sums.items(), key=lambda each: (list(Verb).index(each[0][0]), each[0][1]))
    ]


def read_totals(record: list[dict[str, Any]]) -> Iterator[Total]:
    """The same from JSON."""
    for row in record:
        yield Total(
            kind=Verb(row["kind"]),
            ours=row["ours"],
            theirs=row["theirs"],
            our_amount=from_minor(row["our_minor"], row["currency"]),
            their_amount=from_minor(row["their_minor"], row["currency"]),
        )


def _currency(entry: Entry, other: Money) -> str:
    return str((entry.amount if entry.amount is not None else other).currency.code)
