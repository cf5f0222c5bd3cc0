"""Who may ask a terminal, and what goes first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar
from uuid import uuid4

import pytest
from django.db import connection

from hardware.models import Terminal
from payments import operations
from payments.errors import RefundRefused, TerminalBusy
from payments.models import Authorisation, Operation, Refund
from tests.hardware.terminal.simulated import Simulator
from tests.payments.approving import QuickDesk
from tests.payments.cashdesk import FIFTY, TWELVE, CashDesk
from tests.payments.scripted import ScriptedTerminal

T = TypeVar("T")


def at_once(action: Callable[[], T], times: int = 2) -> list[T | Exception]:
    """What ``action`` returned or raised in ``times`` threads that begin together."""
    start = threading.Barrier(times)

    def run() -> T | Exception:
        try:
            start.wait(10)
            return action()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return [each.result(30) for each in [pool.submit(run) for _ in range(times)]]


@pytest.mark.django_db(transaction=True)
def test_two_workers_claim_one_operation_and_one_has_it(desk: CashDesk) -> None:
    operation = desk.ask().operations.get()
    claimed = at_once(lambda: operations.claim(operation.pk, desk.clock()), times=4)
    assert sorted(each is None for each in claimed) == [False, True, True, True]
    assert Operation.objects.get().tries == 1


@pytest.mark.django_db(transaction=True)
def test_two_operations_of_one_terminal_are_not_under_way_at_once(desk: CashDesk, simulator: Simulator) -> None:
    held = [desk.hold(simulator), desk.hold(simulator, card="mastercard-1")]
    todo = iter([desk.capture(each).pk for each in held])
    lock = threading.Lock()

    def claim() -> Operation | None:
        with lock:
            operation_id = next(todo)
        return operations.claim(operation_id, desk.clock())

    assert sorted(each is None for each in at_once(claim)) == [False, True]
    assert Operation.objects.filter(state="in_flight").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_kiosks_ask_one_terminal_and_one_is_told_that_it_is_busy(desk: CashDesk) -> None:
    asked = at_once(desk.ask, times=4)
    assert sorted(type(each).__name__ for each in asked) == ["Authorisation"] + ["TerminalBusy"] * 3
    assert Authorisation.objects.count() == Operation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_settlements_at_once_are_one(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.hold(simulator)
    settled = at_once(lambda: desk.capture(Authorisation.objects.get(pk=authorisation.pk)), times=4)
    assert len(set(settled)) == 1
    assert Operation.objects.filter(kind="capture").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_agents_refund_at_the_same_moment_and_one_is_refused(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.captured(simulator)
    given = at_once(lambda: desk.refund(Authorisation.objects.get(pk=authorisation.pk), TWELVE, TWELVE), times=4)
    assert sorted(type(each).__name__ for each in given) == ["Refund"] + ["RefundRefused"] * 3
    assert {each.code for each in given if isinstance(each, RefundRefused)} == {"stale"}
    assert Refund.objects.count() == Operation.objects.filter(kind="refund").count() == 1


def test_a_terminal_settles_before_it_serves_the_next_cardholder(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.hold(simulator)
    waiting = desk.ask()
    capture = desk.capture(authorisation)
    assert operations.next_for(desk.terminal.pk, desk.clock()) == capture
    assert operations.claim(waiting.operations.get().pk, desk.clock()) is None
    desk.run(authorisation)
    assert operations.next_for(desk.terminal.pk, desk.clock()) == waiting.operations.get()


def test_a_settlement_that_waits_for_its_next_try_keeps_nobody_waiting(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.hold(simulator)
    simulator.fault("capture", "busy")
    desk.capture(authorisation)
    desk.run(authorisation)
    assert desk.hold(simulator).state == "authorised"


def test_after_each_operation_the_next_one_is_woken(
    desk: CashDesk, simulator: Simulator, woken: list[tuple[str, object]]
) -> None:
    authorisation = desk.ask()
    operation = authorisation.operations.get()
    assert woken == [("payments.authorise", str(operation.pk))]
    simulator.card()
    desk.run(authorisation)
    capture = desk.capture(authorisation)
    nobody = desk.ask().operations.get()
    woken.clear()
    desk.run(nobody)  # the capture goes first
    assert woken == [("payments.capture", str(capture.pk))]
    woken.clear()
    desk.run(capture)
    assert woken == [("payments.authorise", str(nobody.pk))]


def test_nothing_is_next_while_a_terminal_is_busy(desk: CashDesk, simulator: Simulator) -> None:
    capture = desk.capture(desk.hold(simulator))
    operations.claim(desk.ask().operations.get().pk, desk.clock())
    operations.claim(capture.pk, desk.clock())
    assert operations.next_for(desk.terminal.pk, desk.clock()) is None


def test_terminals_do_not_wait_for_each_other(
    desk: CashDesk, scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    one, other = desk.ask().operations.get(), scripted_desk.ask().operations.get()
    assert operations.claim(one.pk, desk.clock()) is not None
    assert operations.claim(other.pk, desk.clock()) is not None


def test_an_operation_that_is_done_is_not_done_again(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.captured(simulator)
    for operation in authorisation.operations.all():
        desk.run(operation)
    assert len(simulator.book()) == 2


def test_a_busy_terminal_says_so_by_name(desk: CashDesk) -> None:
    desk.ask(FIFTY)
    with pytest.raises(TerminalBusy, match="IM30"):
        desk.ask(FIFTY)


def test_a_new_cardholder_hurries_the_releases_of_this_terminal_and_no_other(quick_desk: QuickDesk) -> None:
    elsewhere = Terminal.objects.create(name="Elsewhere", url=f"approving://{uuid4()}", state="ready")
    here, there = (QuickDesk(each, quick_desk.clock) for each in (quick_desk.terminal, elsewhere))
    releases = [each.release(each.held()) for each in (here, there)]
    later = quick_desk.clock() + timedelta(minutes=5)
    Operation.objects.filter(pk__in=[each.pk for each in releases]).update(due_at=later)
    here.ask()
    for each in releases:
        each.refresh_from_db()
    assert [each.due_at for each in releases] == [quick_desk.clock(), later]
