"""Silence, lost and repeated messages, and meters that cannot be believed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hardware import outbox, reports
from kiosk.models import MeterSample, Receipt
from payments.models import Operation
from tests.kiosk.place import Place, approve, codes, reread, stops

pytestmark = pytest.mark.usefixtures("no_failures")


def captures() -> int:
    return Operation.objects.filter(kind="capture").count()


def test_a_charge_point_that_comes_back_in_time_goes_on_as_if_nothing_happened(place: Place) -> None:
    session = place.charge(place.charging(), minutes=2)
    place.offline(place.charger)
    place.forward(minutes=50)
    place.sweep()
    place.online(place.charger)
    session = place.meter(session, 1000 + 366 + 9000)
    assert (session.state, session.flags, session.energy_wh) == ("charging", [], 9366)
    assert codes(session)[-2:] == ["charger_offline", "charger_back"]


def test_a_charge_point_that_stays_silent_is_settled_on_its_last_trusted_value(place: Place) -> None:
    session = place.charge(place.charging(), minutes=2)
    place.offline(place.charger)
    place.forward(minutes=61)
    place.sweep()
    session = reread(session)
    assert (session.state, session.end_reason, session.flags) == ("settling", "silent", ["silent"])
    assert (session.energy_wh, captures()) == (366, 1)
    assert [stop.state for stop in stops(session)] == ["queued"]  # it will be told when it is back


def test_a_silent_charge_point_that_delivered_nothing_is_released_for_that_reason(place: Place) -> None:
    session = place.charging()
    place.offline(place.charger)
    place.forward(minutes=61)
    place.sweep()
    assert place.newest(session).kind == "release"
    assert place.newest(session).reason == "charger_silent"


def test_a_stop_that_comes_after_the_settlement_is_noted_and_takes_nothing_more(place: Place) -> None:
    session = place.charge(place.charging(), minutes=2)
    place.offline(place.charger)
    place.forward(minutes=61)
    place.sweep()
    place.answer(session, approve())
    assert reread(session).state == "finished"

    place.online(place.charger)
    place.stopped(session, wh=9000)
    session = reread(session)
    assert (session.state, captures(), session.energy_wh) == ("finished", 1, 366)
    assert session.flags == ["silent", "late_stop"]
    assert codes(session)[-1] == "late_stop"
    assert Receipt.objects.count() == 1


def test_energy_after_the_settlement_is_stopped_and_nobody_pays_for_it(place: Place) -> None:
    session = place.charge(place.charging(), minutes=2)
    place.offline(place.charger)
    place.forward(minutes=61)
    place.sweep()
    place.online(place.charger)
    session = place.meter(session, 9000)
    assert (session.state, session.energy_wh, session.flags) == ("settling", 366, ["silent", "late_energy"])
    assert MeterSample.objects.latest("pk").distrust == "late"


def test_a_stop_that_is_never_reported_is_settled_after_the_grace_time(place: Place) -> None:
    session = place.charge(place.charging(), minutes=2)
    place.offline(place.charger)
    place.status(place.first, "Faulted")
    assert reread(session).state == "stopping"
    place.forward(seconds=119)
    place.sweep()
    assert reread(session).state == "stopping"
    place.forward(seconds=1)
    place.sweep()
    session = reread(session)
    assert (session.state, session.end_reason, session.flags) == ("settling", "fault", ["no_stop"])
    assert place.newest(session).amount_minor == 18


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (outbox.Answer.ACCEPTED, "stop_accepted"),
        (outbox.Answer.REJECTED, "stop_refused"),
        (outbox.Answer.NO_ANSWER, "stop_unanswered"),
    ],
)
def test_whatever_the_charge_point_says_to_a_stop_the_grace_time_decides(
    place: Place, answer: outbox.Answer, code: str
) -> None:
    session = place.charge(place.charging(), minutes=2)
    place.status(place.first, "Faulted")
    place.reply(stops(session)[0], answer)
    assert reread(session).state == "stopping"
    assert codes(session)[-1] == code


def test_a_stop_told_twice_counts_once(place: Place) -> None:
    session = place.charge(place.charging(), minutes=2)
    place.stopped(session, wh=1400)
    place.stopped(session, wh=1500, reason="UnlockCommand")
    session = reread(session)
    assert (session.energy_wh, captures()) == (400, 1)
    assert codes(session)[-1] == "repeated_stop"


def test_a_start_told_twice_starts_once(place: Place) -> None:
    session = place.held()
    first, second = place.plug_in(session), place.plug_in(session)
    assert first == second
    assert codes(session).count("started") == 1


def test_an_orphaned_stop_touches_no_session(place: Place) -> None:
    session = place.charging()
    reports.transaction_stop(place.charger.pk, reports.Stop(-1, 5000, place.now, "Local"), place.now)
    assert reread(session).state == "charging"


def test_a_meter_that_runs_backwards_is_settled_on_the_last_trusted_value(place: Place) -> None:
    session = place.charge(place.charging(), minutes=2)
    place.forward(minutes=1)
    place.stopped(session, wh=900)
    session = reread(session)
    assert (session.energy_wh, session.flags) == (366, ["meter_backwards"])
    assert place.newest(session).amount_minor == 18
    assert "meter_doubted" in codes(session)


def test_a_meter_that_jumps_is_not_believed(place: Place) -> None:
    session = place.charge(place.charging(), minutes=2)
    place.forward(minutes=1)
    session = place.meter(session, 90_000)
    assert (session.energy_wh, session.flags) == (366, ["meter_jump"])
    assert MeterSample.objects.latest("pk").distrust == "jump"

    place.forward(minutes=1)
    session = place.meter(session, 1000 + 4 * 183)
    assert (session.energy_wh, session.charging_s) == (732, 240)


def test_readings_that_waited_in_a_queue_are_counted_by_their_own_time(place: Place) -> None:
    session = place.charging()
    began = place.now
    place.forward(minutes=30)
    for minute in range(1, 4):
        session = place.meter(session, 1000 + 183 * minute, at=began + timedelta(minutes=minute))
    assert (session.energy_wh, session.charging_s, session.flags) == (549, 180, [])


def test_a_charge_point_with_a_wrong_clock_is_flagged_and_used(place: Place) -> None:
    session = place.held()
    command = session.start_command
    assert command is not None
    late = place.now - timedelta(hours=1)
    reports.transaction_start(place.charger.pk, reports.Start(1, command.id_tag or "", 1000, late), place.now)
    place.forward(minutes=2)
    session = place.meter(session, 1366, at=late + timedelta(minutes=2))
    assert (session.state, session.flags) == ("charging", ["clock_behind"])
    assert (session.energy_wh, session.charging_s) == (366, 120)


def test_power_without_a_register_is_shown_and_not_counted(place: Place) -> None:
    session = place.charge(place.charging(), minutes=1)
    place.forward(minutes=1)
    session = place.meter(session, None, power_w=7400)
    assert (session.energy_wh, session.power_w, session.charging_s) == (183, 7400, 60)


def test_going_offline_twice_is_told_twice(place: Place) -> None:
    session = place.charging()
    for _ in range(2):
        place.offline(place.charger)
        place.online(place.charger)
        place.online(place.charger)
    assert codes(session)[-4:] == ["charger_offline", "charger_back"] * 2


def test_a_meter_value_costs_few_queries(place: Place, django_assert_max_num_queries: object) -> None:
    session = place.charge(place.charging(), minutes=1)
    place.forward(minutes=1)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        place.meter(session, 1366)
