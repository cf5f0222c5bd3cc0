"""Whoever decides about money in doubt sees what was sent, what the terminal and the lists say, and what was sold."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kiosk.lifecycle import State
from kiosk.models import Kiosk
from payments import evidence
from payments.authorisations import advance
from payments.evidence import Why
from payments.lifecycle import Event
from payments.models import Authorisation, Decision, Evidence, Operation, Reconciliation, Refund
from tests.payments.test_claiming import at_once
from tests.support import reconciled, records
from tests.support.staff import Login

NOTE = "acquirer's report of 22 November"


@pytest.fixture
def doubtful(kiosk: Kiosk) -> Authorisation:
    """A capture of € 12.30, asked two hours ago, whose answer was lost."""
    at = timezone.now() - timedelta(hours=2)
    with transaction.atomic():
        return records.session(kiosk, State.IN_DOUBT, at, cost=1230).authorisation


@pytest.fixture
def operator(login: Login) -> Client:
    return login("operator")


def address(held: Authorisation) -> str:
    return reverse("admin:payments_authorisation_decide", args=[held.pk])


def page(client: Client, held: Authorisation) -> str:
    return client.get(address(held)).content.decode()


def listed(held: Authorisation, source: str = "terminal", **said: Any) -> Reconciliation:
    """A list that was asked just now and says ``said`` about the capture."""
    run = reconciled.reconciliation(held.terminal, timezone.now(), source=source, origin=f"{source}-list")
    operation = said.pop("operation", None) or held.operations.get(state="unknown")
    values = {"kind": operation.kind, "request_id": operation.request_id, "operation": operation, "at": timezone.now()}
    Evidence.objects.create(reconciliation=run, authorisation=held, **values | said)
    return run


def why(held: Authorisation) -> Why:
    return evidence.hint(held, evidence.told(held)).why


def test_the_page_says_what_was_sent_and_how_it_failed_in_plain_words(
    operator: Client, doubtful: Authorisation
) -> None:
    lost = doubtful.operations.get(state="unknown")
    lost.finished_at = lost.created_at + timedelta(seconds=61)
    lost.recovery_tries = 12
    lost.save()
    shown = page(operator, doubtful)
    for words in (str(lost.request_id), "€12.30", "61 seconds", "No answer came in time.", "VISA  ***********1234"):
        assert words in shown
    assert "Asked 12 times what became of the capture" in shown


def test_the_page_says_what_was_delivered(operator: Client, doubtful: Authorisation) -> None:
    shown = page(operator, doubtful)
    assert "What was delivered" in shown
    assert reverse("admin:kiosk_session_change", args=[doubtful.session.pk]) in shown


def test_a_terminal_that_cannot_tell_is_said_not_to(operator: Client, doubtful: Authorisation) -> None:
    doubtful.terminal.profile = {}
    doubtful.terminal.save()
    shown = page(operator, doubtful)
    assert "This terminal cannot tell what became of the capture" in shown
    assert "has no list that could be asked for" in shown


def test_without_a_list_nothing_is_suggested(operator: Client, doubtful: Authorisation) -> None:
    shown = page(operator, doubtful)
    assert "No list was asked about this payment yet." in shown
    assert "Nothing that is known here says what became of it." in shown


def test_a_capture_on_the_list_suggests_that_money_was_taken_and_chooses_nothing(
    operator: Client, doubtful: Authorisation
) -> None:
    listed(doubtful, outcome="approved", amount_minor=1230, currency="EUR")
    response = operator.get(address(doubtful))
    shown = response.content.decode()
    assert "Money was taken." in shown
    assert "The list has a capture of €12.30" in shown
    assert response.context["form"]["event"].value() is None


def test_nothing_on_the_terminals_list_suggests_to_settle_once_more(operator: Client, doubtful: Authorisation) -> None:
    listed(doubtful)
    shown = page(operator, doubtful)
    assert "nothing there" in shown
    assert why(doubtful) is Why.STILL_HELD


def test_nothing_is_not_believed_of_a_list_asked_too_soon_or_of_a_file(doubtful: Authorisation) -> None:
    run = listed(doubtful)
    Operation.objects.filter(state="unknown").update(started_at=run.started_at)
    assert why(doubtful) is Why.SAYS_NOTHING
    Operation.objects.filter(state="unknown").update(started_at=timezone.now() - timedelta(hours=5))
    assert why(doubtful) is Why.STILL_HELD
    Reconciliation.objects.update(source="file")
    assert why(doubtful) is Why.SAYS_NOTHING


def test_the_newest_list_of_each_kind_is_shown(operator: Client, doubtful: Authorisation) -> None:
    listed(doubtful)
    listed(doubtful, source="file", outcome="approved", amount_minor=1230, currency="EUR")
    newer = listed(doubtful, outcome="approved", amount_minor=1230, currency="EUR")
    assert evidence.told(doubtful)[0][0] == newer
    assert len(evidence.told(doubtful)) == 2
    assert why(doubtful) is Why.TAKEN


@pytest.mark.parametrize(
    ("said", "suggestion"),
    [
        ({"kind": "release", "outcome": "approved"}, Why.RELEASED),
        ({"outcome": "declined"}, Why.STILL_HELD),
    ],
)
def test_what_else_a_list_can_say_about_a_capture(
    doubtful: Authorisation, said: dict[str, Any], suggestion: Why
) -> None:
    listed(doubtful, **said)
    assert why(doubtful) is suggestion


def test_two_captures_suggest_nothing(operator: Client, doubtful: Authorisation) -> None:
    run = listed(doubtful, outcome="approved", amount_minor=1230, currency="EUR")
    Evidence.objects.create(
        reconciliation=run,
        authorisation=doubtful,
        kind="capture",
        request_id=801,
        outcome="approved",
        amount_minor=1230,
        currency="EUR",
        at=timezone.now(),
    )
    shown = page(operator, doubtful)
    assert why(doubtful) is Why.TWICE
    assert "not asked for by us" in shown


@pytest.mark.parametrize(
    ("said", "suggestion"),
    [
        ({"outcome": "approved", "amount_minor": 4000, "currency": "EUR"}, Why.HELD_OUT_OF_REACH),
        ({"outcome": "declined"}, Why.DECLINED),
        ({"outcome": "timed_out"}, Why.NOTHING),
        ({}, Why.NOTHING),
    ],
)
def test_what_a_list_can_say_about_a_lost_authorisation(kiosk: Kiosk, said: dict[str, Any], suggestion: Why) -> None:
    at = timezone.now() - timedelta(hours=2)
    lost = Authorisation.objects.create(
        terminal=kiosk.terminal,
        state="in_doubt",
        currency="EUR",
        requested_minor=4000,
        created_at=at,
        deadline_at=at + timedelta(days=4),
    )
    records.operation(lost, Operation.Kind.AUTHORISE, at, amount=4000, state=Operation.State.UNKNOWN)
    run = listed(lost, **said)
    assert why(lost) is suggestion
    if suggestion is Why.NOTHING:  # a slow host may still hold what was asked for a moment ago
        lost.operations.update(started_at=run.started_at)
        assert why(lost) is Why.SAYS_NOTHING


def test_a_list_that_cannot_be_a_witness_says_nothing_of_a_lost_refund_either(kiosk: Kiosk) -> None:
    at = timezone.now() - timedelta(hours=3)
    held = records.session(kiosk, State.FINISHED, at).authorisation
    row = records.refund(held, 500, Refund.State.IN_DOUBT, User.objects.get(username="support"), at)
    run = listed(held)
    assert evidence.refund_hint(row, evidence.told(held)).why is Why.NOT_REFUNDED
    Operation.objects.filter(state="unknown").update(started_at=run.started_at)
    assert evidence.refund_hint(row, evidence.told(held)).why is Why.SAYS_NOTHING
    Operation.objects.filter(state="unknown").update(state="not_sent")
    assert evidence.refund_hint(row, evidence.told(held)).why is Why.SAYS_NOTHING  # nothing is in doubt


def test_only_the_lists_that_were_asked_about_it_speak_for_a_payment(doubtful: Authorisation) -> None:
    reconciled.reconciliation(doubtful.terminal, timezone.now())
    assert evidence.told(doubtful) == []


def test_a_list_is_asked_for_from_the_page_and_the_page_follows_it(operator: Client, doubtful: Authorisation) -> None:
    response = operator.post(address(doubtful), {"ask_list": "1"})
    run = Reconciliation.objects.get()
    assert response["Location"] == address(doubtful)
    assert run.since < doubtful.created_at < run.until
    assert (run.state, str(run.requested_by)) == ("waiting", "operator")
    assert "The terminal is being asked for its list." in page(operator, doubtful)
    assert not Decision.objects.exists()


def test_a_list_that_could_not_be_had_says_why(operator: Client, doubtful: Authorisation) -> None:
    reconciled.reconciliation(doubtful.terminal, timezone.now(), "failed", reason="refused")
    shown = page(operator, doubtful)
    assert "list could not be had: The terminal could not be reached." in shown


def test_the_second_to_decide_is_told_who_decided_what(operator: Client, login: Login, doubtful: Authorisation) -> None:
    operator.post(address(doubtful), {"event": "found_released", "note": NOTE})
    late = {"event": "found_captured", "amount": "12.30", "note": "me"}
    shown = login("root").post(address(doubtful), late, follow=True).content.decode()
    assert "operator decided" in shown
    assert "The hold was released, nothing was taken" in shown
    assert "22 November" in shown
    assert Decision.objects.count() == 1


def test_what_the_terminal_found_itself_needs_no_person(operator: Client, doubtful: Authorisation) -> None:
    with transaction.atomic():
        assert advance(doubtful, Event.FOUND_RELEASED, timezone.now())
    shown = operator.get(address(doubtful), follow=True).content.decode()
    assert "so nobody needs to decide" in shown


@pytest.mark.parametrize(
    ("outcome", "words"), [("approved", "The list has the refund."), ("", "does not have the refund")]
)
def test_a_refund_in_doubt_has_its_evidence_too(kiosk: Kiosk, operator: Client, outcome: str, words: str) -> None:
    at = timezone.now() - timedelta(hours=3)
    held = records.session(kiosk, State.FINISHED, at).authorisation
    row = records.refund(held, 500, Refund.State.IN_DOUBT, User.objects.get(username="support"), at)
    listed(held, outcome=outcome, amount_minor=500 if outcome else 0, currency="EUR")
    decide = reverse("admin:payments_refund_decide", args=[row.pk])
    assert words in operator.get(decide).content.decode()

    operator.post(decide, {"event": "done", "note": NOTE})
    shown = operator.post(decide, {"event": "refused", "note": NOTE}, follow=True).content.decode()
    assert "operator decided" in shown
    assert Decision.objects.get().event == "done"


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_the_same_moment_decide_once(doubtful: Authorisation, login: Login) -> None:
    browsers = iter([(login("operator"), "found_released"), (login("root"), "found_captured")])
    lock = threading.Lock()

    def decide() -> str:
        with lock:
            browser, event = next(browsers)
        sent = {"event": event, "amount": "12.30", "note": NOTE}
        return browser.post(address(doubtful), sent, follow=True).content.decode()

    answers = [str(each) for each in at_once(decide)]

    decision = Decision.objects.get()
    assert sorted("There is nothing in doubt here any more." in each for each in answers) == [False, True]
    (late,) = (each for each in answers if "There is nothing in doubt here any more." in each)
    assert f"{decision.user} decided" in late
    doubtful.refresh_from_db()
    assert doubtful.state == {"found_released": "released", "found_captured": "captured"}[decision.event]
