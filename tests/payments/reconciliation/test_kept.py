"""What a comparison writes down: which row a difference is, what is in it, when it ends, and the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hardware.models import Terminal
from hardware.terminal.interface import Outcome, Verb
from hardware.terminal.statements import StatementLine
from payments.models import Authorisation, Difference, Evidence, Operation, Reconciliation
from payments.reconciliation.compare import Comparison, Entry, Fate, Finding, What
from payments.reconciliation.keeping import explain, keep
from tests.payments.approving import QuickDesk
from tests.payments.cashdesk import euros
from tests.payments.reconciliation.sides import ours, theirs
from tests.support import reconciled

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
ALL = frozenset(Verb)


@pytest.fixture
def run(quick_desk: QuickDesk) -> Reconciliation:
    """Of the last day with the terminal's list, begun now."""
    return reconciled.reconciliation(quick_desk.terminal, quick_desk.clock())


def entry_of(operation: Operation, **more: Any) -> Entry:
    values: dict[str, Any] = {
        "of": operation.authorisation_id,
        "authorisation": operation.authorisation_id,
        "stan": "42",
    }
    asked = ours(Verb(operation.kind), operation.request_id, **values, at=operation.created_at)
    return replace(asked, operation=operation.pk, **more)


def line_of(entry: Entry, **more: Any) -> StatementLine:
    values: dict[str, Any] = {"amount": euros("12.35"), "at": entry.at + SECOND, "stan": "000042", "where": "line 7"}
    return replace(theirs(entry.kind, entry.request_id), **values | more)


def kept(run: Reconciliation, *findings: Finding, later: timedelta = timedelta(0)) -> list[Difference]:
    return keep(run, Comparison(findings=list(findings)), ALL, run.created_at + later)


@pytest.fixture
def capture(quick_desk: QuickDesk, run: Reconciliation) -> Operation:
    """One that was done in the period of the run."""
    quick_desk.clock.forward(hours=-2)
    return quick_desk.taken().operations.get(kind="capture")


NOBODYS = {"operation_id": None, "authorisation_id": None, "our_fate": "", "our_minor": None, "our_currency": ""}
UNLISTED = {"their_outcome": "", "their_minor": None, "their_currency": "", "place": ""}
THEIRS = {"their_outcome": "approved", "their_minor": 1235, "their_currency": "EUR", "place": "line 7"}


def sides(capture: Operation, case: str) -> tuple[Finding, dict[str, Any]]:
    """A finding, and what of it is kept."""
    entry, request_id = entry_of(capture), capture.request_id
    line, known = line_of(entry), {"operation_id": capture.pk, "authorisation_id": capture.authorisation_id}
    mine = known | {"our_fate": "done", "our_minor": 1234, "our_currency": "EUR"}
    both = {"at": line.at, "request_id": request_id, "stan": "000042"}
    return {
        "both": (Finding(What.AMOUNT_DIFFERS, entry, line), mine | THEIRS | both),
        "their line has no number": (
            Finding(What.AMOUNT_DIFFERS, entry, replace(line, request_id=None, stan="")),
            mine | THEIRS | both | {"stan": "42"},
        ),
        "only ours": (
            Finding(What.MISSING_THERE, entry),
            mine | UNLISTED | {"at": entry.at, "request_id": request_id, "stan": "42"},
        ),
        "only ours, of nobody knows how much": (
            Finding(What.MISSING_THERE, replace(entry, amount=None)),
            mine | UNLISTED | {"at": entry.at, "request_id": request_id, "our_minor": None, "our_currency": ""},
        ),
        "only theirs": (Finding(What.MISSING_HERE, None, line), NOBODYS | THEIRS | both),
        "only theirs, without a number": (
            Finding(What.MISSING_HERE, None, replace(line, request_id=None)),
            NOBODYS | THEIRS | both | {"request_id": None},
        ),
        "only theirs, without a name": (
            Finding(What.MISSING_HERE, None, replace(line, stan="", where="")),
            NOBODYS | THEIRS | both | {"stan": "", "place": ""},
        ),
    }[case]


