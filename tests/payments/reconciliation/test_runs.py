"""A comparison with the real simulator's book: what is found, kept, found again, and ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from hardware.models import Terminal
from hardware.terminal.registry import open_statement
from hardware.terminal.statements import StatementSource
from payments.models import Difference, Operation, Reconciliation
from payments.reconciliation import keeping, runs
from payments.reconciliation.compare import What
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import CashDesk, euros
from tests.payments.clock import Clock
from tests.payments.reconciliation.nights import book, open_differences, reconcile, with_the_owners_rights
from tests.support.waiting import eventually


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("olga")


def test_an_honest_day_agrees_to_the_cent(desk: CashDesk, simulator: Simulator) -> None:
    captured = desk.captured(simulator)
    desk.run(desk.refund(captured, euros("1.00")))
    held = desk.hold(simulator)
    desk.release(held)
    desk.run(held)
    simulator.card("declined-1")
    desk.run(desk.ask())

    run = reconcile(desk)

    assert (run.state, run.reason, open_differences()) == ("agrees", "", [])
    assert {row["kind"]: (row["ours"], row["theirs"], row["our_minor"], row["their_minor"]) for row in run.totals} == {
        "authorise": (2, 2, 10_000, 10_000),
        "capture": (1, 1, 1234, 1234),
        "release": (1, 1, 0, 0),
        "refund": (1, 1, 100, 100),
    }
    assert run.origin == f"127.0.0.1:{simulator.port}/sim/book"


def test_tampering_on_either_side_is_found(desk: CashDesk, simulator: Simulator) -> None:
    paid = [desk.captured(simulator, euros(f"{number}.00")) for number in (1, 2, 3, 4)]
    settled = [each.operations.get(kind="capture") for each in paid]
    book(simulator, "DELETE FROM transactions WHERE request_id = ?", str(settled[0].request_id))
    book(simulator, "UPDATE transactions SET amount_minor = 201 WHERE request_id = ?", str(settled[1].request_id))
    book(simulator, "UPDATE transactions SET currency = 'CHF' WHERE request_id = ?", str(settled[2].request_id))
    with_the_owners_rights("finished_stays_finished")
    Operation.objects.filter(pk=settled[3].pk).update(state=Operation.State.NOT_SENT, outcome="")

    run = reconcile(desk)

    assert run.state == "differs"
    assert open_differences() == ["amount_differs", "currency_differs", "missing_there", "wrong_state"]
    cent = run.differences.get(what=What.AMOUNT_DIFFERS)
    assert (cent.operation, cent.authorisation) == (settled[1], paid[1])
    assert (cent.our_minor, cent.their_minor, cent.their_currency) == (200, 201, "EUR")


def test_what_the_bank_did_and_we_never_asked_for_is_found(desk: CashDesk, simulator: Simulator) -> None:
    desk.captured(simulator)
    book(simulator, "UPDATE transactions SET request_id = '900000001' WHERE kind = 'capture'")

    run = reconcile(desk)

    assert open_differences() == ["missing_here", "missing_there"]
    assert run.differences.get(request_id=900000001).their_minor == 1234


def test_the_same_difference_is_the_same_row_every_night_and_ends_by_itself(
    desk: CashDesk, simulator: Simulator
) -> None:
    desk.captured(simulator)
    book(simulator, "UPDATE transactions SET amount_minor = 1235 WHERE kind = 'capture'")
    first = reconcile(desk)
    row = Difference.objects.get()
    second = reconcile(desk)
    again = Difference.objects.get()

    assert again.pk == row.pk
    assert again.last_seen_at > again.first_seen_at == row.first_seen_at
    assert [each.get() for each in (first.differences, second.differences)] == [row, row]

    book(simulator, "UPDATE transactions SET amount_minor = 1234 WHERE kind = 'capture'")
    third = reconcile(desk)
    row.refresh_from_db()
    assert (third.state, row.resolution, row.resolved_by) == ("agrees", "gone", None)


def test_a_comparison_of_another_day_ends_nothing(desk: CashDesk, simulator: Simulator) -> None:
    desk.captured(simulator)
    book(simulator, "UPDATE transactions SET amount_minor = 1235 WHERE kind = 'capture'")
    reconcile(desk)
    desk.clock.forward(days=2)

    assert reconcile(desk).state == "agrees"
    assert open_differences() == ["amount_differs"]


def test_a_comparison_of_an_earlier_day_ends_nothing(desk: CashDesk, simulator: Simulator) -> None:
    desk.captured(simulator)
    book(simulator, "UPDATE transactions SET amount_minor = 1235 WHERE kind = 'capture'")
    reconcile(desk)
    now = desk.clock.forward(hours=2)
    run = runs.request(desk.terminal, now - timedelta(days=9), now - timedelta(days=1), now)
    runs.perform(run.pk, desk.clock)
    assert open_differences() == ["amount_differs"]


def test_what_a_person_explained_stays_explained_until_it_looks_different(
    desk: CashDesk, simulator: Simulator, person: User
) -> None:
    desk.captured(simulator)
    book(simulator, "UPDATE transactions SET amount_minor = 1235 WHERE kind = 'capture'")
    reconcile(desk)
    row = Difference.objects.get()
    assert keeping.explain(row, user=person, note="the bank rounds", now=desk.clock())
    assert not keeping.explain(row, user=person, note="me too", now=desk.clock())

    assert reconcile(desk).state == "agrees"
    assert Difference.objects.get().note == "the bank rounds"

    book(simulator, "UPDATE transactions SET amount_minor = 1236 WHERE kind = 'capture'")
    assert reconcile(desk).state == "differs"
    assert open_differences() == ["amount_differs"]


def test_an_explanation_needs_words(desk: CashDesk, simulator: Simulator, person: User) -> None:
    desk.captured(simulator)
    book(simulator, "UPDATE transactions SET amount_minor = 1235 WHERE kind = 'capture'")
    reconcile(desk)
    with pytest.raises(ValueError, match="reason"):
        keeping.explain(Difference.objects.get(), user=person, note=" ", now=desk.clock())


def test_a_terminal_that_is_away_fails_the_run_and_ends_no_difference(desk: CashDesk, simulator: Simulator) -> None:
    desk.captured(simulator)
    book(simulator, "UPDATE transactions SET amount_minor = 1235 WHERE kind = 'capture'")
    reconcile(desk)
    Terminal.objects.update(url="payproxy+http://127.0.0.1:1")
    desk.terminal.refresh_from_db()

    run = reconcile(desk)

    assert (run.state, run.reason) == ("failed", "refused")
    assert open_differences() == ["amount_differs"]


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ({"paths": {"token": "nowhere"}}, "misconfigured"),
        ({}, "no_list"),
        ({"paths": {"statement": "/healthz"}}, "garbled"),
    ],
)
def test_a_run_that_cannot_be_says_why(desk: CashDesk, profile: dict[str, Any], reason: str) -> None:
    Terminal.objects.update(profile=profile)
    run = reconcile(desk)
    assert (run.state, run.reason) == ("failed", reason)
    assert run.detail


def test_one_at_a_time_is_compared_and_the_second_joins_the_first(terminal: Terminal, clock: Clock) -> None:
    since = clock() - timedelta(days=1)
    first = runs.request(terminal, since, clock(), clock())
    assert runs.request(terminal, since, clock(), clock()) == first
    with pytest.raises(IntegrityError, match=r"one_reconciliation_at_a_time|UNIQUE"), transaction.atomic():
        Reconciliation.objects.create(
            terminal=terminal, source="terminal", since=since, until=clock(), created_at=clock()
        )


def test_a_run_is_done_once_however_often_it_is_woken(
    desk: CashDesk, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counted(url: str, profile: dict[str, object]) -> StatementSource | None:
        asked.append(url)
        return open_statement(url, profile)

    monkeypatch.setattr(runs, "open_statement", counted)
    run = reconcile(desk)
    runs.perform(run.pk, desk.clock)
    assert len(asked) == 1


@pytest.fixture
def two_terminals(db: None) -> list[Terminal]:
    """Without a list: asking them would be in vain."""
    return [Terminal.objects.create(name=name, url="payproxy+http://localhost:1") for name in ("one", "other")]


def test_whoever_asks_twice_joins_the_run_of_the_same_terminal_and_source(
    two_terminals: list[Terminal], clock: Clock
) -> None:
    period = clock() - timedelta(days=1), clock()
    first = [runs.request(each, *period, clock()) for each in two_terminals]
    for each in two_terminals:  # newer ones, none of which is in the way
        row = {"terminal": each, "since": period[0], "until": period[1], "created_at": clock.forward(seconds=1)}
        Reconciliation.objects.create(source="file", **row)
        Reconciliation.objects.create(source="terminal", state="agrees", finished_at=clock(), **row)
    assert [runs.request(each, *period, clock()) for each in two_terminals] == first


def test_to_begin_one_run_begins_no_other(two_terminals: list[Terminal], clock: Clock) -> None:
    done, waiting = (runs.request(each, clock() - timedelta(days=1), clock(), clock()) for each in two_terminals)
    runs.perform(done.pk, clock)
    done.refresh_from_db()
    waiting.refresh_from_db()
    assert (done.state, done.started_at) == ("failed", clock())
    assert (waiting.state, waiting.started_at) == ("waiting", None)


def test_a_run_whose_worker_died_makes_room_for_the_next(terminal: Terminal, clock: Clock) -> None:
    lost = runs.request(terminal, clock() - timedelta(days=1), clock(), clock())
    Reconciliation.objects.update(state="running", started_at=clock())
    clock.forward(minutes=16)

    assert runs.request(terminal, clock() - timedelta(days=1), clock(), clock()) != lost
    lost.refresh_from_db()
    assert (lost.state, lost.reason) == ("failed", "interrupted")


def test_a_period_that_ends_before_it_begins_is_refused(terminal: Terminal, clock: Clock) -> None:
    with pytest.raises(ValueError, match="period"):
        runs.request(terminal, clock(), clock(), clock())


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_what_was_asked_for(terminal: Terminal, clock: Clock, celery_worker: object) -> None:
    run = runs.request(terminal, clock() - timedelta(days=1), clock(), clock())
    eventually(lambda: Reconciliation.objects.filter(pk=run.pk, state="agrees").exists(), what="the run has ended")
