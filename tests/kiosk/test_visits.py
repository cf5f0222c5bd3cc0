"""Whole visits, from the card to the receipt, and the ways in which they end early."""

from __future__ import annotations

import pytest

from hardware import outbox
from hardware.terminal.interface import Outcome
from kiosk import visits
from kiosk.models import Receipt, Session
from payments.models import Operation
from tests.kiosk.place import Place, approve, codes, lose, refuse, reread, stops

pytestmark = pytest.mark.usefixtures("no_failures")


def settlement(session: Session) -> tuple[str, int, str]:
    operation = Operation.objects.filter(authorisation=session.authorisation_id, kind__in=["capture", "release"]).get()
    return operation.kind, operation.amount_minor, operation.reason


def test_a_visit_holds_charges_captures_and_ends_with_a_receipt(place: Place) -> None:
    session = place.begin()
    assert session.state == "authorising"

    place.answer(session, approve("40.00"))
    session = reread(session)
    assert (session.state, session.card.last_four) == ("starting", "4242")  # type: ignore[union-attr]
    assert session.start_command is not None
    assert session.start_command.connector_id == place.first.pk

    place.plug_in(session)
    session = place.charge(session, minutes=6)
    assert session.state == "charging"
    assert (session.energy_wh, session.cost_minor) == (1098, 55)
    assert (session.charging_s, session.parking_s) == (360, 0)

    place.stopped(session, wh=2110, reason="EVDisconnected")
    session = reread(session)
    assert (session.state, session.end_reason) == ("settling", "unplugged")
    assert settlement(session) == ("capture", 56, "normal_end")

    place.answer(session, approve())
    session = reread(session)
    assert (session.state, session.flags) == ("finished", [])
    assert session.authorisation.captured_minor == 56
    receipt = Receipt.objects.get(session=session)
    assert (receipt.data["total_minor"], receipt.data["captured_minor"], receipt.data["released_minor"]) == (
        56,
        56,
        3944,
    )
    assert codes(session) == [
        "asked", "approved", "start", "started", "ended", "settlement_asked", "captured", "receipt_issued",
    ]  # fmt: skip


def test_a_declined_card_frees_the_connector(place: Place) -> None:
    session = place.begin()
    place.answer(session, refuse())
    assert reread(session).state == "declined"
    assert place.begin().pk != session.pk


@pytest.mark.parametrize("outcome", [Outcome.ABORTED, Outcome.TIMED_OUT])
def test_nobody_at_the_terminal_holds_nothing(place: Place, outcome: Outcome) -> None:
    session = place.begin()
    place.answer(session, refuse(outcome))
    assert reread(session).state == "cancelled"


def test_a_partial_approval_limits_delivery_to_what_was_granted(place: Place) -> None:
    place.dear()
    session = place.begin(hold="40.00")
    place.answer(session, approve("10.00"))
    place.plug_in(session)
    session = place.charge(session, minutes=20)

    assert (session.state, session.end_reason) == ("stopping", "limit")
    assert session.cost_minor <= 1000
    place.stopped(session)
    assert settlement(session)[1] <= 1000


def test_a_grant_too_small_to_charge_with_is_released(place: Place) -> None:
    session = place.begin(hold="40.00")
    place.answer(session, approve("9.99"))
    session = reread(session)
    assert (session.state, session.end_reason, session.start_command) == ("settling", "funds", None)
    assert settlement(session) == ("release", 0, "funds_too_small")

    place.answer(session, approve())
    assert reread(session).state == "not_started"
    assert not Receipt.objects.exists()


def test_a_driver_who_does_not_plug_in_gets_the_hold_back(place: Place) -> None:
    session = place.held()
    assert session.start_command is not None
    place.reply(session.start_command, outbox.Answer.ACCEPTED)
    place.forward(seconds=104)
    place.sweep()
    assert reread(session).state == "starting"

    place.forward(seconds=2)
    place.sweep()
    session = reread(session)
    assert (session.state, session.end_reason) == ("settling", "not_plugged_in")
    assert settlement(session) == ("release", 0, "not_started")
    assert place.plug_in(session) is None  # the tag starts nothing any more


@pytest.mark.parametrize(
    ("answer", "why", "reason"),
    [
        (outbox.Answer.REJECTED, "refused", "charger_fault"),
        (outbox.Answer.NO_ANSWER, "silent", "charger_silent"),
    ],
)
def test_a_start_that_fails_releases_at_once(place: Place, answer: outbox.Answer, why: str, reason: str) -> None:
    session = place.held()
    assert session.start_command is not None
    place.reply(session.start_command, answer)
    session = reread(session)
    assert (session.state, session.end_reason) == ("settling", why)
    assert settlement(session) == ("release", 0, reason)


def test_an_accepted_start_waits_for_the_cable(place: Place) -> None:
    session = place.held()
    assert session.start_command is not None
    place.reply(session.start_command, outbox.Answer.ACCEPTED)
    assert reread(session).state == "starting"
    assert "start_accepted" in codes(session)


def test_a_start_to_a_charge_point_that_went_offline_is_released_when_it_expires(place: Place) -> None:
    place.offline(place.charger)
    place.online(place.charger)
    session = place.held()
    place.offline(place.charger)
    place.forward(seconds=91)
    place.sweep()
    session = reread(session)
    assert (session.state, session.end_reason) == ("settling", "silent")


def test_cancelling_before_the_card_takes_nothing(place: Place) -> None:
    session = place.begin()
    assert visits.cancel(session, now=place.now)
    assert reread(session).state == "cancelled"
    assert place.newest(session).state == Operation.State.CANCELLED
    assert not visits.cancel(session, now=place.now)


def test_an_approval_that_crosses_a_cancellation_is_released(place: Place) -> None:
    session = place.begin()
    operation = place.newest(session)
    Operation.objects.filter(pk=operation.pk).update(state="in_flight")
    assert visits.cancel(session, now=place.now)
    assert reread(session).state == "authorising"

    place.found(session, approve("40.00"))
    session = reread(session)
    assert (session.state, session.end_reason) == ("settling", "cancelled")
    assert settlement(session) == ("release", 0, "not_started")


def test_cancelling_while_starting_releases_and_tells_the_charge_point_nothing_more(place: Place) -> None:
    session = place.held()
    assert visits.cancel(session, now=place.now)
    session = reread(session)
    assert (session.state, session.end_reason) == ("settling", "cancelled")
    assert session.start_command.state == "cancelled"  # type: ignore[union-attr]


def test_a_cancellation_that_comes_when_charging_has_begun_is_refused(place: Place) -> None:
    session = place.charging()
    assert not visits.cancel(session, now=place.now)
    assert reread(session).state == "charging"


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
