"""Whole visits, from the card to the receipt, and the ways in which they end early."""

from __future__ import annotations

import pytest

from hardware import outbox
from hardware.terminal.interface import Outcome
from kiosk import visits
from kiosk.models import Receipt, Session
from payments.models import Operation
from tests.kiosk.place import Place, approve, codes, refuse, reread

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
