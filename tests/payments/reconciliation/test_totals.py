"""What the two sides add up to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from moneyed import Money

from hardware.terminal.interface import Outcome, Verb
from hardware.terminal.statements import StatementLine
from payments.reconciliation.compare import Entry, Fate
from payments.reconciliation.totals import Total, read_totals, totals
from tests.payments.reconciliation.sides import NOON, SINCE, UNTIL, compared, euros, ours, theirs

CAPTURE, REFUND, RELEASE, AUTHORISE = Verb.CAPTURE, Verb.REFUND, Verb.RELEASE, Verb.AUTHORISE
SECOND = timedelta(seconds=1)


def counted(entries: list[Entry], lines: list[StatementLine], **more: object) -> list[tuple[object, ...]]:
    """Kind, currency, how many ours and theirs, how much ours and theirs."""
    rows = totals(compared(entries, lines), since=SINCE, until=UNTIL, **more)  # type: ignore[arg-type]
    return [tuple(row.values()) for row in rows]


def test_both_sides_are_counted_kind_by_kind_and_in_the_order_of_a_visit() -> None:
    entries = [ours(REFUND, 5, "1.00"), ours(CAPTURE, 2), ours(CAPTURE, 3, "7.00", of=9), ours(AUTHORISE, 1, "50.00")]
    entries.append(ours(RELEASE, 6, "0", of=10))
    lines = [theirs(CAPTURE, 2, "12.35"), theirs(AUTHORISE, 1, "50.00"), theirs(AUTHORISE, 99, "20.00")]
    assert counted(entries, lines) == [
        ("authorise", "EUR", 1, 2, 5000, 7000),
        ("capture", "EUR", 2, 1, 1934, 1235),
        ("release", "EUR", 1, 0, 0, 0),
        ("refund", "EUR", 1, 0, 100, 0),
    ]
    assert list(totals(compared(entries, lines), since=SINCE, until=UNTIL)[0]) == [
        "kind", "currency", "ours", "theirs", "our_minor", "their_minor",
    ]  # fmt: skip


def test_of_releases_only_the_number_counts() -> None:
    assert counted([ours(RELEASE, 2, "0")], [theirs(RELEASE, 2, "50.00")]) == [("release", "EUR", 1, 1, 0, 0)]


def test_each_side_counts_in_its_own_currency_and_they_are_not_added_up() -> None:
    line = replace(theirs(CAPTURE, 2), amount=Money("12.34", "CHF"))
    assert counted([ours(CAPTURE, 2)], [line]) == [
        ("capture", "CHF", 0, 1, 0, 1234),
        ("capture", "EUR", 1, 0, 1234, 0),
    ]


def test_what_is_not_ours_to_know_counts_as_they_say() -> None:
    line = replace(theirs(AUTHORISE, 1), amount=Money("50.00", "CHF"))
    entry = replace(ours(AUTHORISE, 1), amount=None)
    assert counted([entry], [line]) == [("authorise", "CHF", 1, 1, 5000, 5000)]
    assert counted([entry], []) == []


@pytest.mark.parametrize(
    ("entry", "line", "row"),
    [
        (ours(CAPTURE, 2, fate=Fate.IN_DOUBT), theirs(CAPTURE, 2), [("capture", "EUR", 0, 1, 0, 1234)]),
        (ours(CAPTURE, 2), theirs(CAPTURE, 2, "0", outcome=Outcome.DECLINED), [("capture", "EUR", 1, 0, 1234, 0)]),
    ],
)
def test_only_what_a_side_holds_for_done_counts_there(
    entry: Entry, line: StatementLine, row: list[tuple[object, ...]]
) -> None:
    assert counted([entry], [line]) == row


@pytest.mark.parametrize(
    "missing",
    [
        ours(CAPTURE, 2, fate=Fate.NOT_DONE),
        ours(CAPTURE, 2, expected=False),
        ours(RELEASE, 2),  # the list does not have them
        ours(CAPTURE, 2, at=SINCE - SECOND),
        ours(CAPTURE, 2, at=UNTIL),
    ],
)
def test_what_nobody_misses_on_the_list_does_not_count(missing: Entry) -> None:
    covered = frozenset({CAPTURE, AUTHORISE})
    assert counted([missing], [], covers=covered) == []
    assert counted([ours(CAPTURE, 2, at=SINCE)], [], covers=covered) == [("capture", "EUR", 1, 0, 1234, 0)]


@pytest.mark.parametrize(("at", "count"), [(SINCE - SECOND, 0), (SINCE, 1), (UNTIL - SECOND, 1), (UNTIL, 0)])
def test_what_only_they_know_counts_on_its_own_day_and_a_pair_on_ours(at: object, count: int) -> None:
    assert len(counted([], [theirs(CAPTURE, 2, at=at)])) == count
    assert len(counted([ours(CAPTURE, 2, at=at)], [theirs(CAPTURE, 2, at=NOON)])) == count


def test_totals_are_read_as_they_were_written() -> None:
    rows = totals(compared([ours(CAPTURE, 2)], [theirs(CAPTURE, 2, "12.35")]), since=SINCE, until=UNTIL)
    assert list(read_totals(rows)) == [Total(CAPTURE, 1, 1, euros("12.34"), euros("12.35"))]


@pytest.mark.parametrize(
    ("total", "agrees"),
    [
        (Total(CAPTURE, 1, 1, euros("1"), euros("1")), True),
        (Total(CAPTURE, 1, 1, euros("1"), euros("2")), False),
        (Total(CAPTURE, 1, 2, euros("1"), euros("1")), False),
        (Total(RELEASE, 1, 1, euros("1"), euros("2")), True),
        (Total(RELEASE, 1, 2, euros("1"), euros("1")), False),
    ],
)
def test_totals_agree_when_number_and_amount_do(total: Total, agrees: bool) -> None:
    assert total.agrees is agrees
