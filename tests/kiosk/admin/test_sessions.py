"""The list that answers the phone, the page of one session, and stopping it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hardware.models import Command
from kiosk.lifecycle import State
from kiosk.models import Kiosk, Receipt, Session
from payments.models import Refund
from tests.support import records
from tests.support.staff import Login

LIST = reverse("admin:kiosk_session_changelist")


@pytest.fixture
def agent(login: Login) -> Client:
    return login("support")


@pytest.fixture
def two(kiosk: Kiosk) -> tuple[Session, Session]:
    """Two visits that differ in everything that people ask for."""
    now = timezone.now()
    one = records.session(kiosk, State.FINISHED, now, label="1", cost=1230, held=4000, last_four="1234")
    other = records.session(
        kiosk,
        State.FINISHED,
        now - timedelta(days=2),
        label="3",
        cost=2105,
        held=6000,
        last_four="9876",
        flags=["silent"],
    )
    return one, other


def found(agent: Client, query: dict[str, Any]) -> list[Session]:
    return list(agent.get(LIST, query).context["cl"].result_list)


def page(agent: Client, session: Session) -> str:
    return agent.get(reverse("admin:kiosk_session_change", args=[session.pk])).content.decode()


@pytest.mark.parametrize(
    "ask",
    [
        lambda one: one.authorisation.reference,
        lambda one: one.authorisation.reference.lower(),
        lambda one: "1234",
        lambda one: "12.30",
        lambda one: "12,30",
        lambda one: "40",
        lambda one: str(Receipt.objects.get(session=one)),
        lambda one: "CP001",
    ],
    ids=["reference", "lower case", "last four", "amount", "comma", "hold", "receipt", "charge point"],
)
def test_a_session_is_found_by_what_people_know_of_it(agent: Client, two: tuple[Session, Session], ask: Any) -> None:
    one, _other = two
    assert found(agent, {"q": ask(one)}) == [one]


def test_an_unknown_word_finds_nothing(agent: Client, two: tuple[Session, Session]) -> None:
    assert found(agent, {"q": "99.99"}) == []
    assert found(agent, {"q": "7-000001"}) == []


def test_filters_narrow_the_list(agent: Client, two: tuple[Session, Session]) -> None:
    one, other = two
    assert found(agent, {"period": "today"}) == [one]
    assert found(agent, {"flagged": "1"}) == [other]
    assert found(agent, {"connector__id__exact": other.connector_id}) == [other]
    assert found(agent, {"state__exact": State.CHARGING}) == []
    assert found(agent, {"card__id__exact": one.card_id}) == [one]


def test_the_page_adds_up_what_became_of_the_hold(agent: Client, two: tuple[Session, Session]) -> None:
    one, _ = two
    support = User.objects.get(username="support")
    records.refund(one.authorisation, 200, Refund.State.DONE, support, timezone.now())

    response = agent.get(reverse("admin:kiosk_session_change", args=[one.pk]))

    parts = {part.kind: part.amount for part in response.context["parts"]}
    assert parts == {"charged": "€10.30", "refunded": "€2.00", "released": "€27.70"}


def test_the_page_tells_the_story_in_order_with_the_terminals_receipt(
    agent: Client, two: tuple[Session, Session]
) -> None:
    told = page(agent, two[0])
    steps = ["The card was accepted", "Charging began", "Charging ended after 24.39 kWh", "€12.30 were captured"]
    places = [told.index(step) for step in steps]
    assert places == sorted(places)
    assert "TOTAL EUR 12,30" in told
    assert str(Receipt.objects.get(session=two[0])) in told


def test_buttons_are_there_for_what_can_be_done_now(agent: Client, login: Login, kiosk: Kiosk) -> None:
    charging = records.session(kiosk, State.CHARGING, timezone.now(), label="1")
    finished = records.session(kiosk, State.FINISHED, timezone.now(), label="2")
    doubtful = records.session(kiosk, State.IN_DOUBT, timezone.now(), label="3")
    operator = login("operator")

    def buttons(client: Client, session: Session) -> set[str]:
        return set(client.get(reverse("admin:kiosk_session_change", args=[session.pk])).context["buttons"])

    assert buttons(agent, charging) == {"stop"}
    assert buttons(agent, finished) == {"refund"}
    assert buttons(agent, doubtful) == set()
    assert buttons(operator, doubtful) == {"decide"}


def test_staff_stops_a_session_with_a_reason(agent: Client, kiosk: Kiosk) -> None:
    charging = records.session(kiosk, State.CHARGING, timezone.now(), label="1")
    address = reverse("admin:kiosk_session_stop_session", args=[charging.pk])

    agent.post(address, {"reason": ""})
    charging.refresh_from_db()
    assert charging.state == State.CHARGING

    agent.post(address, {"reason": "driver lost the card"})
    charging.refresh_from_db()
    assert (charging.state, charging.end_reason) == (State.STOPPING, Session.EndReason.STAFF)
    assert Command.objects.filter(kind=Command.Kind.STOP).count() == 1
    assert LogEntry.objects.get().change_message == "Stopped: driver lost the card"
    assert "driver lost the card" in page(agent, charging)


def test_stopping_what_is_over_changes_nothing(agent: Client, two: tuple[Session, Session]) -> None:
    address = reverse("admin:kiosk_session_stop_session", args=[two[0].pk])
    response = agent.post(address, {"reason": "angry driver"}, follow=True)
    assert "nothing to stop" in response.content.decode()
    assert not LogEntry.objects.exists()


def test_an_unknown_session_leads_back_to_the_list(agent: Client, kiosk: Kiosk) -> None:
    for key in ("999999", "abc"):
        response = agent.get(reverse("admin:kiosk_session_change", args=[key]))
        assert response.status_code == 302


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr"])
def test_the_page_is_there_in_every_language(agent: Client, visits: Kiosk, language: str) -> None:
    agent.cookies["django_language"] = language
    for session in Session.objects.all():
        assert agent.get(reverse("admin:kiosk_session_change", args=[session.pk])).status_code == 200
