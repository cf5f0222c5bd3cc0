"""Every step of an operation concerns that one, and only where it still is what it was thought to be."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from hardware.models import Terminal
from payments import operations, tokens
from payments.errors import TerminalBusy
from payments.models import Operation
from tests.payments.cashdesk import CashDesk
from tests.payments.clock import Clock
from tests.payments.conftest import Woken
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_answers import approve, lose

Kind = Operation.Kind


@pytest.fixture
def desks(scripted_desk: CashDesk, clock: Clock) -> tuple[CashDesk, CashDesk]:
    """Two, each at a terminal of its own."""
    elsewhere = Terminal.objects.create(name="Elsewhere", url=f"scripted://{uuid4()}", state="ready")
    return scripted_desk, CashDesk(elsewhere, clock)


def test_to_take_back_one_operation_takes_back_no_other(desks: tuple[CashDesk, CashDesk], clock: Clock) -> None:
    one, other = (each.ask().operations.get() for each in desks)
    assert operations.cancel(one, clock.forward(seconds=1), "cancelled")
    assert (one.state, one.finished_at, one.detail) == ("cancelled", clock(), "cancelled")  # the object knows too
    assert not operations.cancel(one, clock(), "again")
    other.refresh_from_db()
    assert other.state == "queued"


def test_only_what_waits_is_hurried_and_only_what_waits_for_later(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, clock: Clock, woken: Woken
) -> None:
    operation = scripted_desk.ask().operations.get()
    asked_at, now = clock(), clock.forward(seconds=9)
    woken.clear()
    operations.hurry(operation, now)
    operation.refresh_from_db()
    assert (operation.due_at, woken) == (asked_at, [])  # it keeps its turn
    later = now + timedelta(minutes=1)
    Operation.objects.update(state="in_flight", due_at=later)
    operations.hurry(operation, now)
    operation.refresh_from_db()
    assert (operation.due_at, woken) == (later, [])
    Operation.objects.update(state="queued")
    operations.hurry(operation, now)
    operation.refresh_from_db()
    assert (operation.due_at, woken) == (now, [("payments.authorise", str(operation.pk))])


def test_a_terminal_is_busy_with_its_own_cardholder_and_nothing_else(
    desks: tuple[CashDesk, CashDesk], scripted: ScriptedTerminal
) -> None:
    here, elsewhere = desks
    scripted.script = [approve]
    held = here.ask()
    here.run(held)
    settling = here.capture(held)
    served = elsewhere.ask().operations.get()
    assert not operations.cardholder_at(here.terminal).exists()
    assert list(operations.cardholder_at(elsewhere.terminal)) == [served]
    with pytest.raises(IntegrityError), transaction.atomic():  # what is wrong is the number, and that is no queue
        operations.enqueue(Kind.READ_TOKEN, here.terminal, here.clock(), request_id=settling.request_id)
    with pytest.raises(IntegrityError), transaction.atomic():  # what needs no card finds nobody in its way
        operations.enqueue(Kind.CAPTURE, elsewhere.terminal, here.clock(), request_id=served.request_id)
    with pytest.raises(TerminalBusy):
        tokens.read_token(terminal=elsewhere.terminal, language="en", now=here.clock())


def test_only_releases_of_the_terminal_make_way_for_a_new_hold(
    desks: tuple[CashDesk, CashDesk], scripted: ScriptedTerminal
) -> None:
    scripted.script = [approve] * 3
    here, elsewhere = desks
    held = []
    for desk in (here, here, elsewhere):
        held.append(desk.ask())
        desk.run(held[-1])
    here.capture(held[0])
    release = here.release(held[1])
    elsewhere.release(held[2])
    assert list(operations.releases_at(here.terminal)) == [release]


def test_what_waits_elsewhere_is_not_what_a_terminal_does_next(desks: tuple[CashDesk, CashDesk], clock: Clock) -> None:
    here, elsewhere = desks
    waiting = elsewhere.ask().operations.get()
    assert operations.next_for(here.terminal.pk, clock()) is None
    assert operations.next_for(elsewhere.terminal.pk, clock()) == waiting


def test_what_settles_money_waits_for_its_turn_however_long_and_goes_first_come_first_served(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, clock: Clock
) -> None:
    scripted.script = [approve, approve]
    held = [scripted_desk.ask()]
    scripted_desk.run(held[0])
    held.append(scripted_desk.ask())
    scripted_desk.run(held[1])
    later, sooner = (scripted_desk.release(each) for each in held)
    Operation.objects.filter(pk=later.pk).update(due_at=clock() + timedelta(hours=1))
    now = clock.forward(days=1)
    assert operations.next_for(scripted_desk.terminal.pk, now) == sooner
    assert operations.claim(later.pk, now) is not None


def test_a_doubt_elsewhere_keeps_no_terminal_from_its_work(
    desks: tuple[CashDesk, CashDesk], scripted: ScriptedTerminal, clock: Clock
) -> None:
    here, elsewhere = desks
    scripted.recovers_only_the_last = True
    scripted.script = [lose]
    elsewhere.run(elsewhere.ask())
    assert operations.is_blocked(elsewhere.terminal)
    assert not operations.is_blocked(here.terminal)
    operations.enqueue(Kind.READ_TOKEN, elsewhere.terminal, clock())
    assert operations.next_for(elsewhere.terminal.pk, clock()) is None
    assert operations.claim(here.ask().operations.get().pk, clock()) is not None


def test_a_try_that_another_worker_has_made_meanwhile_is_not_made_again_at_once(
    scripted_desk: CashDesk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = scripted_desk.ask().operations.get()

    def another_was_faster(terminal: Terminal) -> bool:
        Operation.objects.update(tries=1, due_at=clock() + timedelta(seconds=5))  # asked, not sent, waits again
        return False

    monkeypatch.setattr(operations, "recovers_only_the_last", another_was_faster)
    assert operations.claim(operation.pk, clock()) is None
    assert Operation.objects.get().state == "queued"


def test_a_cardholders_operation_has_no_reason_of_its_own(scripted_desk: CashDesk) -> None:
    operation = scripted_desk.ask().operations.get()
    assert (operation.reason, operation.detail, operation.language) == ("", "", "en")
