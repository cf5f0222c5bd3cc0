"""Comparing from the admin: asking for a list, reading a file, and explaining what differs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hardware.models import Terminal
from kiosk.lifecycle import State
from kiosk.models import Kiosk
from payments.models import Authorisation, Difference, Operation, Reconciliation
from payments.reconciliation import runs
from tests.support import reconciled, records
from tests.support.staff import Login

NOTE = "the bank confirmed a rounding error"
RUNS = "admin:payments_reconciliation_changelist"


@pytest.fixture
def operator(login: Login) -> Client:
    return login("operator")


@pytest.fixture
def captured(kiosk: Kiosk) -> Authorisation:
    """€ 12.30 taken an hour ago."""
    return records.session(kiosk, State.FINISHED, timezone.now() - timedelta(hours=1), cost=1230).authorisation


def days(kiosk: Kiosk) -> dict[str, object]:
    today = timezone.localdate()
    return {"terminal": kiosk.terminal_id, "first": today - timedelta(days=1), "last": today}


def page_of(row: Reconciliation | Difference) -> str:
    return reverse(f"admin:payments_{row._meta.model_name}_change", args=[row.pk])


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_list_is_asked_for_by_a_worker_and_the_page_follows_it(operator: Client, kiosk: Kiosk) -> None:
    response = operator.post(reverse("admin:payments_reconciliation_compare_now"), days(kiosk))

    run = Reconciliation.objects.get()
    assert (run.state, run.requested_by, run.nightly) == ("waiting", User.objects.get(username="operator"), False)
    assert (run.until - run.since) >= timedelta(hours=47)
    assert response["Location"] == page_of(run)
    assert "every 2s" in text(operator, page_of(run))


def test_a_second_click_joins_the_first(operator: Client, kiosk: Kiosk) -> None:
    for _ in range(2):
        operator.post(reverse("admin:payments_reconciliation_compare_now"), days(kiosk))
    assert Reconciliation.objects.count() == 1


def test_the_last_day_is_not_before_the_first(operator: Client, kiosk: Kiosk) -> None:
    wrong = days(kiosk) | {"last": timezone.localdate() - timedelta(days=3)}
    response = operator.post(reverse("admin:payments_reconciliation_compare_now"), wrong)
    assert "before the first" in response.content.decode()
    assert not Reconciliation.objects.exists()


def test_without_a_terminal_that_has_a_list_there_is_nothing_to_ask(operator: Client, kiosk: Kiosk) -> None:
    Terminal.objects.update(profile={})
    response = operator.get(reverse("admin:payments_reconciliation_compare_now"), follow=True)
    assert "No payment terminal has a list" in response.content.decode()


def bank_file(*rows: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("bank.csv", "\n".join(("Type,Amount,Currency,Time,Request id,Card", *rows)).encode())


def row_of(operation: Operation, amount: str) -> str:
    assert operation.started_at
    return f"sale,{amount},EUR,{operation.started_at.isoformat()},{operation.request_id},4111111111111111"


def test_a_file_of_the_bank_is_compared_at_once(operator: Client, kiosk: Kiosk, captured: Authorisation) -> None:
    taken = captured.operations.get(kind="capture")
    Operation.objects.update(
        finished_at=timezone.now() - timedelta(minutes=1), started_at=taken.created_at - timedelta(hours=1)
    )
    taken.refresh_from_db()
    file = bank_file(row_of(taken, "12.31"))

    operator.post(reverse("admin:payments_reconciliation_compare_file"), days(kiosk) | {"file": file})

    run = Reconciliation.objects.get()
    assert (run.state, run.source, run.origin) == ("differs", "file", "bank.csv")
    page = text(operator, page_of(run))
    for shown in ("amount differs", captured.reference, "€12.30", "€12.31", "line 2", "Ask the bank"):
        assert shown in page
    assert "411111111111" not in page


def test_a_file_that_cannot_be_read_says_where_on_the_form(operator: Client, kiosk: Kiosk) -> None:
    sent = days(kiosk) | {"file": bank_file("sale,1.234,EUR,2026-11-22,7,x")}
    response = operator.post(reverse("admin:payments_reconciliation_compare_file"), sent)
    page = response.content.decode()
    assert "bank.csv, line 2, column &#x27;Amount&#x27;" in page
    assert not Reconciliation.objects.exists()


@pytest.mark.parametrize("action", ["compare_now", "compare_file"])
def test_support_looks_and_does_not_compare(login: Login, kiosk: Kiosk, action: str) -> None:
    support = login("support")
    assert support.get(reverse(RUNS)).status_code == 200
    address = reverse(f"admin:payments_reconciliation_{action}")
    assert (support.get(address).status_code, support.post(address, days(kiosk)).status_code) == (403, 403)
    assert not Reconciliation.objects.exists()


@pytest.mark.parametrize(
    ("state", "words"),
    [("agrees", "agree to the cent"), ("failed", "nothing follows from it"), ("running", "This page follows it")],
)
def test_the_page_of_a_comparison_says_how_it_ended(operator: Client, kiosk: Kiosk, state: str, words: str) -> None:
    run = reconciled.reconciliation(kiosk.terminal, timezone.now(), state)
    assert words in text(operator, page_of(run))


def test_a_page_that_is_not_there_leads_back(operator: Client, kiosk: Kiosk) -> None:
    response = operator.get(reverse("admin:payments_reconciliation_change", args=["nonsense"]), follow=True)
    assert response.status_code == 200


def test_a_difference_is_explained_once_under_a_name(operator: Client, login: Login, captured: Authorisation) -> None:
    row = reconciled.difference(captured, timezone.now())
    address = reverse("admin:payments_difference_explain", args=[row.pk])
    second = login("root")
    assert "Ask the bank which amount" in text(second, address)

    operator.post(address, {"note": NOTE})
    response = second.post(address, {"note": "it was me"}, follow=True)

    row.refresh_from_db()
    assert (row.resolution, row.note) == ("explained", NOTE)
    assert row.resolved_by == User.objects.get(username="operator")
    assert "Explained by operator" in response.content.decode()
    assert NOTE in LogEntry.objects.get().change_message
    assert NOTE in text(operator, page_of(row))


def test_an_explanation_needs_words(operator: Client, captured: Authorisation) -> None:
    row = reconciled.difference(captured, timezone.now())
    operator.post(reverse("admin:payments_difference_explain", args=[row.pk]), {"note": "  "})
    row.refresh_from_db()
    assert row.resolved_at is None


def test_the_list_of_differences_can_be_narrowed_to_what_is_open(operator: Client, captured: Authorisation) -> None:
    row = reconciled.difference(captured, timezone.now())
    address = reverse("admin:payments_difference_changelist")
    assert captured.reference in text(operator, f"{address}?open=1")
    assert captured.reference not in text(operator, f"{address}?open=0")
    assert row.terminal_id is not None


def test_a_comparison_of_the_admin_is_the_same_that_the_night_makes(kiosk: Kiosk, operator: Client) -> None:
    operator.post(reverse("admin:payments_reconciliation_compare_now"), days(kiosk))
    run = Reconciliation.objects.get()
    runs.perform(run.pk)
    run.refresh_from_db()
    assert (run.state, run.reason) == ("failed", "refused")
    assert "could not be reached" in text(operator, page_of(run))
