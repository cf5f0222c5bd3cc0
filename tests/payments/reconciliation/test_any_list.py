"""Whatever is wrong with a list, the findings account for every cent between the two sides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from hardware.terminal.interface import Outcome, Verb
from hardware.terminal.statements import StatementLine
from payments.reconciliation.compare import Comparison, Entry, Fate, What
from payments.reconciliation.totals import read_totals, totals
from tests.payments.reconciliation.sides import SINCE, UNTIL, compared, ours, theirs

KINDS = st.sampled_from([Verb.CAPTURE, Verb.REFUND, Verb.AUTHORISE])
CENTS = st.integers(1, 10**7).map(lambda minor: str(Decimal(minor).scaleb(-2)))
ACCIDENTS = st.sampled_from(["none", "none", "lost", "twice", "more", "refused", "unknown", "doubt", "undone", "clock"])


@st.composite
def two_sides(draw: st.DrawFn) -> tuple[list[Entry], list[StatementLine], int]:
    """Books and a list that agree but for some accidents, and how many those are."""
    entries: list[Entry] = []
    lines: list[StatementLine] = []
    accidents = 0
    for hold in range(1, draw(st.integers(1, 12))):
        kind, amount, accident = draw(KINDS), draw(CENTS), draw(ACCIDENTS)
        at = SINCE + timedelta(seconds=draw(st.integers(0, 86_399)))
        entry = ours(kind, hold, amount, at=at, of=hold)
        line = theirs(kind, hold, amount, at=at, of=None if kind is Verb.AUTHORISE else hold)
        mine, yours = [entry], [line]
        match accident:
            case "lost":
                yours = []
            case "twice":
                yours = [line, replace(line, at=max(at - timedelta(seconds=5), SINCE))]
            case "more":
                yours = [replace(line, amount=line.amount + Money("0.01", "EUR"))]
            case "refused":
                yours = [replace(line, outcome=Outcome.DECLINED, amount=Money(0, "EUR"))]
            case "unknown":
                mine = []
            case "doubt":
                mine = [replace(entry, fate=Fate.IN_DOUBT)]
            case "undone":
                mine = [replace(entry, fate=Fate.NOT_DONE)]
            case "clock":
                yours = [replace(line, at=at + timedelta(minutes=draw(st.integers(-10, 10))))]
        entries += mine
        lines += yours
        accidents += accident not in {"none", "clock"}
    return draw(st.permutations(entries)), draw(st.permutations(lines)), accidents


def explained(comparison: Comparison, kind: Verb) -> Decimal:
    """By how much the list is above our books, as the findings say."""
    above = Decimal(0)
    for finding in comparison.findings:
        known = finding.entry or finding.line
        assert known is not None
        if known.kind is kind:
            above += finding.line.amount.amount if finding.line else 0
            counted = finding.entry is not None and finding.entry.fate is Fate.DONE
            if counted and finding.what is not What.DUPLICATE:
                assert finding.entry
                assert finding.entry.amount
                above -= finding.entry.amount.amount
    return above


@settings(max_examples=80, deadline=None)
@given(two_sides())
def test_each_accident_is_found_once_and_nothing_else_is(sides: tuple[list[Entry], list[StatementLine], int]) -> None:
    entries, lines, accidents = sides
    assert len(compared(entries, lines).findings) == accidents


@settings(max_examples=80, deadline=None)
@given(two_sides())
def test_the_findings_explain_the_totals_to_the_cent(sides: tuple[list[Entry], list[StatementLine], int]) -> None:
    entries, lines, accidents = sides
    comparison = compared(entries, lines)
    sums = {each.kind: each for each in read_totals(totals(comparison, since=SINCE, until=UNTIL))}
    for kind in Verb:
        above = sums[kind].their_amount.amount - sums[kind].our_amount.amount if kind in sums else 0
        assert above == explained(comparison, kind)
    if not accidents:
        assert all(each.agrees for each in sums.values())
