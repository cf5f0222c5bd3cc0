"""A worker that is told to end."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from celery.signals import worker_shutting_down
from django.db import connection

from payments import attending, leaving, operations
from payments.models import Authorisation, Operation
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import CashDesk
from tests.payments.scripted import ScriptedTerminal
from tests.support.waiting import eventually


@pytest.mark.django_db(transaction=True)
def test_a_cardholder_is_not_left_hanging_when_the_worker_ends(
    desk: CashDesk, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "PATIENCE", 0.0)
    monkeypatch.setattr(leaving, "_AGAIN", 60.0)
    authorisation = desk.ask()
    operation = authorisation.operations.get()

    def run() -> None:
        try:
            desk.run(authorisation)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(run)
        simulator.wait_for("card")
        assert attending.attended_here() == {operation.pk}
        worker_shutting_down.send(sender=None, sig="SIGTERM", how="Warm", exitcode=0)
        done.result(10)
    assert Authorisation.objects.get().state == "failed"
    assert Operation.objects.get().outcome == "aborted"
    assert attending.attended_here() == frozenset()
    assert simulator.state()["waiting_for"] is None


def test_what_another_worker_asks_is_left_alone(scripted_desk: CashDesk, scripted: ScriptedTerminal) -> None:
    operations.claim(scripted_desk.ask().operations.get().pk, scripted_desk.clock())
    attending.dismiss_here()
    assert scripted.verbs == []


@pytest.mark.django_db(transaction=True)
def test_what_settles_money_is_never_aborted(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.hold(simulator)
    simulator.fault("capture", "slow", seconds=0.5)
    operation = desk.capture(authorisation)

    def run() -> None:
        try:
            desk.run(authorisation)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(run)
        eventually(lambda: Operation.objects.get(pk=operation.pk).state == "in_flight")
        attending.dismiss_here()
        done.result(10)
    assert Authorisation.objects.get().state == "captured"


def test_the_end_of_the_worker_is_heard_once_however_often_it_is_connected() -> None:
    assert worker_shutting_down.disconnect(dispatch_uid="payments")  # it was, from the beginning
    for _ in range(2):
        leaving.connect()
    assert len(worker_shutting_down.receivers) == 1


def test_whoever_waits_for_cardholders_to_leave_does_not_keep_the_process_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[str, bool]] = []

    def look() -> None:
        thread = threading.current_thread()
        seen.append((thread.name, thread.daemon))

    monkeypatch.setattr(leaving, "_dismiss", look)
    leaving.on_worker_shutting_down()
    eventually(lambda: seen == [("leaving", True)])
