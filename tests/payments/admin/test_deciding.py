"""Money in doubt is decided once, by somebody with a name and a reason."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kiosk.lifecycle import State
from kiosk.models import Kiosk
from payments.lifecycle import State as MoneyState
from payments.models import Authorisation, Decision, Operation, Refund
from tests.support import records
from tests.support.staff import Login

NOTE = "acquirer's report of 22 November"


@pytest.fixture
def doubtful(kiosk: Kiosk) -> Authorisation:
    """A capture of € 12.30 whose answer was lost."""
    return records.session(kiosk, State.IN_DOUBT, timezone.now(), cost=1230).authorisation


@pytest.fixture
def operator(login: Login) -> Client:
    return login("operator")


def address(held: Authorisation) -> str:
    return reverse("admin:payments_authorisation_decide", args=[held.pk])


def test_the_page_shows_the_evidence_and_only_what_can_have_happened(operator: Client, doubtful: Authorisation) -> None:
    lost = doubtful.operations.get(state=Operation.State.UNKNOWN)
    response = operator.get(address(doubtful))

    page = response.content.decode()
    assert str(lost.request_id) in page
    assert "004711" in page
    offered = [value for value, _ in response.context["form"].fields["event"].choices]
    assert offered == ["found_captured", "found_released", "found_held"]


def test_money_found_taken_is_recorded_with_its_amount(operator: Client, doubtful: Authorisation) -> None:
    operator.post(address(doubtful), {"event": "found_captured", "amount": "12.30", "note": NOTE})

    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.captured_minor) == (MoneyState.CAPTURED, 1230)
    decision = Decision.objects.get()
    assert (decision.user.username, decision.note) == ("operator", NOTE)
    assert NOTE in LogEntry.objects.get().change_message


@pytest.mark.parametrize("amount", ["", "0", "40.01"])
def test_an_amount_that_cannot_have_been_taken_decides_nothing(
    operator: Client, doubtful: Authorisation, amount: str
) -> None:
    response = operator.post(address(doubtful), {"event": "found_captured", "amount": amount, "note": NOTE})

    assert "at most €40.00" in response.content.decode()
    assert not Decision.objects.exists()
    doubtful.refresh_from_db()
    assert doubtful.state == MoneyState.IN_DOUBT


@pytest.mark.parametrize("sent", [{"event": "found_released", "note": " "}, {"event": "", "note": NOTE}, {}])
def test_without_a_reason_and_a_finding_nothing_is_decided(
    operator: Client, doubtful: Authorisation, sent: dict[str, str]
) -> None:
    operator.post(address(doubtful), sent)
    assert not Decision.objects.exists()


def test_what_was_decided_already_is_not_decided_again(operator: Client, doubtful: Authorisation) -> None:
    operator.post(address(doubtful), {"event": "found_released", "note": NOTE})
    response = operator.post(
        address(doubtful), {"event": "found_captured", "amount": "12.30", "note": NOTE}, follow=True
    )

    assert Decision.objects.get().event == "found_released"
    assert "nothing in doubt" in response.content.decode()


@pytest.mark.parametrize(("event", "state"), [("done", Refund.State.DONE), ("refused", Refund.State.REFUSED)])
def test_a_refund_in_doubt_is_decided_too(kiosk: Kiosk, operator: Client, event: str, state: Refund.State) -> None:
    held = records.session(kiosk, State.FINISHED, timezone.now()).authorisation
    row = records.refund(held, 500, Refund.State.IN_DOUBT, User.objects.get(username="support"), timezone.now())

    operator.post(reverse("admin:payments_refund_decide", args=[row.pk]), {"event": event, "note": NOTE})

    row.refresh_from_db()
    held.refresh_from_db()
    assert row.state == state
    assert held.refunded_minor == (500 if event == "done" else 0)
