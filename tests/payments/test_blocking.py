"""A terminal that remembers only its last request is asked about it before it is asked anything else."""

from __future__ import annotations

import pytest

from hardware.terminal.interface import Recovered
from payments import authorisations, operations, recovery
from payments.errors import TerminalNotReady
from payments.models import Authorisation, Operation
from payments.sweep import wake_queued
from tests.payments.cashdesk import FIFTY, CashDesk
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_deadlines import approve, lose


@pytest.fixture
def doubtful(scripted_desk: CashDesk, scripted: ScriptedTerminal) -> Operation:
    """A capture whose answer was lost, while another hold waits to be released."""
    scripted.recovers_only_the_last = True
    scripted.script = [approve, approve, lose]
    for _ in range(2):
        scripted_desk.run(scripted_desk.ask())
    lost, other = Authorisation.objects.order_by("pk")
    scripted_desk.capture(lost, FIFTY)
    operation = scripted_desk.run(lost)
    scripted_desk.release(other)
    assert operation.state == "unknown"
    return operation


def test_nothing_is_asked_while_the_last_request_is_in_doubt(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, doubtful: Operation, woken: list[tuple[str, object]]
) -> None:
    waiting = Operation.objects.get(kind="release")
    scripted_desk.run(waiting)
    wake_queued(scripted_desk.clock.forward(seconds=3))
    assert waiting.state == "queued"
    assert operations.next_for(scripted_desk.terminal.pk, scripted_desk.clock()) is None
    assert ("payments.release", str(waiting.pk)) not in woken
    with pytest.raises(TerminalNotReady, match="recovering"):
        authorisations.authorise(
            terminal=scripted_desk.terminal, amount=FIFTY, language="en", now=scripted_desk.clock()
        )
    assert scripted.verbs == ["authorise", "authorise", "capture"]


def test_it_is_free_again_as_soon_as_it_has_told(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, doubtful: Operation
) -> None:
    assert doubtful.recovery_at is not None
    scripted_desk.clock.now = doubtful.recovery_at
    scripted.script = [lambda request_id, amount, **_: Recovered(approve(request_id, amount)), approve]
    recovery.recover(doubtful.pk, scripted_desk.clock)
    assert Authorisation.objects.order_by("pk")[0].state == "captured"
    waiting = operations.next_for(scripted_desk.terminal.pk, scripted_desk.clock())
    assert waiting is not None
    assert waiting.kind == "release"


def test_it_is_free_again_when_it_is_a_persons(scripted_desk: CashDesk, doubtful: Operation) -> None:
    Operation.objects.filter(pk=doubtful.pk).update(recovery_at=None)
    assert not operations.is_blocked(scripted_desk.terminal)


def test_a_terminal_that_finds_any_request_is_not_blocked(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, doubtful: Operation
) -> None:
    scripted.recovers_only_the_last = False
    assert not operations.is_blocked(scripted_desk.terminal)
    assert operations.claim(Operation.objects.get(kind="release").pk, scripted_desk.clock()) is not None
