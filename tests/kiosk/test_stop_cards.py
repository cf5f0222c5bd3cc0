"""Only the card that started a session stops it, and presenting any card costs nothing."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from hardware.terminal.interface import Card, NotSent, Outcome, OutcomeUnknown, TokenResult
from kiosk import visits
from kiosk.models import StopAttempt
from payments import answers, operations
from payments.models import Operation
from tests.kiosk.place import BARE, MAESTRO, PHONE, VISA, Place, codes, reread, stops

pytestmark = pytest.mark.usefixtures("no_failures")


def test_the_card_that_started_it_stops_it(place: Place) -> None:
    session = place.charge(place.charging(), minutes=2)
    attempt = place.present(place.ask_to_stop(session), VISA)
    session = reread(session)
    assert (attempt.outcome, session.state, session.end_reason) == ("matched", "stopping", "card")
    assert len(stops(session)) == 1

    place.stopped(session)
    assert reread(session).state == "settling"
    assert place.newest(session).kind == Operation.Kind.CAPTURE


def test_the_same_card_in_a_phone_stops_it_by_its_account_reference(place: Place) -> None:
    session = place.charging(card=VISA)
    assert place.present(place.ask_to_stop(session), PHONE).outcome == "matched"
    assert reread(session).state == "stopping"


def test_another_card_stops_nothing_and_pays_nothing(place: Place) -> None:
    session = place.charging(card=VISA)
    attempt = place.present(place.ask_to_stop(session), MAESTRO)
    assert (attempt.outcome, reread(session).state) == ("no_match", "charging")
    assert not Operation.objects.filter(kind__in=["capture", "release"]).exists()
    assert place.present(place.ask_to_stop(session), VISA).outcome == "matched"


def test_cards_without_an_account_reference_match_by_token_only(place: Place) -> None:
    session = place.charging(card=BARE)
    assert place.present(place.ask_to_stop(session), VISA).outcome == "no_match"
    assert place.present(place.ask_to_stop(session), BARE).outcome == "matched"


def test_the_card_of_another_session_is_told_so_and_stops_neither(place: Place) -> None:
    mine, theirs = place.charging(place.first, card=VISA), place.charging(place.third, card=MAESTRO)
    attempt = place.present(place.ask_to_stop(mine), MAESTRO)
    assert attempt.outcome == "other_session"
    assert (reread(mine).state, reread(theirs).state) == ("charging", "charging")


def test_one_card_with_two_sessions_stops_the_one_that_was_picked(place: Place) -> None:
    one, other = place.charging(place.first, card=VISA), place.charging(place.third, card=VISA)
    assert place.present(place.ask_to_stop(other), VISA).outcome == "matched"
    assert (reread(one).state, reread(other).state) == ("charging", "stopping")


OLD, NEW = "the old key, which is 32 characters long", "the new key, which is 32 characters long"


@pytest.mark.parametrize(("started_by", "presented"), [(VISA, VISA), (BARE, BARE), (VISA, PHONE), (PHONE, VISA)])
def test_a_change_of_keys_in_mid_session_keeps_nobody_from_stopping(
    place: Place, settings: Settings, started_by: Card, presented: Card
) -> None:
    settings.FINGERPRINT_KEYS = [OLD]
    session = place.charging(card=started_by)
    settings.FINGERPRINT_KEYS = [NEW, OLD]
    assert place.present(place.ask_to_stop(session), MAESTRO).outcome == "no_match"
    assert place.present(place.ask_to_stop(session), presented).outcome == "matched"


@pytest.mark.parametrize(("started_by", "presented"), [(BARE, BARE), (VISA, PHONE)])
def test_a_card_that_both_keys_have_a_record_of_stops_what_either_started(
    place: Place, settings: Settings, started_by: Card, presented: Card
) -> None:
    settings.FINGERPRINT_KEYS = [OLD]
    session = place.charging(card=started_by)
    settings.FINGERPRINT_KEYS = [NEW]  # a process that was not told the old key
    later = place.charging(place.third, card=started_by)
    assert place.present(place.ask_to_stop(session), presented).outcome != "matched"
    settings.FINGERPRINT_KEYS = [NEW, OLD]
    assert place.present(place.ask_to_stop(session), presented).outcome == "matched"
    assert place.present(place.ask_to_stop(later), started_by).outcome == "matched"


@pytest.mark.parametrize("outcome", [Outcome.TIMED_OUT, Outcome.ABORTED])
def test_nobody_who_presents_a_card_changes_nothing(place: Place, outcome: Outcome) -> None:
    session = place.charging()
    assert place.present(place.ask_to_stop(session), None, outcome).outcome == "no_card"
    assert reread(session).state == "charging"


@pytest.mark.parametrize("answer", [OutcomeUnknown("cut"), NotSent("refused")])
def test_a_terminal_that_fails_changes_nothing(place: Place, answer: OutcomeUnknown | NotSent) -> None:
    session = place.charging()
    attempt = place.ask_to_stop(session)
    place.conclude(attempt.operation, answer)
    attempt.refresh_from_db()
    assert (attempt.outcome, reread(session).state) == ("failed", "charging")


def test_a_card_after_the_end_is_too_late(place: Place) -> None:
    session = place.charging()
    attempt = place.ask_to_stop(session)
    assert operations.claim(attempt.operation_id, place.now) is not None
    place.stopped(session, wh=1100)
    answers.record(attempt.operation_id, TokenResult(Outcome.APPROVED, 2, VISA), place.now)
    attempt.refresh_from_db()
    assert (attempt.outcome, reread(session).end_reason) == ("too_late", "charger")


def test_the_terminal_stops_asking_for_a_card_when_the_visit_ends_otherwise(place: Place) -> None:
    session = place.charging()
    attempt = place.ask_to_stop(session)
    place.stopped(session, wh=1100)
    assert place.sweep() == 1
    attempt.refresh_from_db()
    assert attempt.outcome == "no_card"
    assert place.sweep() == 0


def test_asking_twice_at_one_kiosk_asks_once(place: Place) -> None:
    session = place.charging()
    assert place.ask_to_stop(session).pk == place.ask_to_stop(session).pk


def test_two_kiosks_may_both_ask_and_the_first_card_stops_it(place: Place) -> None:
    session = place.charging()
    here, there = place.ask_to_stop(session), place.ask_to_stop(session, place.another_kiosk())
    assert place.present(here, VISA).outcome == "matched"
    assert place.present(there, VISA).outcome == "too_late"
    assert len(stops(session)) == 1


def test_a_terminal_that_serves_someone_else_refuses_politely(place: Place) -> None:
    session = place.charging(place.first)
    place.begin(place.third)
    with pytest.raises(visits.Refused) as refused:
        place.ask_to_stop(session)
    assert refused.value.code == visits.Refusal.TERMINAL_BUSY
    assert not StopAttempt.objects.exists()


def test_a_terminal_that_is_unreachable_refuses_politely(place: Place) -> None:
    session = place.charging(place.first)
    place.terminal.state = "unreachable"
    place.terminal.save()
    place.kiosk.refresh_from_db()
    with pytest.raises(visits.Refused) as refused:
        place.ask_to_stop(session)
    assert refused.value.code == visits.Refusal.TERMINAL_UNAVAILABLE


def test_only_what_charges_can_be_stopped(place: Place) -> None:
    session = place.held()
    with pytest.raises(visits.Refused) as refused:
        place.ask_to_stop(session)
    assert refused.value.code == visits.Refusal.NOT_STOPPABLE


def test_withdrawing_frees_the_terminal(place: Place) -> None:
    session = place.charging()
    attempt = place.ask_to_stop(session)
    visits.withdraw_stop_card(attempt, now=place.now)
    attempt.refresh_from_db()
    assert attempt.outcome == "no_card"
    assert place.begin(place.third).state == "authorising"


def test_the_sweep_hears_a_card_that_was_missed(place: Place) -> None:
    session = place.charging()
    attempt = place.present(place.ask_to_stop(session), VISA)
    StopAttempt.objects.filter(pk=attempt.pk).update(outcome="waiting")
    type(session).objects.filter(pk=session.pk).update(state="charging")
    place.sweep()
    attempt.refresh_from_db()
    assert (attempt.outcome, reread(session).state) == ("matched", "stopping")
    assert place.sweep() == 0
    assert codes(session).count("stop_card_matched") == 2