@pytest.mark.parametrize(
    "case",
    [
        "both", "their line has no number", "only ours", "only ours, of nobody knows how much", "only theirs",
        "only theirs, without a number", "only theirs, without a name",
    ],
)  # fmt: skip
def test_a_difference_has_what_each_side_says_and_nothing_where_it_is_silent(
    run: Reconciliation, capture: Operation, case: str
) -> None:
    finding, expected = sides(capture, case)
    [made] = kept(run, finding, later=SECOND)
    row = Difference.objects.get()
    assert made == row
    assert {name: getattr(row, name) for name in expected} == expected
    assert (row.terminal, row.source, row.what, row.kind) == (run.terminal, run.source, finding.what, "capture")
    assert row.first_seen_at == row.last_seen_at == run.created_at + SECOND
    assert list(run.differences.all()) == [row]


def test_the_same_matter_elsewhere_is_another_difference(run: Reconciliation, capture: Operation) -> None:
    elsewhere = Terminal.objects.create(name="Elsewhere", url="approving://elsewhere")
    finding = Finding(What.MISSING_HERE, None, line_of(entry_of(capture)))
    runs = [
        run,
        reconciled.reconciliation(run.terminal, run.created_at, source="file"),
        reconciled.reconciliation(elsewhere, run.created_at),
    ]
    rows = [kept(each, finding)[0] for each in runs]
    assert len({row.pk for row in rows}) == 3
    assert [kept(each, finding)[0] for each in runs] == rows


def test_a_difference_that_is_found_again_says_what_is_true_now(run: Reconciliation, capture: Operation) -> None:
    entry = entry_of(capture)
    kept(run, Finding(What.AMOUNT_DIFFERS, entry, line_of(entry)))
    kept(run, Finding(What.AMOUNT_DIFFERS, entry, line_of(entry, amount=euros("9.99"), where="line 8")), later=SECOND)
    row = Difference.objects.get()
    assert (row.their_minor, row.place, row.first_seen_at, row.last_seen_at) == (
        999,
        "line 8",
        run.created_at,
        run.created_at + SECOND,
    )


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"where": "line 8"}, True),
        ({"amount": euros("9.99")}, False),
        ({"outcome": Outcome.DECLINED}, False),
    ],
)
def test_what_was_explained_stays_explained_while_it_looks_the_same(
    run: Reconciliation, capture: Operation, change: dict[str, Any], same: bool
) -> None:
    entry = entry_of(capture)
    [row] = kept(run, Finding(What.AMOUNT_DIFFERS, entry, line_of(entry)))
    person = User.objects.create_user("olga")
    assert explain(row, user=person, note=" a rounding \n", now=run.created_at)
    row.refresh_from_db()
    assert (row.note, row.resolved_by, row.resolution, row.resolved_at) == (
        "a rounding",
        person,
        "explained",
        run.created_at,
    )
    [again] = kept(run, Finding(What.AMOUNT_DIFFERS, entry, line_of(entry, **change)))
    assert (again == row) is same
    assert again.resolution == ("explained" if same else "")


def test_to_explain_one_difference_explains_no_other(run: Reconciliation, capture: Operation) -> None:
    entry = entry_of(capture)
    one, other = kept(run, Finding(What.AMOUNT_DIFFERS, entry, line_of(entry)), Finding(What.MISSING_THERE, entry))
    explain(one, user=User.objects.create_user("olga"), note="seen", now=run.created_at)
    other.refresh_from_db()
    assert other.resolved_at is None


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        ({}, True),
        ({"at": "since"}, True),
        ({"at": "until"}, False),
        ({"kind": "refund"}, False),  # the list does not have them
        ({"source": "file"}, False),
        ({"terminal": "elsewhere"}, False),
        ({"last_seen_at": "started_at"}, False),  # by a comparison that began later
    ],
)
def test_a_difference_ends_when_a_list_that_would_have_it_does_not(
    quick_desk: QuickDesk, run: Reconciliation, capture: Operation, change: dict[str, str], ends: bool
) -> None:
    elsewhere = Terminal.objects.create(name="Elsewhere", url="approving://elsewhere")
    values = {name: getattr(run, value, value) for name, value in change.items()}
    if "terminal" in values:
        values["terminal"] = elsewhere
    authorisation = capture.authorisation
    assert authorisation is not None
    row = reconciled.difference(authorisation, quick_desk.clock())
    Difference.objects.filter(pk=row.pk).update(**values)
    keep(run, Comparison(), frozenset({Verb.CAPTURE}), run.created_at + SECOND)
    row.refresh_from_db()
    assert (row.resolution, row.resolved_at) == (("gone", run.created_at + SECOND) if ends else ("", None))


