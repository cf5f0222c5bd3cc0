"""A site with one visit in every state, and browsers of the people who look at it in the admin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone, translation

from hardware.models import ChargePoint, StopReport
from kiosk.lifecycle import State
from kiosk.models import Enrolment, Kiosk, Session
from payments.models import DayClosing, Decision, Refund
from tests.support import reconciled, records

Login = Callable[[str], Client]


@pytest.fixture
def kiosk(db: None) -> Kiosk:
    """The demo's kiosk; its staff are the users support, operator and installer."""
    return records.site()


@pytest.fixture
def visits(kiosk: Kiosk) -> Kiosk:
    """A kiosk with a visit in every state; no two of them hold the same connector."""
    now = timezone.now()
    labels = {State.AUTHORISING: "1", State.CHARGING: "2", State.STARTING: "3"}
    for hours, state in enumerate(sorted(set(State) - {State.AUTHORISED, State.STOPPING})):
        records.session(kiosk, State(state), now - timedelta(hours=hours + 1), label=labels.get(State(state), "1"))
    return kiosk


@pytest.fixture
def everything(visits: Kiosk) -> Kiosk:
    """At least one record of every kind."""
    now = timezone.now()
    support = User.objects.get(username="support")
    held = Session.objects.get(state=State.FINISHED).authorisation
    records.refund(held, 100, Refund.State.DONE, support, now)
    doubted = Session.objects.get(state=State.IN_DOUBT).authorisation
    Decision.objects.create(authorisation=doubted, event="found_captured", note="seen", user=support, at=now)
    reconciled.reconciliation(visits.terminal, now, "differs").differences.add(reconciled.difference(held, now))
    reconciled.closing(visits.terminal, now, DayClosing.State.UNKNOWN, detail="timeout")
    Enrolment.objects.create(kiosk=visits, browser="Firefox", created_at=now, last_seen_at=now)
    StopReport.objects.create(
        charge_point=ChargePoint.objects.all()[0],
        ocpp_transaction_id=99,
        meter_stop_wh=1,
        at=now,
        reason="Local",
        received_at=now,
    )
    LogEntry.objects.create(user=support, action_flag=2, object_repr="x", change_message="Stopped: test")
    return visits


@pytest.fixture
def login(kiosk: Kiosk) -> Login:
    """The browser of the member of staff with that user name; ``root`` is a superuser."""

    def browser(name: str) -> Client:
        person = User.objects.filter(username=name).first() or User.objects.create_superuser(name)
        client = Client()
        client.force_login(person)
        return client

    return browser


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The language that a page was asked for in stays active after it; the next test begins in English."""
    with translation.override("en"):
        yield
