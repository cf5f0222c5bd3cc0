"""A worker that dies while it asks a terminal, and one that was only slow."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import pytest
from django.db import DatabaseError, connection
from moneyed import Money

from hardware.models import Terminal
from hardware.terminal.interface import Handle, NotSent, Outcome, OutcomeUnknown, Readiness, Result
from payments import answers, leases, operations, recovery, terminals
from payments.models import Authorisation, Operation
from payments.sweep import sweep
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import FIFTY, TWELVE, CashDesk
from tests.payments.conftest import Announcements
from tests.payments.scripted import ScriptedTerminal
from tests.support.waiting import eventually


def approved(operation: Operation, amount: Money = FIFTY) -> Result:
    return Result(Outcome.APPROVED, amount, operation.request_id, handle=Handle(operation.request_id, "r"))


def die(desk: CashDesk, operation: Operation) -> None:
    """Claim ``operation``, and be heard of no more."""
    assert operations.claim(operation.pk, desk.clock()) is not None
    desk.clock.forward(seconds=16)


@pytest.mark.parametrize("kind", ["authorise", "capture", "release"])
def test_what_a_dead_worker_asked_is_in_doubt(
    desk: CashDesk, simulator: Simulator, announced: Announcements, woken: list[tuple[str, object]], kind: str
) -> None:
    authorisation = desk.ask() if kind == "authorise" else desk.hold(simulator)
    if kind == "capture":
        desk.capture(authorisation)
    elif kind == "release":
        desk.release(authorisation)
    operation = authorisation.operations.get(kind=kind)
    die(desk, operation)
    sweep(desk.clock())
    authorisation.refresh_from_db()
    operation.refresh_from_db()
    assert (operation.state, operation.detail, authorisation.state) == ("unknown", "worker_lost", "in_doubt")
    assert announced.events[-1] == f"{kind}_lost"
    sweep(desk.clock())
    assert announced.events.count(f"{kind}_lost") == 1
    assert (("payments.abort", str(operation.pk)) in woken) == (kind == "authorise")


def test_a_dead_worker_frees_the_terminal(desk: CashDesk, simulator: Simulator) -> None:
    die(desk, desk.ask().operations.get())
    sweep(desk.clock())
    assert desk.hold(simulator).state == "authorised"


def test_a_worker_that_lives_is_left_alone(desk: CashDesk, announced: Announcements) -> None:
    operation = desk.ask().operations.get()
    operations.claim(operation.pk, desk.clock())
    desk.clock.forward(seconds=14)
    assert operations.renew(operation.pk, desk.clock())
    desk.clock.forward(seconds=14)
    sweep(desk.clock())
    assert announced.events == []
    assert Operation.objects.get().state == "in_flight"


def test_a_lease_is_not_renewed_once_it_has_lapsed(desk: CashDesk) -> None:
    operation = desk.ask().operations.get()
    die(desk, operation)
    sweep(desk.clock())
    assert not operations.renew(operation.pk, desk.clock())


def test_a_read_that_lost_its_worker_is_announced_without_a_card(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    operation = operations.enqueue(Operation.Kind.READ_TOKEN, desk.terminal, desk.clock())
    die(desk, operation)
    sweep(desk.clock())
    operation.refresh_from_db()
    assert (operation.state, operation.recovery_at, announced.cards) == ("unknown", None, [None])


def test_an_answer_that_comes_late_is_recorded(desk: CashDesk, simulator: Simulator, announced: Announcements) -> None:
    authorisation = desk.hold(simulator)
    operation = desk.capture(authorisation)
    die(desk, operation)
    sweep(desk.clock())
    answers.record(operation.pk, approved(operation, TWELVE), desk.clock())
    authorisation.refresh_from_db()
    assert (authorisation.state, authorisation.captured) == ("captured", TWELVE)
    assert announced.events[-2:] == ["capture_lost", "found_captured"]


def test_a_late_approval_is_a_hold(desk: CashDesk, announced: Announcements) -> None:
    authorisation = desk.ask()
    operation = authorisation.operations.get()
    die(desk, operation)
    sweep(desk.clock())
    answers.record(operation.pk, approved(operation), desk.clock())
    authorisation.refresh_from_db()
    assert (authorisation.state, authorisation.authorised) == ("authorised", FIFTY)
    assert announced.events == ["authorise_lost", "found_held"]


def test_a_late_word_that_it_was_never_sent_has_it_asked_again(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.hold(simulator)
    operation = desk.capture(authorisation)
    die(desk, operation)
    sweep(desk.clock())
    answers.record(operation.pk, NotSent("", reason="refused"), desk.clock())
    desk.run(authorisation)
    assert authorisation.state == "captured"
    assert [each.state for each in authorisation.operations.order_by("request_id")] == [
        "answered",
        "not_sent",
        "answered",
    ]


def test_a_late_answer_that_knows_nothing_changes_nothing(desk: CashDesk, announced: Announcements) -> None:
    operation = desk.ask().operations.get()
    die(desk, operation)
    sweep(desk.clock())
    answers.record(operation.pk, OutcomeUnknown("", reason="timeout"), desk.clock())
    operation.refresh_from_db()
    assert (operation.state, operation.detail) == ("unknown", "worker_lost")
    assert announced.events == ["authorise_lost"]


def test_a_late_answer_that_contradicts_recovery_is_reported_and_changes_nothing(
    desk: CashDesk, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    authorisation = desk.hold(simulator)
    operation = desk.capture(authorisation)
    die(desk, operation)
    sweep(desk.clock())
    desk.clock.forward(seconds=10)
    recovery.recover(operation.pk, desk.clock)  # the terminal never heard of it
    answers.record(operation.pk, approved(operation, TWELVE), desk.clock())
    authorisation.refresh_from_db()
    assert (authorisation.state, authorisation.captured_minor) == ("capturing", 0)
    assert "was settled as not_sent, and a late answer says approved" in caplog.text


def test_an_orphaned_terminal_is_asked_to_stop_only_while_it_waits_for_a_card(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    operation = scripted_desk.ask().operations.get()
    die(scripted_desk, operation)
    sweep(scripted_desk.clock())
    terminals.abort_orphan(operation.pk)
    assert scripted.verbs == ["status"]
    scripted.readiness = Readiness.BUSY
    terminals.abort_orphan(operation.pk)
    assert scripted.verbs == ["status", "status", "abort"]
    operations.claim(scripted_desk.ask().operations.get().pk, scripted_desk.clock())
    terminals.abort_orphan(operation.pk)  # never while somebody else is served
    assert scripted.verbs.count("abort") == 1


def test_an_orphaned_terminal_is_asked_to_stop_whatever_another_does(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    operation = scripted_desk.ask().operations.get()
    die(scripted_desk, operation)
    sweep(scripted_desk.clock())
    elsewhere = CashDesk(
        Terminal.objects.create(name="other", url="scripted://other", state="ready"), scripted_desk.clock
    )
    operations.claim(elsewhere.ask().operations.get().pk, scripted_desk.clock())
    scripted.readiness = Readiness.BUSY
    terminals.abort_orphan(operation.pk)
    assert scripted.verbs == ["status", "abort"]


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_while_the_terminal_is_asked(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEWAL", 0.01)
    answer = threading.Event()

    def slowly(request_id: int, **_: object) -> Result:
        assert answer.wait(10)
        return Result(Outcome.DECLINED, 0 * FIFTY, request_id)

    scripted.script = [slowly]
    authorisation = scripted_desk.ask()

    def run() -> None:
        try:
            scripted_desk.run(authorisation)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(run)
        eventually(lambda: scripted.verbs == ["authorise"])
        later = scripted_desk.clock.forward(minutes=5)
        eventually(lambda: Operation.objects.filter(lease_until__gt=later).exists(), what="the lease is renewed")
        sweep(later)
        answer.set()
        done.result(10)
    assert Authorisation.objects.get().state == "declined"
    assert not [thread for thread in threading.enumerate() if thread.name == "lease"]


@pytest.mark.parametrize("meanwhile", [False, True], ids=["nobody noticed", "recovery settled it"])
def test_a_worker_that_stood_still_until_its_lease_lapsed_asks_nothing(
    desk: CashDesk, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, meanwhile: bool
) -> None:
    authorisation = desk.hold(simulator)
    desk.capture(authorisation)
    claim = operations.claim

    def claim_and_stand_still(operation_id: UUID, now: datetime) -> Operation | None:
        operation = claim(operation_id, now)
        desk.clock.forward(seconds=15)
        if meanwhile:
            sweep(desk.clock.forward(seconds=1))
            recovery.recover(operation_id, desk.clock)
        return operation

    with monkeypatch.context() as patch:
        patch.setattr(operations, "claim", claim_and_stand_still)
        desk.run(authorisation)
    assert [entry["kind"] for entry in simulator.book()] == ["authorise"]
    authorisation.refresh_from_db()
    assert authorisation.state == "capturing"
    assert authorisation.operations.filter(kind="capture", state="queued").count() == 1


def test_a_database_that_fails_for_a_moment_does_not_lose_the_answer(
    desk: CashDesk, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payments.execution._PAUSES", (0.0, 0.0))
    record, failures = answers.record, iter([True, True])

    def record_or_fail(*arguments: object) -> None:
        if next(failures, False):
            raise DatabaseError("disk full")
        record(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(answers, "record", record_or_fail)
    assert desk.hold(simulator).state == "authorised"