# Evidence


def doubted(desk: QuickDesk) -> Operation:
    """A capture whose answer was lost."""
    return desk.lose(desk.capture(desk.held()))


def evidence(run: Reconciliation, comparison: Comparison, covers: frozenset[Verb] = ALL) -> Iterator[Evidence]:
    keep(run, comparison, covers, run.created_at)
    yield from Evidence.objects.filter(reconciliation=run).order_by("pk")


def test_what_a_list_says_of_money_in_doubt_is_kept_and_of_no_other(
    quick_desk: QuickDesk, run: Reconciliation, capture: Operation
) -> None:
    lost = doubted(quick_desk)
    doubtful, settled = entry_of(lost, fate=Fate.IN_DOUBT), entry_of(capture)
    pairs = [(doubtful, line_of(doubtful)), (settled, line_of(settled))]
    [about] = evidence(run, Comparison(pairs=pairs))
    assert (about.authorisation, about.operation, about.kind) == (lost.authorisation, lost, "capture")
    assert (about.outcome, about.amount_minor, about.currency) == ("approved", 1235, "EUR")
    assert (about.request_id, about.at, about.stan, about.place) == (
        lost.request_id,
        doubtful.at + SECOND,
        "000042",
        "line 7",
    )


def test_a_line_without_our_number_is_evidence_under_it(quick_desk: QuickDesk, run: Reconciliation) -> None:
    lost = doubted(quick_desk)
    entry = entry_of(lost, fate=Fate.IN_DOUBT)
    [about] = evidence(run, Comparison(pairs=[(entry, line_of(entry, request_id=None, where=""))]))
    assert (about.request_id, about.operation, about.place) == (lost.request_id, lost, "")


def test_a_hold_that_is_in_doubt_after_a_refusal_has_its_evidence_too(
    quick_desk: QuickDesk, run: Reconciliation, capture: Operation
) -> None:
    """What the terminal said is known there, and what follows from it is not."""
    lost = doubted(quick_desk)
    entries = [entry_of(lost, fate=Fate.NOT_DONE), entry_of(capture, fate=Fate.NOT_DONE)]
    found = list(evidence(run, Comparison(pairs=[(each, line_of(each)) for each in entries])))
    assert [each.operation for each in found] == [lost]


def test_what_nobody_here_asked_for_is_evidence_about_the_hold_that_it_names(
    quick_desk: QuickDesk, run: Reconciliation, capture: Operation
) -> None:
    lost = doubted(quick_desk)
    entries = [entry_of(lost, fate=Fate.IN_DOUBT, of=71), entry_of(capture, of=72)]
    unknown = [line_of(each, request_id=801, of=of) for each, of in zip(entries, (71, 72), strict=True)]
    unknown.append(line_of(entries[0], request_id=802, of=None))
    found = list(evidence(run, Comparison(alone=entries, unknown=unknown), frozenset()))
    assert [(each.authorisation, each.operation, each.request_id, each.outcome) for each in found] == [
        (lost.authorisation, None, 801, "approved")
    ]


@pytest.mark.parametrize(
    ("change", "covers", "said"),
    [
        ({}, ALL, True),
        ({"at": "since"}, ALL, True),
        ({"at": "until"}, ALL, False),
        ({}, frozenset({Verb.REFUND}), False),
    ],
)
def test_that_a_list_has_no_line_is_evidence_where_it_would_have_one(
    quick_desk: QuickDesk, run: Reconciliation, capture: Operation, change: dict[str, str], covers: Any, said: bool
) -> None:
    lost = doubted(quick_desk)
    values = {name: getattr(run, value) for name, value in change.items()}
    alone = [entry_of(lost, fate=Fate.IN_DOUBT, **values), entry_of(capture)]
    found = list(evidence(run, Comparison(alone=alone), covers))
    assert [(each.operation, each.outcome, each.at, each.amount_minor, each.currency) for each in found] == (
        [(lost, "", None, 0, "")] if said else []
    )
    assert [(each.request_id, each.stan, each.place) for each in found] == (
        [(lost.request_id, "42", "")] if said else []
    )
    assert Authorisation.objects.filter(state="in_doubt").count() == 1
