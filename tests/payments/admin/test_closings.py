"""Closing a terminal's day from its page, and looking into what went wrong."""

from __future__ import annotations

from datetime import time

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hardware.models import Terminal
from kiosk.lifecycle import State
from kiosk.models import Kiosk
from payments.models import DayClosing, Operation
from tests.support import reconciled, records
from tests.support.staff import Login

CLOSE = "admin:hardware_terminal_close_day"


@pytest.fixture
def terminal(kiosk: Kiosk) -> Terminal:
    """One that can close its day; nothing is asked of it here."""
    Terminal.objects.filter(pk=kiosk.terminal_id).update(url="zvt+tcp://127.0.0.1:9", profile={}, close_at=time(3))
    return Terminal.objects.get(pk=kiosk.terminal_id)


@pytest.fixture
def operator(terminal: Terminal, login: Login) -> Client:
    return login("operator")


def page(row: Terminal | DayClosing) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_terminal_says_when_its_day_was_closed_and_will_be(operator: Client, terminal: Terminal) -> None:
    before = text(operator, page(terminal))
    assert "End of day" in before
    assert "03:00:00" in before
    row = reconciled.closing(terminal, timezone.now(), DayClosing.State.DONE)
    assert page(row) in text(operator, page(terminal))
    Terminal.objects.update(close_at=None)
    DayClosing.objects.all().delete()
    without = text(operator, page(terminal))
    assert ("never" in without, "when the terminal demands it" in without) == (True, True)
    Terminal.objects.update(enabled=False)
    assert text(operator, page(terminal)).count("never") >= 2


def test_a_terminal_without_an_end_of_day_says_nothing_of_one(operator: Client, terminal: Terminal) -> None:
    for url in ("payproxy+http://127.0.0.1:9", "nonsense://x"):
        Terminal.objects.update(url=url)
        shown = text(operator, page(terminal))
        assert "End of day" not in shown
        assert "Close the day now" not in shown


def test_a_day_is_closed_after_a_question_and_the_page_says_what_comes_of_it(
    operator: Client, terminal: Terminal
) -> None:
    assert "Close the day now" in text(operator, page(terminal))
    asked = text(operator, reverse(CLOSE, args=[terminal.pk]))
    assert "nothing" in asked
    assert not DayClosing.objects.exists()

    answer = operator.post(reverse(CLOSE, args=[terminal.pk]))

    row = DayClosing.objects.get()
    assert (row.state, row.requested_by) == ("asked", User.objects.get(username="operator"))
    assert Operation.objects.get(kind="end_of_day").state == "queued"
    assert answer["Location"] == page(row)
    assert "is asked to close its day" in text(operator, page(row))
    assert LogEntry.objects.latest("pk").object_id == str(terminal.pk)


def test_what_is_in_the_way_is_said_before_and_after(operator: Client, terminal: Terminal, kiosk: Kiosk) -> None:
    records.session(kiosk, State.CHARGING, timezone.now())
    Operation.objects.filter(state__in=["queued", "in_flight"]).update(state="cancelled")
    assert "Money is held there" in text(operator, reverse(CLOSE, args=[terminal.pk]))
    after = operator.post(reverse(CLOSE, args=[terminal.pk]), follow=True).content.decode()
    assert "The day was not closed. Money is held there" in after
    assert DayClosing.objects.get().state == "missed"


def test_a_difference_is_shown_and_explained_once(operator: Client, terminal: Terminal) -> None:
    sums = {"currency": "EUR", "their_minor": 1235, "their_count": 2, "our_minor": 1234, "our_count": 1}
    row = reconciled.closing(terminal, timezone.now(), DayClosing.State.DONE, **sums)
    shown = text(operator, page(row))
    for said in ("totals differ", "€12.35, 2 bookings", "€12.34, 1 bookings", "Explain"):
        assert said in shown
    explain = reverse("admin:payments_dayclosing_look_into", args=[row.pk])
    assert operator.post(explain, {"note": ""}).status_code == 200
    assert "€12.35" in text(operator, explain)
    assert "Explained." in operator.post(explain, {"note": "sold by hand"}, follow=True).content.decode()
    row.refresh_from_db()
    assert (row.note, row.needs_attention) == ("sold by hand", False)
    assert "nothing to explain" in operator.post(explain, {"note": "again"}, follow=True).content.decode()
    assert "look-into" not in text(operator, page(row))


def test_the_list_tells_why_a_day_was_not_closed_and_who_asked(operator: Client, terminal: Terminal) -> None:
    reconciled.closing(terminal, timezone.now(), DayClosing.State.MISSED, detail="too_late")
    reconciled.closing(terminal, timezone.now(), DayClosing.State.UNKNOWN, detail="worker_lost")
    shown = text(operator, reverse("admin:payments_dayclosing_changelist"))
    for said in ("not its turn", "was interrupted", "nobody, by itself", "in doubt"):
        assert said in shown
