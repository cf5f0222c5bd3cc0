"""The benchmarks of durable money: how they are told, and that what they multiply is what the product made."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from bench import filling, verifying
from bench.document import document
from bench.durable import Durable, Kind, Sweep, Verifying
from bench.figures import Times
from bench.journeys import Journeys
from bench.memory import Process
from bench.meters import Meters
from bench.money import Counts
from bench.report import figures, money_table
from bench.runs import Plan, Results, SiteResults
from payments import journal
from payments.models import Authorisation, Operation

KIND = Kind("capture", ([0.001, 0.002], [0.001, 0.001], [0.002, 0.003]), [0.001, 0.001], 22, 3, 8)


def told(result: Durable) -> Results:
    return Results(Plan(), "a machine", None, [result])


def test_an_operation_is_its_intent_its_claim_and_its_answer() -> None:
    [ours, bare] = figures(told(Durable("SQLite", money=[KIND])))
    assert ours.row()[1:4] == ("2", "median 4.0 ms, p99 6.0 ms, 200/s", "4.0 × the same rows")
    assert bare.row()[1:4] == ("2", "median 1.0 ms, p99 1.0 ms, 1000/s", "")


def test_where_its_time_goes_is_told_by_kind_and_database() -> None:
    line = money_table(told(Durable("SQLite", money=[KIND]))).splitlines()[-1]
    assert [cell.strip() for cell in line.strip("|").split("|")] == [
        "capture, SQLite",
        "1.0",
        "1.0",
        "2.0",
        "1.0",
        "22",
        "3",
        "8",
    ]


def test_nothing_measured_is_no_table() -> None:
    assert money_table(told(Durable("SQLite"))) == ""


@pytest.mark.parametrize(("beside", "verdict"), [(0.012, "met"), (0.016, "MISSED")])
def test_a_sweep_must_not_cost_by_what_is_finished(beside: float, verdict: str) -> None:
    [figure, _] = figures(told(Durable("SQLite", sweep=Sweep(1000, 1_000_000, [0.010], [beside]))))
    assert (figure.beside, figure.verdict) == (f"{beside / 0.010:.2f} × alone", verdict)


def test_checking_the_journal_is_told_beside_its_bound() -> None:
    [ours, bound] = figures(told(Durable("SQLite", journal=Verifying(200_000, 4.0, 1.0))))
    assert (ours.result, ours.beside, bound.result) == ("50,000 entries/s", "4.0 × the bound", "200,000 entries/s")


@pytest.mark.django_db
def test_what_is_multiplied_is_as_valid_as_the_one_it_is_made_of() -> None:
    fleet = filling.terminals(2, timezone.now())
    filling.multiply(filling.captured(fleet[0], timezone.now()), 4, fleet, 1000)
    rows = Authorisation.objects.filter(pk__gte=1000)
    assert set(rows.values_list("state", "captured_minor")) == {("captured", 1234)}
    assert rows.count() == Operation.objects.filter(authorisation__in=rows, kind="capture").count() == 4
    assert set(rows.values_list("terminal", flat=True)) == {terminal.pk for terminal in fleet}


@pytest.mark.django_db
def test_the_journal_that_is_checked_is_in_order_and_sealed() -> None:
    verifying.fill(40)
    verdict = journal.verify()
    assert (verdict.findings, verdict.entries, verdict.seals) == ([], 44, 1)
    assert verifying.measure()["entries"] == 44


def test_the_tables_of_each_commit_are_read_from_what_was_asked() -> None:
    counts = Counts(
        {"capture": ["BEGIN", 'UPDATE "a" SET', 'SELECT "b"', 'INSERT INTO "b" (', "COMMIT", "BEGIN", "COMMIT"]}
    )
    assert counts.commits("capture") == [["a", "b"]]


def test_the_page_has_a_place_for_everything() -> None:
    times, process = Times([0.001]), Process("web", 1_000_000, 500_000)
    site = SiteResults(times, Journeys(times, times, times), Meters(times, times, 10, 5.0), [process], [process])
    money = Durable("SQLite", [KIND], Sweep(1000, 1_000_000, [0.01], [0.01]), Verifying(200_000, 4.0, 1.0))
    page = document(Results(Plan(), "a machine", site, [money]), date(2026, 11, 22))
    for line in ("| web ", "| capture, SQLite ", "| verify_journal, SQLite ", "beside 1,000,000 finished ones"):
        assert line in page
