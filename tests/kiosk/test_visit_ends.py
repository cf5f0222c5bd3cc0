"""The ways in which a delivery ends, and what each costs."""

from __future__ import annotations

import pytest

from kiosk import visits
from kiosk.models import Receipt, Session
from payments.models import Operation
from tests.kiosk.place import Place, approve, codes, lose, reread, stops

pytestmark = pytest.mark.usefixtures("no_failures")


def settlement(session: Session) -> tuple[str, int, str]:
    operation = Operation.objects.filter(authorisation=session.authorisation_id, kind__in=["capture", "release"]).get()
    return operation.kind, operation.amount_minor, operation.reason


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("EVDisconnected", "unplugged"),
        ("Local", "charger"),
        ("PowerLoss", "fault"),
        ("Reboot", "fault"),
        ("EmergencyStop", "fault"),
        ("Remote", "charger"),
    ],
)
def test_an_end_by_the_charge_point_is_settled_under_its_reason(place: Place, said: str, why: str) -> None:
    session = place.charge(place.charging(), minutes=2)
    place.stopped(session, reason=said)
    session = reread(session)
    assert (session.state, session.end_reason) == ("settling", why)
    assert settlement(session)[0] == "capture"


@pytest.mark.parametrize(("said", "reason"), [("EVDisconnected", "no_energy"), ("PowerLoss", "charger_fault")])
def test_no_energy_costs_nothing_and_no_start_fee(place: Place, said: str, reason: str) -> None:
    place.tariff.components.create(dimension="FLAT", price="1.0000")
    place.tariff.components.create(dimension="TIME", price="6.0000")
    session = place.charging()
    place.forward(minutes=5)
    place.stopped(session, wh=1000, reason=said)
    assert settlement(session) == ("release", 0, reason)

    place.answer(session, approve())
    session = reread(session)
    assert (session.state, session.cost_minor) == ("finished", 0)
    assert Receipt.objects.get(session=session).data["total_minor"] == 0


def test_free_energy_is_released_and_has_a_receipt(place: Place) -> None:
    place.tariff.components.update(price=0)
    session = place.charge(place.charging(), minutes=5)
    place.stopped(session)
    assert settlement(session)[0] == "release"
    place.answer(session, approve())
    assert reread(session).state == "finished"
    assert Receipt.objects.get(session=session).data["energy_wh"] == 5 * 183


def test_delivery_stops_before_the_hold_is_used_up(place: Place) -> None:
    place.dear()
    session = place.charge(place.charging(hold="10.00"), minutes=20)
    assert (session.state, session.end_reason) == ("stopping", "limit")
    # A minute costs 0.915, and 25 s more at 11 kW must still fit: after ten minutes they would not.
    assert session.cost_minor == 915
    assert [stop.state for stop in stops(session)] == ["queued"]


def test_cost_never_passes_the_hold_even_when_a_stop_takes_too_long(place: Place) -> None:
    place.dear()
    session = place.charge(place.charging(hold="10.00"), minutes=20)
    place.forward(minutes=20)
    place.stopped(session, wh=(session.meter_wh or 0) + 3000)
    session = reread(session)
    assert session.cost_minor == 1000
    place.answer(session, approve())
    data = Receipt.objects.get(session=session).data
    assert data["total_minor"] == 1000
    assert data["lines"][-1]["kind"] == "limit"
    assert sum(line["total_minor"] for line in data["lines"]) == 1000


def test_a_full_car_ends_the_visit(place: Place) -> None:
    session = place.charge(place.charging(), minutes=10)
    session = place.charge(session, minutes=16, power_w=0)
    assert (session.state, session.end_reason) == ("stopping", "full")
    assert (session.charging_s, session.parking_s) == (600, 15 * 60)
    assert session.energy_wh == 1830


def test_a_site_may_let_full_cars_stand(place: Place) -> None:
    place.site.full_after_s = 0
    place.site.save()
    session = place.charge(place.charging(), minutes=2)
    assert place.charge(session, minutes=30, power_w=0).state == "charging"


