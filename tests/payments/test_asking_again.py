"""What is done about one operation in doubt concerns no other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from hardware.models import Terminal
from hardware.terminal.interface import Capability, Handle, Outcome, OutcomeUnknown, Result
from payments import authorisations, operations, recovery, tokens
from payments.models import Authorisation, Operation
from tests.payments.cashdesk import FIFTY, CashDesk
from tests.payments.clock import Clock
from tests.payments.scripted import ScriptedTerminal


def lost(**asked: Any) -> Any:
    raise OutcomeUnknown("the line broke", reason="cut")


@pytest.fixture
def two(db: None, scripted: ScriptedTerminal, clock: Clock) -> tuple[Operation, Operation]:
    """Two authorisations whose answers were lost, each at a terminal of its own."""
    scripted.script = [lost, lost]
    found = []
    for name in ("one", "other"):
        terminal = Terminal.objects.create(name=name, url=f"scripted://{uuid4()}", state="ready")
        desk = CashDesk(terminal, clock)
        found.append(desk.run(desk.ask()))
    clock.forward(minutes=1)
    return found[0], found[1]


def as_it_was(operation: Operation) -> bool:
    return Operation.objects.values().get(pk=operation.pk) == operation_as_row(operation)


def operation_as_row(operation: Operation) -> dict[str, Any]:
    return {field.attname: getattr(operation, field.attname) for field in Operation._meta.concrete_fields}


def test_asking_in_vain_about_one_puts_off_no_other(
    two: tuple[Operation, Operation], scripted: ScriptedTerminal, clock: Clock
) -> None:
    one, other = two
    scripted.script = [lost]
    recovery.recover(one.pk, clock)
    one.refresh_from_db()
    assert one.recovery_at is not None
    assert one.recovery_at > clock()
    assert as_it_was(other)


def test_while_one_worker_asks_no_other_does(
    two: tuple[Operation, Operation], scripted: ScriptedTerminal, clock: Clock
) -> None:
    one, _ = two
    next_question: list[object] = []

    def look(**_: Any) -> Any:
        recovery.recover(one.pk, clock)
        next_question.append(Operation.objects.get(pk=one.pk).recovery_at)
        raise OutcomeUnknown("not yet", reason="busy")

    scripted.script = [look]
    recovery.recover(one.pk, clock)
    assert scripted.verbs[2:] == ["recover"]
    assert next_question == [clock() + timedelta(minutes=2)]


def test_leaving_one_to_a_person_leaves_no_other(
    two: tuple[Operation, Operation], scripted: ScriptedTerminal, clock: Clock
) -> None:
    one, other = two
    scripted.capabilities = frozenset(Capability) - {Capability.RECOVER}
    recovery.recover(one.pk, clock)
    one.refresh_from_db()
    assert (one.state, one.recovery_at) == ("unknown", None)
    assert as_it_was(other)


def test_starting_over_with_one_starts_over_with_no_other(two: tuple[Operation, Operation], clock: Clock) -> None:
    one, other = two
    Operation.objects.update(recovery_at=None, recovery_tries=12)
    other.refresh_from_db()
    recovery.ask_again(one, clock())
    one.refresh_from_db()
    assert (one.recovery_at, one.recovery_tries) == (clock(), 0)
    assert as_it_was(other)


@pytest.mark.parametrize("what", ["a card that was read", "what was settled"])
def test_only_a_doubt_about_money_is_asked_about_anew(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, what: str
) -> None:
    scripted.script = [lost]
    if what == "a card that was read":
        doubtful = scripted_desk.run(
            tokens.read_token(terminal=scripted_desk.terminal, language="en", now=scripted_desk.clock())
        )
    else:
        doubtful = scripted_desk.run(scripted_desk.ask())
        Operation.objects.update(state="not_sent", recovery_at=None)
        doubtful.refresh_from_db()
    recovery.ask_again(doubtful, scripted_desk.clock())
    assert as_it_was(doubtful)


def test_only_what_is_in_doubt_is_asked_about_whatever_its_row_says(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    waiting = scripted_desk.ask().operations.get()
    Operation.objects.update(recovery_at=scripted_desk.clock())
    waiting.refresh_from_db()
    recovery.recover(waiting.pk, scripted_desk.clock)
    assert scripted.asked == []
    assert as_it_was(waiting)


def test_a_worker_that_is_alive_keeps_its_own_lease_only(db: None, scripted: ScriptedTerminal, clock: Clock) -> None:
    asked = []
    for name in ("one", "other"):
        terminal = Terminal.objects.create(name=name, url=f"scripted://{uuid4()}", state="ready")
        asked.append(CashDesk(terminal, clock).ask().operations.get())
    one, other = (operations.claim(each.pk, clock()) for each in asked)
    assert one is not None
    assert other is not None
    clock.forward(seconds=5)
    assert operations.renew(one.pk, clock())
    one.refresh_from_db()
    assert one.lease_until == clock() + operations.LEASE
    assert as_it_was(other)


def test_what_settles_money_is_next_however_long_a_cardholder_has_waited(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    scripted.script = [
        lambda request_id, amount, **_: Result(Outcome.APPROVED, amount, request_id, handle=Handle(request_id, "r"))
    ]
    held = scripted_desk.ask()
    scripted_desk.run(held)
    scripted_desk.ask()
    scripted_desk.clock.forward(seconds=30)
    capture = scripted_desk.capture(held)
    assert operations.next_for(scripted_desk.terminal.pk, scripted_desk.clock()) == capture


def test_only_what_is_under_way_is_aborted(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, woken: list[tuple[str, object]]
) -> None:
    """A stray abort can make a terminal unavailable."""
    scripted.script = [lambda request_id, **_: Result(Outcome.DECLINED, 0 * FIFTY, request_id)]
    waiting = scripted_desk.ask()
    authorisations.cancel(waiting, scripted_desk.clock())
    over = scripted_desk.ask()
    scripted_desk.run(over)
    authorisations.cancel(over, scripted_desk.clock())
    assert "payments.abort" not in [task for task, _ in woken]


@pytest.mark.parametrize(("reason", "kept"), [("51 insufficient funds", "51 insufficient funds"), ("", "declined")])
def test_a_refusal_keeps_the_word_of_the_terminal_or_says_what_it_was(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, reason: str, kept: str
) -> None:
    scripted.script = [lambda request_id, **_: Result(Outcome.DECLINED, 0 * FIFTY, request_id, reason=reason)]
    authorisation = scripted_desk.ask()
    scripted_desk.run(authorisation)
    assert Authorisation.objects.get().reason == authorisation.reason == kept
