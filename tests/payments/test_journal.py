"""Every change to money is written down, with what was before, what is now, who and why."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from moneyed import Money

from hardware.terminal.interface import Outcome, Result
from payments import answers, authorisations, journal, recovery
from payments.decisions import decide, decide_refund
from payments.journal.sealing import EVERY, RIPE
from payments.lifecycle import Event
from payments.models import Authorisation, JournalEntry, JournalSeal, Operation
from payments.refunds import refund
from payments.sweep import sweep
from tests.payments.approving import QuickDesk
from tests.payments.cashdesk import FIFTY, TWELVE, euros
from tests.payments.conftest import Announcements

NOTHING = euros("0.00")


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create(username="ops")


def told(authorisation: Authorisation) -> list[tuple[str, str]]:
    return [(entry.cause, entry.actor) for entry in authorisation.journal.order_by("number")]


def amounts(entry: JournalEntry) -> tuple[int, ...]:
    return entry.authorised_minor, entry.captured_minor, entry.released_minor, entry.refunded_minor, entry.open_minor


def test_a_visit_and_its_refund_are_one_chain(quick_desk: QuickDesk, user: User) -> None:
    authorisation = quick_desk.taken()
    quick_desk.run(quick_desk.refund(authorisation, euros("2.34")))
    assert told(authorisation) == [
        ("requested", "system"),
        ("approved", "terminal"),
        ("capture", "system"),
        ("captured", "terminal"),
        ("refund_reserved", "system"),
        ("refund_done", "terminal"),
    ]
    entries = list(authorisation.journal.order_by("number"))
    assert [amounts(entry) for entry in entries] == [
        (0, 0, 0, 0, 0),
        (5000, 0, 0, 0, 5000),
        (5000, 0, 0, 0, 5000),
        (5000, 1234, 3766, 0, 0),
        (5000, 1234, 3766, 234, 0),
        (5000, 1234, 3766, 234, 0),
    ]
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert (entries[0].was_state, entries[0].was_authorised_minor) == ("", 0)
    for before, after in pairwise(entries):
        for name in journal.TRACKED:
            assert getattr(after, f"was_{name}") == getattr(before, name)
    assert [entry.operation.kind for entry in entries if entry.operation] == [
        "authorise",
        "authorise",
        "capture",
        "refund",
        "refund",
    ]
    assert entries[-1].refund == authorisation.refunds.get()
    assert journal.verify() == journal.Verdict(entries=6)


def test_a_release_gives_up_everything(quick_desk: QuickDesk) -> None:
    authorisation = quick_desk.held()
    quick_desk.release(authorisation)
    quick_desk.run(authorisation)
    authorisation.refresh_from_db()
    assert (authorisation.released, authorisation.open_minor) == (FIFTY, 0)
    newest = authorisation.journal.get(cause="released")
    assert (amounts(newest), newest.was_state, newest.state) == ((5000, 0, 5000, 0, 0), "releasing", "released")


def test_what_a_person_decided_is_under_their_name(quick_desk: QuickDesk, user: User) -> None:
    authorisation = quick_desk.held()
    operation = quick_desk.lose(quick_desk.capture(authorisation))
    authorisation.refresh_from_db()
    decision = decide(
        authorisation, Event.FOUND_CAPTURED, amount=TWELVE, user=user, note="seen", now=quick_desk.clock()
    )
    newest = authorisation.journal.latest("number")
    assert (newest.cause, newest.actor, newest.user) == ("found_captured", "person", user)
    assert (newest.decision, newest.operation) == (decision, operation)
    assert journal.verify().findings == []


@pytest.mark.parametrize(("done", "kept"), [(True, 234), (False, 0)])
def test_a_refund_that_a_person_decided_is_too(quick_desk: QuickDesk, user: User, done: bool, kept: int) -> None:
    authorisation = quick_desk.taken()
    given = quick_desk.refund(authorisation, euros("2.34"))
    quick_desk.lose(given.operations.get())
    decide_refund(given, done=done, user=user, note="seen", now=quick_desk.clock())
    newest = authorisation.journal.latest("number")
    assert (newest.actor, newest.user, newest.refund, newest.refunded_minor) == ("person", user, given, kept)
    assert newest.was_refunded_minor == 234
    assert [cause for cause, _ in told(authorisation)][-2] == "refund_in_doubt"
    assert journal.verify().findings == []


def test_a_refund_is_asked_for_by_a_person(quick_desk: QuickDesk, user: User) -> None:
    authorisation = quick_desk.taken()
    refund(
        authorisation=authorisation,
        amount=euros("2.34"),
        quoted_refundable=TWELVE,
        reason="cable",
        user=user,
        refund_id=uuid4(),
        now=quick_desk.clock(),
    )
    assert authorisation.journal.latest("number").user == user
    quick_desk.ask()
    assert JournalEntry.objects.latest("pk").actor == "system"  # nothing is left of who it was before


def test_what_recovery_found_out_is_its_doing(quick_desk: QuickDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    authorisation = quick_desk.held()
    operation = quick_desk.lose(quick_desk.capture(authorisation))
    found = Result(Outcome.APPROVED, TWELVE, operation.request_id, at=quick_desk.clock())
    monkeypatch.setattr(recovery, "_ask", lambda *_: found)
    quick_desk.clock.forward(minutes=1)
    recovery.recover(operation.pk, quick_desk.clock)
    assert told(authorisation)[-2:] == [("capture_lost", "terminal"), ("found_captured", "recovery")]


def test_a_hold_that_never_was_is_not_released_money(quick_desk: QuickDesk, user: User) -> None:
    authorisation = quick_desk.ask()
    quick_desk.lose(authorisation.operations.get())
    authorisation.refresh_from_db()
    decide(authorisation, Event.FOUND_NOTHING, amount=NOTHING, user=user, note="seen", now=quick_desk.clock())
    assert amounts(authorisation.journal.latest("number")) == (0, 0, 0, 0, 0)


def test_what_is_rolled_back_is_not_in_the_journal(quick_desk: QuickDesk) -> None:
    authorisation = quick_desk.held()
    with transaction.atomic():
        quick_desk.capture(authorisation)
        transaction.set_rollback(True)
    assert [cause for cause, _ in told(authorisation)] == ["requested", "approved"]


def test_losing_a_race_writes_nothing(quick_desk: QuickDesk) -> None:
    authorisation = quick_desk.held()
    stale = Authorisation.objects.get()
    quick_desk.capture(authorisation)
    assert not authorisations.advance(stale, Event.RELEASE, quick_desk.clock())
    assert [cause for cause, _ in told(authorisation)] == ["requested", "approved", "capture"]


def test_a_seal_covers_what_is_ripe_and_comes_only_so_often(quick_desk: QuickDesk) -> None:
    quick_desk.taken()
    assert journal.seal(quick_desk.clock()) is None  # a transaction could still be open
    sweep(quick_desk.clock.forward(seconds=RIPE.total_seconds()))
    first = JournalSeal.objects.get()
    assert (first.number, first.count, first.highest_id) == (1, 4, JournalEntry.objects.latest("pk").pk)
    quick_desk.held()
    quick_desk.clock.forward(seconds=RIPE.total_seconds())
    assert journal.seal(quick_desk.clock()) is None  # it is too early for another one
    second = journal.seal(first.at + EVERY)
    assert second is not None
    assert (second.number, second.count) == (2, 2)
    assert journal.seal(second.at + EVERY) is None  # there is nothing new
    assert journal.verify(str(first)) == journal.Verdict(6, 2, str(second))


def test_an_entry_that_comes_late_is_for_the_next_seal(quick_desk: QuickDesk) -> None:
    quick_desk.held()
    ripe = quick_desk.clock() + RIPE
    quick_desk.clock.now = ripe + timedelta(seconds=1)
    quick_desk.held()
    sealed = journal.seal(ripe)
    assert sealed is not None
    assert sealed.count == 2


def test_an_answer_that_is_recorded_twice_is_journaled_once(quick_desk: QuickDesk, announced: Announcements) -> None:
    authorisation = quick_desk.taken()
    operation = Operation.objects.get(kind="capture")
    answers.record(
        operation.pk, Result(Outcome.APPROVED, Money("12.34", "EUR"), operation.request_id), quick_desk.clock()
    )
    assert [cause for cause, _ in told(authorisation)] == ["requested", *announced.events]
