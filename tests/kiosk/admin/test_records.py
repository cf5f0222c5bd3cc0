"""What operators and installers edit: sites, tariffs, kiosks and devices."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hardware.keys import check_key
from hardware.models import ChargePoint, Command, Terminal
from kiosk.enrolment import enrol
from kiosk.models import Enrolment, Kiosk, PriceComponent, Site, Tariff
from tests.support.staff import Login


@pytest.fixture
def operator(login: Login) -> Client:
    return login("operator")


@pytest.fixture
def installer(login: Login) -> Client:
    return login("installer")


def site_values(site: Site, **changed: Any) -> dict[str, Any]:
    """The form of a site as the browser sends it."""
    names = [
        "name",
        "address",
        "currency",
        "time_zone",
        "help_phone",
        "operator_name",
        "operator_address",
        "vat_id",
        "hold_minimum_minor",
        "hold_maximum_minor",
        "plug_in_s",
        "maximum_duration_s",
        "full_after_s",
        "latency_s",
        "stop_grace_s",
        "silent_limit_s",
    ]
    values = {name: getattr(site, name) for name in names}
    offers = {"offers-TOTAL_FORMS": "0", "offers-INITIAL_FORMS": "0"}
    return {**values, "hold_choices": "[2000, 4000]", **offers, **changed}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"hold_choices": "[2000, 99999999]"}, "between the smallest and the largest"),
        ({"hold_choices": '["20"]'}, "whole cents"),
        ({"hold_choices": "[]"}, "This field is required"),
        ({"hold_choices": "twenty"}, "valid JSON"),
        ({"hold_minimum_minor": "20000"}, "below the smallest"),
        ({"currency": "XX1"}, "no such currency"),
        ({"time_zone": "Utrecht"}, "no such time zone"),
    ],
)
def test_a_site_that_makes_no_sense_is_refused_in_words(
    operator: Client, kiosk: Kiosk, changed: dict[str, str], error: str
) -> None:
    address = reverse("admin:kiosk_site_change", args=[kiosk.site_id])
    response = operator.post(address, site_values(kiosk.site, name="Changed", **changed))
    assert error in response.content.decode()
    assert not Site.objects.filter(name="Changed").exists()


def test_a_site_that_makes_sense_is_saved(operator: Client, kiosk: Kiosk) -> None:
    address = reverse("admin:kiosk_site_change", args=[kiosk.site_id])
    operator.post(address, site_values(kiosk.site, name="Changed", currency="eur"))
    assert Site.objects.get().hold_choices == [2000, 4000]
    assert (Site.objects.get().name, Site.objects.get().currency) == ("Changed", "EUR")


def test_a_tariff_in_another_currency_is_not_offered(operator: Client, kiosk: Kiosk) -> None:
    francs = Tariff.objects.create(name="Francs", currency="CHF")
    offer = kiosk.site.offers.all()[0]
    row = {"id": offer.pk, "site": kiosk.site_id, "connector": offer.connector_id, "tariff": francs.pk}
    values = site_values(kiosk.site) | {f"offers-0-{name}": value for name, value in row.items()}
    values |= {"offers-TOTAL_FORMS": "1", "offers-INITIAL_FORMS": "1"}
    response = operator.post(reverse("admin:kiosk_site_change", args=[kiosk.site_id]), values)
    assert "another currency than the site" in response.content.decode()
    offer.refresh_from_db()
    assert offer.tariff != francs


def test_a_tariff_shows_what_the_driver_sees_and_what_visits_cost(operator: Client, kiosk: Kiosk) -> None:
    page = operator.get(reverse("admin:kiosk_tariff_change", args=[Tariff.objects.get().pk])).content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "€0.49 per kWh" in text
    assert "€0.10 per minute plugged in without charging" in text
    assert "10 kWh 0 h 54 min €5.25 €8.25" in text
    assert "60 kWh 5 h 27 min €29.75 €32.75" in text


def test_a_price_below_zero_is_refused(operator: Client, kiosk: Kiosk) -> None:
    tariff = Tariff.objects.get()
    price = PriceComponent.objects.get(dimension="ENERGY")
    row = {
        "id": price.pk,
        "tariff": tariff.pk,
        "element": 1,
        "dimension": "ENERGY",
        "price": "-1",
        "vat": 21,
        "step_size": 1,
    }
    values = {"name": tariff.name, "currency": "EUR", "tax_included": "on"}
    values |= {"components-TOTAL_FORMS": "1", "components-INITIAL_FORMS": "1"}
    values |= {f"components-0-{name}": value for name, value in row.items()}  # type: ignore[misc]
    operator.post(reverse("admin:kiosk_tariff_change", args=[tariff.pk]), values)
    price.refresh_from_db()
    assert str(price.price) == "0.4900"


def test_an_enrolment_code_is_shown_once_and_works(installer: Client, kiosk: Kiosk) -> None:
    address = reverse("admin:kiosk_kiosk_new_code", args=[kiosk.pk])
    assert "bo-secret" not in installer.get(address).content.decode()

    response = installer.post(address)

    code = response.context["secret"]
    assert code in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    enrolled = enrol(code, "Firefox", timezone.now())
    assert enrolled is not None
    assert enrolled.kiosk == kiosk


def test_a_revoked_browser_is_no_kiosk_any_more(operator: Client, kiosk: Kiosk) -> None:
    now = timezone.now()
    row = Enrolment.objects.create(kiosk=kiosk, browser="Firefox", created_at=now, last_seen_at=now)
    operator.post(reverse("admin:kiosk_enrolment_revoke", args=[row.pk]))
    row.refresh_from_db()
    assert row.revoked_at is not None
    assert "revoked" in operator.get(reverse("admin:kiosk_kiosk_change", args=[kiosk.pk])).content.decode()


def test_a_new_key_is_shown_once_and_lets_the_charge_point_in(installer: Client, kiosk: Kiosk) -> None:
    charge_point = ChargePoint.objects.get(identity="CP001")
    address = reverse("admin:hardware_chargepoint_new_key", args=[charge_point.pk])

    response = installer.post(address)

    key = response.context["secret"]
    charge_point.refresh_from_db()
    assert check_key(charge_point, key.encode())
    assert "no-store" in response["Cache-Control"]
    assert (
        key not in installer.get(reverse("admin:hardware_chargepoint_change", args=[charge_point.pk])).content.decode()
    )


@pytest.mark.parametrize(
    ("action", "choice", "kind", "payload"),
    [
        ("reset", "hard", Command.Kind.RESET, {"type": "Hard"}),
        ("reset", "soft", Command.Kind.RESET, {"type": "Soft"}),
        ("trigger", "MeterValues", Command.Kind.TRIGGER, {"requestedMessage": "MeterValues"}),
    ],
)
def test_an_installer_asks_a_charge_point(
    installer: Client, kiosk: Kiosk, action: str, choice: str, kind: str, payload: dict[str, str]
) -> None:
    charge_point = ChargePoint.objects.get(identity="CP001")
    installer.post(reverse(f"admin:hardware_chargepoint_{action}", args=[charge_point.pk]), {"choice": choice})
    command = Command.objects.get()
    assert (command.kind, command.payload, command.charge_point) == (kind, payload, charge_point)


def test_only_a_connector_of_the_charge_point_is_unlocked(installer: Client, kiosk: Kiosk) -> None:
    mine, other = ChargePoint.objects.get(identity="CP001"), ChargePoint.objects.get(identity="CP002")
    address = reverse("admin:hardware_chargepoint_unlock", args=[mine.pk])
    installer.post(address, {"choice": other.connectors.all()[0].pk})
    assert not Command.objects.exists()
    installer.post(address, {"choice": mine.connectors.all()[0].pk})
    assert Command.objects.get().connector == mine.connectors.all()[0]


def test_a_terminal_that_no_driver_can_open_is_refused_in_the_drivers_words(installer: Client, kiosk: Kiosk) -> None:
    address = reverse("admin:hardware_terminal_change", args=[kiosk.terminal_id])
    response = installer.post(address, {"name": "IM30", "url": "ftp://10.0.0.5", "profile": "{}", "enabled": "on"})
    assert "terminal URL must start with" in response.content.decode()
    assert Terminal.objects.get().url.startswith("payproxy")


def test_the_page_of_a_kiosk_says_why_it_is_closed(operator: Client, kiosk: Kiosk) -> None:
    Terminal.objects.update(state=Terminal.State.ATTENTION, state_detail="LOGGED_OUT")
    page = operator.get(reverse("admin:kiosk_kiosk_change", args=[kiosk.pk])).content.decode()
    assert "The payment terminal needs attention: LOGGED_OUT" in page
