"""What a terminal is asked, word for word, and what is made of a driver that fails."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from hardware.terminal.interface import Card, Handle, Outcome, Reason, Result, TokenResult, TokenType
from payments import operations, tokens
from payments.execution import execute
from payments.models import Operation
from tests.payments.cashdesk import FIFTY, TWELVE, CashDesk, euros
from tests.payments.conftest import Woken
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_answers import approve

HANDLE = Handle(7, "AUTHREF-5f1d9c", version="3", stan="000042")


def hold(request_id: int, amount: Any, **_: Any) -> Result:
    return Result(Outcome.APPROVED, amount, request_id, handle=HANDLE)


def _is_kept() -> bool:
    return any(each.name == "lease" for each in threading.enumerate())


def test_every_question_carries_what_is_asked_and_under_whose_key(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    card = Card(TokenType.CARD, "67012345678901234567")
    scripted.script = [hold, approve, approve, hold, approve]
    taken = scripted_desk.ask()
    scripted_desk.run(taken)
    scripted_desk.capture(taken)
    scripted_desk.run(taken)
    scripted_desk.run(scripted_desk.refund(taken, euros("1.00")))
    given_up = scripted_desk.ask()
    scripted_desk.run(given_up)
    scripted_desk.release(given_up)
    scripted_desk.run(given_up)
    scripted.script = [lambda request_id, **_: TokenResult(Outcome.APPROVED, request_id, card)]
    read = tokens.read_token(terminal=scripted_desk.terminal, language="nl", now=scripted_desk.clock())
    scripted_desk.run(read)

    capture, refund, release = {"amount": TWELVE}, {"amount": euros("1.00")}, {"currency": "EUR"}
    expected: list[tuple[str, dict[str, Any]]] = [
        ("authorise", {"amount": FIFTY, "language": "en"}),
        ("capture", capture | {"handle": HANDLE, "reason": Reason.NORMAL_END}),
        ("refund", refund | {"handle": HANDLE}),
        ("authorise", {"amount": FIFTY, "language": "en"}),
        ("release", release | {"handle": HANDLE, "reason": Reason.NOT_STARTED}),
    ]
    asked = Operation.objects.exclude(pk=read.pk).order_by("request_id")
    keys = [{"request_id": each.request_id, "key": each.pk} for each in asked]
    assert scripted.asked == [
        *((verb, more | key) for (verb, more), key in zip(expected, keys, strict=True)),
        ("read_token", {"request_id": read.request_id, "language": "nl"}),
    ]


def test_a_lease_is_kept_while_the_terminal_is_asked_and_no_longer(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    kept: list[bool] = []

    def look(request_id: int, amount: Any, **_: Any) -> Result:
        kept.append(_is_kept())
        return hold(request_id, amount)

    scripted.script = [look]
    scripted_desk.run(scripted_desk.ask())
    assert kept == [True]
    assert not _is_kept()


def test_what_a_terminal_repeats_of_the_reference_it_was_asked_with_is_not_kept(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    def tell(request_id: int, **_: Any) -> Result:
        return Result(Outcome.DECLINED, 0 * FIFTY, request_id, reason=f"no hold {HANDLE.reference}")

    scripted.script = [hold, tell]
    held = scripted_desk.ask()
    scripted_desk.run(held)
    scripted_desk.capture(held)
    assert scripted_desk.run(held).detail == "no hold ****"
    assert held.reason == "no hold ****"


def test_a_driver_that_fails_leaves_a_doubt_and_says_where_but_not_what(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(**_: Any) -> Result:
        raise KeyError(HANDLE.reference)

    scripted.script = [stumble]
    operation = scripted_desk.run(scripted_desk.ask())
    assert (operation.state, operation.detail) == ("unknown", "defect")
    assert "the driver failed with KeyError in stumble:" in caplog.text
    assert HANDLE.reference not in caplog.text


def test_who_finds_the_terminal_busy_wakes_what_goes_first_there(scripted_desk: CashDesk, woken: Woken) -> None:
    waiting = scripted_desk.ask().operations.get()
    scripted_desk.clock.forward(minutes=2)  # nobody stands there any more
    release = Operation.objects.create(
        kind="release",
        terminal=scripted_desk.terminal,
        authorisation=waiting.authorisation,
        request_id=1,
        currency="EUR",
        created_at=scripted_desk.clock(),
        due_at=scripted_desk.clock(),
    )
    woken.clear()
    execute(waiting.pk, scripted_desk.clock)
    assert woken == [("payments.release", str(release.pk))]
    operations.cancel(waiting, scripted_desk.clock(), "not_served")
    execute(waiting.pk, scripted_desk.clock)
    assert len(woken) == 1  # whoever has ended waits for nothing
