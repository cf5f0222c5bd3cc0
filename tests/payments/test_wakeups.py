"""Wake-ups, through a real Valkey and a real worker, and what happens without them."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
import redis
from django.db import transaction

from evsite.celery import app
from payments import authorisations, tasks, wakeups
from payments.models import Authorisation, Operation
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import CashDesk, euros
from tests.support.waiting import eventually


@pytest.mark.django_db(transaction=True)
def test_a_worker_serves_a_visit_by_wake_ups_alone(celery_worker: object, desk: CashDesk, simulator: Simulator) -> None:
    simulator.card()
    authorisation = desk.ask()

    def reached(state: str) -> bool:
        authorisation.refresh_from_db()
        return authorisation.state == state

    eventually(lambda: reached("authorised"))
    desk.capture(authorisation)
    eventually(lambda: reached("captured"))
    refund = desk.refund(authorisation, authorisation.refundable)
    eventually(lambda: refund.operations.get().state == "answered")
    assert [each["kind"] for each in simulator.book()] == ["authorise", "capture", "refund"]


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_is_sent_after_commit_and_carries_an_id_and_nothing_else(desk: CashDesk, valkey: redis.Redis) -> None:
    valkey.flushdb()
    with transaction.atomic():
        desk.ask()
        assert valkey.dbsize() == 0
    keys = list(valkey.scan_iter(_type="LIST"))
    assert len(keys) == 1
    message = valkey.lindex(keys[0], 0)
    assert message is not None
    assert str(Operation.objects.get().pk).encode() in message
    assert b"5000" not in message
    assert json.loads(message)["headers"]["expires"]  # by then the sweep has sent another


@pytest.mark.django_db(transaction=True)
def test_an_intent_that_was_rolled_back_wakes_nobody(desk: CashDesk, valkey: redis.Redis) -> None:
    valkey.flushdb()
    with transaction.atomic():
        desk.ask()
        transaction.set_rollback(True)
    assert valkey.dbsize() == 0
    assert not Authorisation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_loses_nothing(
    desk: CashDesk, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[dict[str, object]] = []

    def away(*_: object, **how: object) -> None:
        sent.append(how)
        raise redis.ConnectionError("away")

    monkeypatch.setattr(app, "send_task", away)
    monkeypatch.setattr(wakeups, "current_app", app)
    authorisation = desk.ask()
    assert "could not be woken: ConnectionError" in caplog.text
    assert [each["retry"] for each in sent] == [False]  # nobody waits for it
    simulator.card()
    desk.run(authorisation)
    assert authorisation.state == "authorised"


def test_every_wake_up_has_its_task() -> None:
    names = {f"payments.{kind}" for kind in Operation.Kind.values}
    names |= {"payments.recover", "payments.abort", "payments.hint", "payments.poll_terminal", "payments.sweep"}
    names |= {"payments.reconcile", "payments.reconcile_with"}
    app.loader.import_default_modules()
    assert names == {name for name in app.tasks if name.startswith("payments.")}


@pytest.mark.parametrize("kind", Operation.Kind.values)
def test_a_task_for_something_that_is_not_there_does_nothing(db: None, kind: str) -> None:
    getattr(tasks, kind)(str(uuid4()))


def test_tasks_that_come_doubled_and_late_are_harmless(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = desk.captured(simulator)
    for operation in authorisation.operations.all():
        getattr(tasks, operation.kind)(str(operation.pk))
        tasks.recover(str(operation.pk))
        tasks.abort(str(operation.pk))
    tasks.poll_terminal(desk.terminal.pk)
    tasks.sweep()
    authorisation.refresh_from_db()
    assert (authorisation.state, len(simulator.book())) == ("captured", 2)


def test_an_amount_that_is_not_whole_cents_is_refused_before_anything_is_written(desk: CashDesk) -> None:
    with pytest.raises(ValueError, match="minor units"):
        authorisations.authorise(terminal=desk.terminal, amount=euros("0.005"), language="en", now=desk.clock())
    assert not Authorisation.objects.exists()