def test_the_longest_time_ends_the_visit(place: Place) -> None:
    place.site.maximum_duration_s = 600
    place.site.save()
    session = place.charging()
    place.forward(seconds=601)
    place.sweep()
    session = reread(session)
    assert (session.state, session.end_reason) == ("stopping", "duration")


def test_a_fault_while_charging_stops_and_settles(place: Place) -> None:
    session = place.charge(place.charging(), minutes=10)
    place.status(place.first, "Faulted")
    session = reread(session)
    assert (session.state, session.end_reason) == ("stopping", "fault")
    place.stopped(session, reason="Other")
    session = reread(session)
    assert (session.state, session.end_reason) == ("settling", "fault")
    assert settlement(session)[0] == "capture"


def test_a_fault_before_charging_releases(place: Place) -> None:
    session = place.held()
    place.status(place.first, "Faulted")
    session = reread(session)
    assert (session.state, session.end_reason) == ("settling", "fault")
    assert settlement(session) == ("release", 0, "charger_fault")


def test_a_cable_that_is_gone_ends_the_visit_though_its_stop_was_not_told(place: Place) -> None:
    session = place.charge(place.charging(), minutes=10)
    place.status(place.first, "Charging")
    place.status(place.first, "Available")
    session = reread(session)
    assert (session.state, session.end_reason) == ("stopping", "unplugged")


def test_staff_stop_a_visit_under_their_name(place: Place, django_user_model: type) -> None:
    user = django_user_model.objects.create_user("ann")  # type: ignore[attr-defined]
    session = place.charge(place.charging(), minutes=3)
    visits.stop_by_staff(session, user=user, note="on the phone", now=place.now)
    session = reread(session)
    assert (session.state, session.end_reason) == ("stopping", "staff")
    assert session.timeline.get(code="stopped_by_staff").data == {"user": "ann", "note": "on the phone"}
    with pytest.raises(visits.Refused) as refused:
        visits.stop_by_staff(session, user=user, note="again", now=place.now)
    assert refused.value.code == visits.Refusal.NOT_STOPPABLE


def test_a_start_on_another_connector_at_the_same_price_goes_on_there(place: Place) -> None:
    session = place.held(place.first)
    place.plug_in(session, connector=place.second)
    session = reread(session)
    assert (session.state, session.connector_id) == ("charging", place.second.pk)
    assert "other_connector" in codes(session)
    assert place.begin(place.first).pk != session.pk  # the first one is free again


def test_a_start_on_a_connector_with_another_price_is_stopped_and_released(place: Place) -> None:
    dear = type(place.tariff).objects.create(name="Dear", currency="EUR")
    dear.components.create(dimension="ENERGY", price="0.9000")
    place.second.offer.tariff = dear
    place.second.offer.save()

    session = place.held(place.first)
    place.plug_in(session, connector=place.second)
    session = reread(session)
    assert (session.state, session.transaction) == ("settling", None)
    assert settlement(session) == ("release", 0, "charger_fault")
    assert len(stops(session)) == 1

    place.answer(session, approve())
    place.stopped(session, wh=1002)
    session = reread(session)
    assert (session.state, session.flags) == ("not_started", ["late_stop"])


def test_a_start_on_a_connector_that_another_driver_holds_is_stopped_and_released(place: Place) -> None:
    session = place.held(place.first)
    place.begin(place.second, kiosk=place.another_kiosk())
    place.plug_in(session, connector=place.second)
    assert reread(session).state == "settling"
    assert len(stops(session)) == 1


def test_a_lost_answer_to_the_card_puts_the_visit_in_doubt_and_frees_the_connector(place: Place) -> None:
    session = place.begin()
    place.answer(session, lose)
    session = reread(session)
    assert (session.state, session.flags) == ("in_doubt", ["money_in_doubt"])
    assert place.begin().state == "authorising"
