"""What belongs together, what does not, and how it differs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from moneyed import Money

from hardware.terminal.interface import Outcome, Verb
from payments.reconciliation.compare import CLOCK_TOLERANCE, Fate, What
from tests.payments.reconciliation.sides import NOON, SINCE, UNTIL, compared, found, ours, theirs

CAPTURE, REFUND, RELEASE, AUTHORISE = Verb.CAPTURE, Verb.REFUND, Verb.RELEASE, Verb.AUTHORISE


def test_what_both_sides_say_is_no_difference() -> None:
    entries = [ours(AUTHORISE, 1, "50.00"), ours(CAPTURE, 2), ours(REFUND, 3, "1.00")]
    lines = [theirs(REFUND, 3, "1.00"), theirs(AUTHORISE, 1, "50.00"), theirs(CAPTURE, 2)]
    comparison = compared(entries, lines)
    assert comparison.findings == []
    assert len(comparison.pairs) == 3


def test_a_line_that_we_know_nothing_of_is_missing_here() -> None:
    assert found([], [theirs(CAPTURE, 2)]) == [What.MISSING_HERE]


def test_what_we_did_and_they_do_not_list_is_missing_there() -> None:
    assert found([ours(CAPTURE, 2)], []) == [What.MISSING_THERE]


def test_a_kind_that_the_list_does_not_have_is_not_missed_there() -> None:
    assert found([ours(AUTHORISE, 1), ours(CAPTURE, 2)], [], covers={CAPTURE}) == [What.MISSING_THERE]


def test_one_cent_is_a_difference() -> None:
    assert found([ours(CAPTURE, 2, "12.34")], [theirs(CAPTURE, 2, "12.35")]) == [What.AMOUNT_DIFFERS]


def test_another_currency_is_no_smaller_amount() -> None:
    line = replace(theirs(CAPTURE, 2), amount=Money("12.34", "CHF"))
    assert found([ours(CAPTURE, 2)], [line]) == [What.CURRENCY_DIFFERS]


def test_what_a_release_frees_is_not_compared() -> None:
    assert found([ours(RELEASE, 2, "0")], [theirs(RELEASE, 2, "50.00")]) == []


def test_the_same_request_twice_is_a_duplicate_of_what_we_did() -> None:
    comparison = compared([ours(CAPTURE, 2)], [theirs(CAPTURE, 2), theirs(CAPTURE, 2, at=NOON + timedelta(hours=1))])
    (finding,) = comparison.findings
    assert (finding.what, finding.entry and finding.entry.request_id) == (What.DUPLICATE, 2)


def test_a_second_capture_of_one_hold_is_a_duplicate_whoever_asked_for_it() -> None:
    assert found([ours(CAPTURE, 2)], [theirs(CAPTURE, 2), theirs(CAPTURE, 77)]) == [What.DUPLICATE]


def test_a_capture_that_we_took_for_not_sent_and_did_again_is_a_duplicate() -> None:
    entries = [ours(CAPTURE, 2, fate=Fate.NOT_DONE), ours(CAPTURE, 3)]
    assert found(entries, [theirs(CAPTURE, 2), theirs(CAPTURE, 3)]) == [What.DUPLICATE]


@pytest.mark.parametrize("fate", [Fate.NOT_DONE, Fate.IN_DOUBT])
def test_what_they_did_and_we_do_not_hold_for_done_is_another_outcome(fate: Fate) -> None:
    assert found([ours(CAPTURE, 2, fate=fate)], [theirs(CAPTURE, 2)]) == [What.WRONG_STATE]


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.ABORTED, Outcome.TIMED_OUT])
def test_what_they_refused_and_we_hold_for_done_is_another_outcome(outcome: Outcome) -> None:
    assert found([ours(CAPTURE, 2)], [theirs(CAPTURE, 2, "0", outcome=outcome)]) == [What.WRONG_STATE]


@pytest.mark.parametrize("fate", [Fate.NOT_DONE, Fate.IN_DOUBT, Fate.UNDER_WAY])
def test_what_they_refused_and_we_do_not_hold_for_done_is_no_difference(fate: Fate) -> None:
    assert found([ours(CAPTURE, 2, fate=fate)], [theirs(CAPTURE, 2, "0", outcome=Outcome.DECLINED)]) == []


@pytest.mark.parametrize("fate", [Fate.NOT_DONE, Fate.IN_DOUBT, Fate.UNDER_WAY])
def test_what_we_do_not_hold_for_done_need_not_be_on_the_list(fate: Fate) -> None:
    assert found([ours(CAPTURE, 2, fate=fate)], []) == []


def test_what_is_under_way_is_no_difference_yet() -> None:
    assert found([ours(CAPTURE, 2, fate=Fate.UNDER_WAY)], [theirs(CAPTURE, 2, "99.00")]) == []


def test_a_refusal_and_then_a_success_of_one_request_are_no_riddle() -> None:
    refused = theirs(CAPTURE, 2, "0", outcome=Outcome.DECLINED, at=NOON - timedelta(minutes=1))
    assert found([ours(CAPTURE, 2)], [refused, theirs(CAPTURE, 2)]) == []


def test_a_refused_line_that_we_know_nothing_of_moved_nothing() -> None:
    assert found([], [theirs(AUTHORISE, 9, "0", outcome=Outcome.DECLINED)]) == []


def test_an_amount_that_is_not_ours_to_know_fits_any() -> None:
    assert found([replace(ours(AUTHORISE, 1), amount=None)], [theirs(AUTHORISE, 1, "50.00")]) == []


@pytest.mark.parametrize("shift", [-CLOCK_TOLERANCE, CLOCK_TOLERANCE])
@pytest.mark.parametrize("edge", [SINCE, UNTIL - timedelta(seconds=1)])
def test_a_clock_that_is_off_makes_no_difference_at_midnight(edge: object, shift: timedelta) -> None:
    entry = ours(CAPTURE, 2, at=edge)
    assert found([entry], [theirs(CAPTURE, 2, at=entry.at + shift)]) == []


@pytest.mark.parametrize("at", [SINCE - timedelta(seconds=1), UNTIL])
def test_what_is_alone_outside_of_the_period_is_another_days_difference(at: object) -> None:
    assert found([ours(CAPTURE, 2, at=at)], []) == []
    assert found([], [theirs(CAPTURE, 2, at=at)]) == []


def test_a_pair_that_reaches_into_the_period_is_judged() -> None:
    entry, line = ours(CAPTURE, 2, at=SINCE - timedelta(seconds=5)), theirs(CAPTURE, 2, "0.01", at=SINCE)
    assert found([entry], [line]) == [What.AMOUNT_DIFFERS]


def test_a_list_without_request_ids_is_matched_by_the_authorisation() -> None:
    entries = [ours(CAPTURE, 2, of=1), ours(CAPTURE, 12, "7.00", of=11)]
    lines = [theirs(CAPTURE, None, "7.00", of=11), theirs(CAPTURE, None, of=1)]
    assert found(entries, lines) == []


def test_a_list_without_request_ids_is_matched_by_the_stan() -> None:
    entries = [ours(CAPTURE, 2, stan="000042"), ours(CAPTURE, 12, stan="000043", of=11)]
    lines = [theirs(CAPTURE, None, of=None, stan="000043"), theirs(CAPTURE, None, of=None, stan="000042")]
    assert found(entries, lines) == []


def test_of_several_refunds_of_one_hold_each_finds_its_own() -> None:
    entries = [ours(REFUND, 5, "1.00"), ours(REFUND, 6, "2.00")]
    lines = [theirs(REFUND, None, "2.00"), theirs(REFUND, None, "1.00")]
    assert found(entries, lines) == []


def test_of_a_capture_and_its_retry_the_one_that_was_done_is_meant() -> None:
    entries = [ours(CAPTURE, 2, fate=Fate.NOT_DONE), ours(CAPTURE, 3, at=NOON + timedelta(hours=2))]
    assert found(entries, [theirs(CAPTURE, None)]) == []


def test_another_kind_under_the_same_request_id_is_not_the_same() -> None:
    assert set(found([ours(REFUND, 2)], [theirs(CAPTURE, 2, of=99)])) == {What.MISSING_HERE, What.MISSING_THERE}


def test_what_a_person_decided_without_an_operation_fits_a_line_of_the_hold_and_is_not_missed() -> None:
    decided = ours(CAPTURE, None, "9.00", expected=False)
    assert found([decided], [theirs(CAPTURE, 801, "9.00")]) == []
    assert found([decided], [theirs(CAPTURE, 801, "9.01")]) == [What.AMOUNT_DIFFERS]
    assert found([decided], []) == []


def test_a_line_is_not_matched_by_amount_and_time_alone() -> None:
    lines = [theirs(CAPTURE, None, of=None)]
    assert set(found([ours(CAPTURE, 2)], lines)) == {What.MISSING_HERE, What.MISSING_THERE}
