"""The first page: figures that are right, and what a person should look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import reverse

from hardware.models import ChargePoint, StopReport, Terminal
from kiosk import figures
from kiosk.attention import matters
from kiosk.lifecycle import State
from kiosk.models import Kiosk
from kiosk.timeline import Flag
from payments.models import Authorisation, DayClosing, Operation, Refund
from payments.models.authorisation import Escalation
from tests.support import reconciled, records
from tests.support.staff import Login

#: Ten in the morning in Amsterdam.
NOW = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


def everything_allowed(permission: str) -> bool:
    return True


def titles(now: datetime = NOW) -> list[str]:
    return [matter.title for matter in matters(now, everything_allowed)]


def all_well(now: datetime = NOW) -> None:
    ChargePoint.objects.update(last_seen_at=now, connection="x")
    Terminal.objects.update(state=Terminal.State.READY, state_at=now)
    reconciled.reconciliation(Terminal.objects.get(), now)


def test_today_counts_from_midnight_where_the_site_is(kiosk: Kiosk, now: datetime) -> None:
    midnight = datetime(2026, 6, 9, 22, 0, tzinfo=UTC)
    records.session(kiosk, State.FINISHED, midnight - timedelta(minutes=41), label="1", cost=999)
    records.session(kiosk, State.FINISHED, midnight, label="2", cost=1230, energy_wh=24_390)

    today = figures.today(now)

    assert (today.sessions, today.finished) == (1, 1)
    assert today.energy_wh == 24_390
    assert today.captured == {"EUR": 1230}


def test_each_figure_says_what_it_is(kiosk: Kiosk, now: datetime) -> None:
    begun = now - timedelta(hours=2)
    support = User.objects.get(username="support")
    finished = records.session(kiosk, State.FINISHED, begun, label="1", cost=1230)
    records.refund(finished.authorisation, 200, Refund.State.DONE, support, now)
    records.refund(finished.authorisation, 100, Refund.State.REQUESTED, support, now)
    records.session(kiosk, State.CHARGING, begun, label="1", held=4000)
    records.session(kiosk, State.DECLINED, begun, label="2")
    records.session(kiosk, State.CANCELLED, begun, label="2")
    records.session(kiosk, State.IN_DOUBT, begun, label="3", held=6000)

    today = figures.today(now)

    assert (today.sessions, today.charging) == (5, 1)
    assert (today.finished, today.judged, today.success_percent) == (1, 3, 33)
    assert today.captured == {"EUR": 1230}
    assert today.refunded == {"EUR": 200}
    assert (today.held, today.held_count) == ({"EUR": 4000}, 1)
    assert (today.in_doubt, today.in_doubt_count) == ({"EUR": 6000}, 1)


def test_without_sessions_there_is_no_success_rate(kiosk: Kiosk, now: datetime) -> None:
    assert figures.today(now).success_percent is None


def test_the_fortnight_has_fourteen_days_and_puts_each_visit_on_its_own(kiosk: Kiosk, now: datetime) -> None:
    records.session(kiosk, State.FINISHED, now - timedelta(days=13, hours=2), label="1", cost=1000, energy_wh=2000)
    records.session(kiosk, State.FINISHED, now - timedelta(days=20), label="2", cost=3777)
    records.session(kiosk, State.FINISHED, now - timedelta(hours=1), label="3", cost=500, energy_wh=1000)

    days = figures.fortnight(now)

    assert len(days) == 14
    assert (days[0].energy_wh, days[0].captured) == (2000, {"EUR": 1000})
    assert (days[-1].energy_wh, days[-1].captured) == (1000, {"EUR": 500})
    assert sum(day.energy_wh for day in days) == 3000


def test_when_all_is_well_nothing_needs_attention(kiosk: Kiosk) -> None:
    all_well()
    assert titles() == []


def test_everything_that_needs_a_person_is_named_money_first(kiosk: Kiosk, now: datetime) -> None:
    all_well()
    support = User.objects.get(username="support")
    doubtful = records.session(kiosk, State.IN_DOUBT, now - timedelta(hours=1), label="1", flags=[Flag.MONEY_IN_DOUBT])
    flagged = records.session(kiosk, State.FINISHED, now - timedelta(hours=3), label="2", flags=[Flag.METER_JUMP])
    records.refund(flagged.authorisation, 100, Refund.State.IN_DOUBT, support, now)
    late = records.session(kiosk, State.SETTLING, now - timedelta(days=6), label="3")
    Operation.objects.filter(authorisation=late.authorisation, kind=Operation.Kind.CAPTURE).update(tries=3)
    Authorisation.objects.filter(pk=late.authorisation_id).update(escalation=Escalation.LAST_CALL)
    ChargePoint.objects.filter(identity="CP002").update(last_seen_at=now - timedelta(hours=2))
    StopReport.objects.create(
        charge_point=ChargePoint.objects.all()[0],
        ocpp_transaction_id=9,
        meter_stop_wh=1,
        at=now,
        reason="Local",
        received_at=now,
    )

    found = matters(now, everything_allowed)

    assert {matter.title for matter in found} == {
        f"{doubtful} is in doubt",
        f"Refund of {flagged} is in doubt",
        f"{late}: last call",
        f"capture of {late} waits",
        "Fast charger is silent",
        "1 stop without a start",
        f"{flagged}: look at it",
    }
    tones = [matter.tone for matter in found]
    assert tones == sorted(tones)  # bad before warning
    assert all(matter.url.startswith("/admin/") for matter in found)


def test_a_kiosk_that_cannot_sell_says_why(kiosk: Kiosk) -> None:
    all_well()
    Terminal.objects.update(state=Terminal.State.UNREACHABLE, state_detail="no route")
    closed = next(matter for matter in matters(NOW, everything_allowed) if "closed" in matter.title)
    assert closed.text == "The payment terminal cannot be reached."
    assert "IM30: unreachable" in titles()


def test_what_recovery_is_still_asking_about_is_not_yet_for_a_person(kiosk: Kiosk, now: datetime) -> None:
    all_well()
    records.session(kiosk, State.IN_DOUBT, now, label="1")
    Operation.objects.filter(state=Operation.State.UNKNOWN).update(recovery_at=now)
    (matter,) = [each for each in matters(now, everything_allowed) if "in doubt" in each.title]
    assert matter.tone == "warning"


def test_an_installer_sees_devices_and_no_money(visits: Kiosk, login: Login) -> None:
    page = login("installer").get(reverse("admin:index"))
    assert "tiles" not in page.context
    assert "€" not in page.content.decode()
    assert all("doubt" not in matter.title for matter in page.context["matters"])
    assert "is silent" in page.content.decode() or "closed" in page.content.decode() or page.context["matters"]


def test_the_page_shows_the_figures_and_the_last_sessions(kiosk: Kiosk, login: Login) -> None:
    with time_machine.travel(NOW, tick=False):
        visit = records.session(kiosk, State.FINISHED, NOW - timedelta(hours=1), cost=1230)
        page = login("support").get(reverse("admin:index"))
    tiles = {tile.label: tile.value for tile in page.context["tiles"]}
    assert tiles["Captured today"] == "€12.30"
    assert tiles["Success rate"] == "100 %"
    assert tiles["In doubt"] == "0"
    assert str(visit) in page.content.decode()


@pytest.mark.parametrize("language", ["nl", "de", "fr"])
def test_the_page_is_there_in_every_language(visits: Kiosk, login: Login, language: str) -> None:
    client: Client = login("operator")
    client.cookies["django_language"] = language
    assert client.get(reverse("admin:index")).status_code == 200


def test_nobody_takes_the_demo_for_the_real_thing(kiosk: Kiosk, login: Login) -> None:
    client = login("operator")
    assert client.get(reverse("admin:index")).context["environment"][0] == "Demo"
    with override_settings(DEMO=False):
        assert client.get(reverse("admin:index")).context["environment"][0] == "Production"


def test_the_navigation_counts_payments_in_doubt_and_open_differences(kiosk: Kiosk, login: Login) -> None:
    held = records.session(kiosk, State.IN_DOUBT, NOW).authorisation
    for matter in ("a", "b"):
        reconciled.difference(held, NOW, matter=matter)
    assert Authorisation.objects.filter(state="in_doubt").count() == 1
    page = login("support").get(reverse("admin:kiosk_receipt_changelist"))
    items = [item for group in page.context["sidebar_navigation"] for item in group["items"]]
    assert [str(item["badge_callback"]) for item in items if "badge_callback" in item] == ["1", "2"]


def test_the_navigation_counts_nothing_where_there_is_nothing(kiosk: Kiosk, login: Login) -> None:
    assert "bo-nav-count" not in login("support").get(reverse("admin:kiosk_receipt_changelist")).content.decode()


def test_a_difference_and_a_night_without_a_comparison_need_a_person(kiosk: Kiosk) -> None:
    all_well()
    held = records.session(kiosk, State.FINISHED, NOW - timedelta(days=4)).authorisation
    reconciled.difference(held, NOW)
    (found,) = matters(NOW, everything_allowed)
    assert (found.title, found.tone) == (f"{held.reference}: amount differs", "bad")
    assert "€12.30" in found.text
    assert "€12.31" in found.text

    reconciled.reconciliation(kiosk.terminal, NOW + timedelta(hours=1), "failed", detail="no route")
    assert "no route" in [each.text for each in matters(NOW + timedelta(hours=2), everything_allowed)]
    late = matters(NOW + timedelta(days=5), everything_allowed)
    assert "No list was compared for more than a night." in [each.text for each in late]


def test_an_end_of_day_that_went_wrong_needs_a_person(kiosk: Kiosk) -> None:
    all_well()
    terminal, state = kiosk.terminal, DayClosing.State
    reconciled.closing(terminal, NOW, state.MISSED, detail="holds_open")
    (missed,) = matters(NOW, everything_allowed)
    assert (missed.tone, missed.title, missed.since) == ("warning", f"{terminal}: end of day", NOW)
    assert missed.text.startswith("Money is held there")
    reconciled.closing(terminal, NOW, state.UNKNOWN, detail="timeout")
    (doubtful,) = matters(NOW, everything_allowed)
    assert (doubtful.tone, doubtful.text) == ("bad", "No answer came in time.")
    row = reconciled.closing(terminal, NOW, state.DONE, currency="EUR", their_minor=1, our_minor=2)
    (differs,) = matters(NOW, everything_allowed)
    assert (differs.tone, differs.text) == ("bad", "Its totals are not those of our books.")
    assert differs.url == reverse("admin:payments_dayclosing_change", args=[row.pk])
    reconciled.closing(terminal, NOW, state.WAITING)
    assert len(matters(NOW, everything_allowed)) == 1, "the next one has shown nothing yet"
    DayClosing.objects.filter(state=state.WAITING).update(state=state.DONE, finished_at=NOW)
    assert matters(NOW, everything_allowed) == []
