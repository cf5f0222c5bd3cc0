"""A longer list costs no more questions to the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kiosk.lifecycle import State
from kiosk.models import Kiosk
from payments.models import DayClosing, Refund
from tests.support import reconciled, records
from tests.support.staff import Login

LISTS = [
    "admin:index",
    "admin:kiosk_session_changelist",
    "admin:kiosk_receipt_changelist",
    "admin:payments_authorisation_changelist",
    "admin:payments_operation_changelist",
    "admin:payments_cardtoken_changelist",
    "admin:payments_refund_changelist",
    "admin:payments_journalentry_changelist",
    "admin:payments_reconciliation_changelist",
    "admin:payments_difference_changelist",
    "admin:payments_dayclosing_changelist",
    "admin:hardware_command_changelist",
    "admin:hardware_transaction_changelist",
    "admin:hardware_chargepoint_changelist",
    "admin:kiosk_kiosk_changelist",
    "admin:kiosk_tariff_changelist",
]


def more_visits(kiosk: Kiosk, count: int) -> None:
    support = User.objects.get(username="support")
    for hours in range(count):
        at = timezone.now() - timedelta(hours=hours)
        visit = records.session(kiosk, State.FINISHED, at, label="123"[hours % 3], last_four=f"{1000 + hours}")
        records.refund(visit.authorisation, 100, Refund.State.DONE, support, at)
        run = reconciled.reconciliation(kiosk.terminal, at)
        run.differences.add(reconciled.difference(visit.authorisation, at))
        reconciled.closing(
            kiosk.terminal, at, DayClosing.State.DONE, currency="EUR", their_minor=1, requested_by=support
        )


@pytest.mark.parametrize("page", LISTS)
def test_six_more_visits_take_no_more_queries(kiosk: Kiosk, login: Login, page: str) -> None:
    client, address = login("root"), reverse(page)
    more_visits(kiosk, 2)
    client.get(address)  # what is asked once a process
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(address)
    more_visits(kiosk, 6)

    with CaptureQueriesContext(connection) as many:
        assert client.get(address).status_code == 200

    assert len(many) == len(few), "\n".join(each["sql"] for each in many.captured_queries)
    assert len(many) <= 35


def test_a_longer_session_takes_no_more_queries(kiosk: Kiosk, login: Login) -> None:
    client = login("root")
    visit = records.session(kiosk, State.FINISHED, timezone.now())
    address = reverse("admin:kiosk_session_change", args=[visit.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    support = User.objects.get(username="support")
    for _ in range(5):
        records.refund(visit.authorisation, 10, Refund.State.DONE, support, timezone.now())

    with CaptureQueriesContext(connection) as many:
        assert client.get(address).status_code == 200

    assert len(many) == len(few)
