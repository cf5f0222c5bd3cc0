"""Who may begin a visit, and what is refused before any money is held."""

from __future__ import annotations

import pytest
from moneyed import Money

from hardware.models import Connector
from kiosk import offers, visits
from kiosk.models import Session
from kiosk.offers import Availability
from kiosk.visits import Refusal, Refused
from payments.models import Authorisation, Operation
from tests.kiosk.place import Place, approve, reread


def availability(place: Place, connector: Connector) -> Availability:
    offer = place.site.offers.select_related("connector__charge_point").get(connector=connector)
    return offers.availability(offer, place.now)


def refusal(place: Place, connector: Connector | None = None, hold: str = "40.00") -> Refusal:
    with pytest.raises(Refused) as refused:
        place.begin(connector, hold)
    assert "No money was taken" in str(refused.value)
    assert not Authorisation.objects.exclude(session__isnull=False).exists()
    return refused.value.code


def test_a_double_click_asks_the_card_once(place: Place) -> None:
    assert place.begin().pk == place.begin(hold="20.00").pk
    assert Operation.objects.count() == 1


def test_a_connector_that_another_kiosk_sells_is_busy(place: Place) -> None:
    place.begin(place.first, kiosk=place.another_kiosk())
    assert refusal(place, place.first) == Refusal.CONNECTOR_BUSY
    assert place.begin(place.third).state == "authorising"


def test_two_kiosks_on_one_terminal_serve_one_driver_at_a_time(place: Place) -> None:
    place.begin(place.first)
    assert refusal(place, place.third) == Refusal.TERMINAL_BUSY
    assert Session.objects.count() == 1


def test_losing_the_connector_at_the_last_moment_holds_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.begin(place.first, kiosk=place.another_kiosk())
    monkeypatch.setattr(offers, "availability", lambda offer, now: Availability.FREE)
    assert refusal(place, place.first) == Refusal.CONNECTOR_BUSY
    assert Authorisation.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "expected", "code"),
    [
        ("Faulted", Availability.FAULT, Refusal.CONNECTOR_FAULT),
        ("Unavailable", Availability.OUT_OF_SERVICE, Refusal.CONNECTOR_DISABLED),
        ("Charging", Availability.OCCUPIED, Refusal.CONNECTOR_BUSY),
        ("Reserved", Availability.OCCUPIED, Refusal.CONNECTOR_BUSY),
        ("Unknown", Availability.OFFLINE, Refusal.CONNECTOR_OFFLINE),
    ],
)
def test_a_connector_that_cannot_be_used_is_refused(
    place: Place, status: str, expected: Availability, code: Refusal
) -> None:
    place.status(place.first, status)
    place.first.refresh_from_db()
    assert availability(place, place.first) == expected
    assert refusal(place) == code


@pytest.mark.parametrize("status", ["Preparing", "Finishing"])
def test_a_car_that_is_plugged_in_already_may_begin(place: Place, status: str) -> None:
    place.status(place.first, status)
    assert availability(place, place.first) == Availability.PLUGGED_IN
    assert place.begin().state == "authorising"


def test_every_status_of_a_connector_means_something() -> None:
    assert set(offers._BY_STATUS) == set(Connector.Status)


def test_a_charge_point_that_is_away_or_silent_is_refused(place: Place) -> None:
    assert availability(place, place.third) == Availability.FREE
    place.forward(seconds=91)
    assert refusal(place) == Refusal.CONNECTOR_OFFLINE
    place.online(place.charger)
    assert availability(place, place.first) == Availability.FREE
    place.offline(place.charger)
    assert refusal(place) == Refusal.CONNECTOR_OFFLINE


def test_a_connector_that_is_switched_off_is_refused(place: Place) -> None:
    place.first.enabled = False
    place.first.save()
    assert refusal(place) == Refusal.CONNECTOR_DISABLED


def test_a_connector_that_is_not_on_sale_here_is_refused(place: Place) -> None:
    place.first.offer.delete()
    assert refusal(place) == Refusal.CONNECTOR_UNKNOWN


def test_a_connector_is_occupied_from_the_card_to_the_end(place: Place) -> None:
    session = place.begin()
    assert availability(place, place.first) == Availability.OCCUPIED
    place.answer(session, approve())
    place.plug_in(session)
    place.stopped(session, wh=1500)
    assert reread(session).state == "settling"
    assert availability(place, place.first) == Availability.FREE


@pytest.mark.parametrize("state", ["unreachable", "attention"])
def test_a_terminal_that_cannot_serve_is_refused(place: Place, state: str) -> None:
    place.terminal.state = state
    place.terminal.save()
    place.kiosk.refresh_from_db()
    assert refusal(place) == Refusal.TERMINAL_UNAVAILABLE
    assert offers.closed_because(place.kiosk, place.now)


def test_a_kiosk_that_is_switched_off_sells_nothing(place: Place) -> None:
    place.kiosk.enabled = False
    assert refusal(place) == Refusal.KIOSK_CLOSED


def test_why_a_kiosk_is_closed_is_said(place: Place) -> None:
    assert offers.closed_because(place.kiosk, place.now) == ""
    place.terminal.url = "carrier-pigeon://loft"
    assert "record is wrong" in offers.closed_because(place.kiosk, place.now)
    place.terminal.enabled = False
    assert "switched off" in offers.closed_because(place.kiosk, place.now)


@pytest.mark.parametrize(
    ("hold", "code"),
    [
        ("9.99", Refusal.AMOUNT_TOO_SMALL),
        ("150.01", Refusal.AMOUNT_TOO_LARGE),
        ("0", Refusal.AMOUNT_INVALID),
        ("-20", Refusal.AMOUNT_INVALID),
        ("20.001", Refusal.AMOUNT_INVALID),
    ],
)
def test_a_hold_out_of_bounds_is_refused(place: Place, hold: str, code: Refusal) -> None:
    assert refusal(place, hold=hold) == code


def test_a_hold_in_another_currency_is_refused(place: Place) -> None:
    with pytest.raises(Refused):
        visits.begin(kiosk=place.kiosk, connector=place.first, hold=Money(40, "GBP"), language="en", now=place.now)


@pytest.mark.parametrize(("text", "amount"), [("40", "40"), (" 40.00 ", "40"), ("40,50", "40.50"), ("40.5", "40.50")])
def test_an_amount_is_read_as_people_type_it(place: Place, text: str, amount: str) -> None:
    assert visits.parse_hold(place.site, text) == Money(amount, "EUR")


@pytest.mark.parametrize("text", ["", "abc", "-40", "40.505", "1e3", "4 0", "٤٠", "1.000,00", "99999999999999999999"])
def test_anything_else_is_not_an_amount(place: Place, text: str) -> None:
    with pytest.raises(Refused) as refused:
        visits.parse_hold(place.site, text)
    assert refused.value.code == Refusal.AMOUNT_INVALID


def test_an_amount_is_checked_against_the_bounds_of_the_site(place: Place) -> None:
    with pytest.raises(Refused, match=r"€10\.00 or more"):
        visits.parse_hold(place.site, "9,99")


def test_the_tariff_of_the_moment_stays_with_the_session(place: Place) -> None:
    session = place.charging()
    place.tariff.components.update(price="9.0000")
    place.forward(minutes=10)
    assert place.meter(session, 2000).cost_minor == 50
