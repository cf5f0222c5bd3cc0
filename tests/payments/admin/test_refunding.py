"""A refund from the admin: proposed in full, looked at twice, given once."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kiosk.lifecycle import State
from kiosk.models import Kiosk
from payments.models import Authorisation, Operation, Refund
from tests.support import records
from tests.support.staff import Login


@pytest.fixture
def captured(kiosk: Kiosk) -> Authorisation:
    """€ 12.30 taken of € 40.00."""
    return records.session(kiosk, State.FINISHED, timezone.now(), cost=1230).authorisation


@pytest.fixture
def agent(login: Login) -> Client:
    return login("support")


def address(held: Authorisation) -> str:
    return reverse("admin:payments_authorisation_refund", args=[held.pk])


def first_form(agent: Client, held: Authorisation) -> dict[str, Any]:
    """The values with which the page proposes a refund."""
    initial: dict[str, Any] = agent.get(address(held)).context["form"].initial
    return {**initial, "refund_id": str(initial["refund_id"])}


def send(agent: Client, held: Authorisation, values: dict[str, Any], **more: Any) -> HttpResponse:
    response: HttpResponse = agent.post(address(held), {**values, "reason": "charged twice", **more}, follow=True)  # type: ignore[assignment]
    return response


def test_all_that_is_left_is_proposed(agent: Client, captured: Authorisation) -> None:
    captured.refunded_minor = 230
    captured.save()
    assert first_form(agent, captured)["amount"] == "10.00"


def test_nothing_is_refunded_before_the_second_look(agent: Client, captured: Authorisation) -> None:
    response = send(agent, captured, first_form(agent, captured), amount="5,00")

    assert "Is this right?" in response.content.decode()
    assert "€5.00" in response.content.decode()
    assert not Refund.objects.exists()


def test_a_confirmed_refund_is_asked_of_the_terminal_and_kept_with_the_name_of_the_agent(
    agent: Client, captured: Authorisation
) -> None:
    response = send(agent, captured, first_form(agent, captured), amount="5.00", confirmed="on")

    row = Refund.objects.get()
    assert (row.amount_minor, row.state, row.reason) == (500, Refund.State.REQUESTED, "charged twice")
    assert row.requested_by is not None
    assert row.requested_by.username == "support"
    assert Operation.objects.get(kind=Operation.Kind.REFUND).amount_minor == 500
    assert response.redirect_chain[-1][0] == reverse("admin:payments_refund_change", args=[row.pk])  # type: ignore[attr-defined]
    assert "The terminal is being asked" in response.content.decode()
    assert LogEntry.objects.get().user.username == "support"


def test_a_double_click_refunds_once(agent: Client, captured: Authorisation) -> None:
    values = first_form(agent, captured)
    send(agent, captured, values, amount="5.00", confirmed="on")
    send(agent, captured, values, amount="5.00", confirmed="on")

    assert Refund.objects.count() == 1
    assert LogEntry.objects.count() == 1
    captured.refresh_from_db()
    assert captured.refunded_minor == 500


def test_a_page_that_is_out_of_date_refunds_nothing_and_says_so(
    agent: Client, login: Login, captured: Authorisation
) -> None:
    stale = first_form(agent, captured)
    send(login("operator"), captured, first_form(agent, captured), amount="5.00", confirmed="on")

    response = send(agent, captured, stale, amount="5.00", confirmed="on")

    assert Refund.objects.count() == 1
    assert "nothing was refunded now" in response.content.decode()


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        ("99.00", "more than was taken"),
        ("0", "Nothing would be refunded"),
        ("five", "Type an amount"),
        ("1.005", "no such small parts"),
        ("-5", "Type an amount"),
        ("", "required"),
    ],
)
def test_an_amount_that_cannot_be_is_refused_in_words(
    agent: Client, captured: Authorisation, amount: str, error: str
) -> None:
    response = send(agent, captured, first_form(agent, captured), amount=amount, confirmed="on")

    assert error in response.content.decode()
    assert not Refund.objects.exists()


def test_a_refund_needs_a_reason(agent: Client, captured: Authorisation) -> None:
    send(agent, captured, first_form(agent, captured), amount="5.00", confirmed="on", reason=" ")
    assert not Refund.objects.exists()


def test_a_forged_quote_does_not_help(agent: Client, captured: Authorisation) -> None:
    captured.refunded_minor = 1230
    captured.save()
    values = {"quoted_minor": 1230, "refund_id": "6f1d3a2e-1111-4222-8333-444455556666"}
    response = send(agent, captured, values, amount="5.00", confirmed="on")

    assert "nothing to refund" in response.content.decode()
    assert not Refund.objects.exists()


def test_a_terminal_that_cannot_refund_is_named_as_the_reason(agent: Client, captured: Authorisation) -> None:
    captured.terminal.profile = {"refund": False}
    captured.terminal.save()
    response = send(agent, captured, first_form(agent, captured), amount="5.00", confirmed="on")

    assert "This terminal cannot refund" in response.content.decode()
    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (Refund.State.DONE, "the terminal confirmed the refund"),
        (Refund.State.REFUSED, "Not refunded"),
        (Refund.State.IN_DOUBT, "could refund twice"),
    ],
)
def test_the_page_of_a_refund_says_what_became_of_it(
    agent: Client, captured: Authorisation, state: Refund.State, words: str
) -> None:
    row = records.refund(captured, 500, state, agent_user(agent), timezone.now())
    page = agent.get(reverse("admin:payments_refund_change", args=[row.pk])).content.decode()
    assert words in page
    assert "every 2s" not in page


def agent_user(agent: Client) -> Any:
    return agent.get(reverse("admin:index")).wsgi_request.user
