"""A line that another process of ours has: a cardholder's question waits a moment, and may come to that process."""

from __future__ import annotations

from typing import Any

import pytest

from hardware.terminal.interface import IN_USE, NotSent, Result
from payments import authorisations, operations, tokens
from payments.models import Authorisation, Operation
from tests.payments.cashdesk import CashDesk
from tests.payments.conftest import Announcements
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_answers import decline


def in_use(**_: Any) -> Result:
    raise NotSent("another process has the serial port open", reason=IN_USE)


def asked(desk: CashDesk, kind: str) -> Operation:
    if kind == "authorise":
        return desk.ask().operations.get()
    return tokens.read_token(terminal=desk.terminal, language="en", now=desk.clock())


@pytest.mark.parametrize("kind", ["authorise", "read_token"])
def test_a_cardholder_is_asked_again_in_a_second(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, announced: Announcements, kind: str
) -> None:
    operation = asked(scripted_desk, kind)
    scripted.script = [in_use, decline]
    assert scripted_desk.run(operation).state == "queued"
    scripted_desk.clock.forward(seconds=0.9)
    assert scripted_desk.run(operation).state == "queued"
    scripted_desk.clock.forward(seconds=0.1)
    assert announced.events == announced.cards == []
    assert scripted_desk.run(operation).state == "answered"
    assert {each["request_id"] for _, each in scripted.asked} == {operation.request_id}


@pytest.mark.parametrize("kind", ["authorise", "read_token"])
def test_a_cardholder_whose_patience_is_over_is_told(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, announced: Announcements, kind: str
) -> None:
    operation = asked(scripted_desk, kind)
    scripted_desk.clock.forward(seconds=89)
    scripted.script = [in_use]
    assert scripted_desk.run(operation).state == "not_sent"
    assert announced.events or announced.cards


def test_a_driver_who_changes_their_mind_in_between_is_not_asked(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    authorisation = scripted_desk.ask()
    scripted.script = [in_use]
    scripted_desk.run(authorisation)
    authorisations.cancel(authorisation, scripted_desk.clock())
    assert Authorisation.objects.get().state == "failed"
    assert Operation.objects.get().state == "cancelled"


def test_a_screen_shows_nothing_of_an_earlier_try(scripted_desk: CashDesk, scripted: ScriptedTerminal) -> None:
    authorisation = scripted_desk.ask()
    scripted.script = [in_use]
    operation = scripted_desk.run(authorisation)
    Operation.objects.update(display="Present card")
    claimed = operations.claim(operation.pk, scripted_desk.clock.forward(seconds=1))
    assert claimed is not None
    assert (claimed.terminal_text, Operation.objects.get().terminal_text) == ("", "")


def test_a_word_that_comes_late_starts_nothing_again(scripted_desk: CashDesk, scripted: ScriptedTerminal) -> None:
    """It was in doubt meanwhile: what is known not to have been sent is over."""
    authorisation = scripted_desk.ask()
    operation = authorisation.operations.get()

    def late(**_: Any) -> Result:
        Operation.objects.update(state="unknown")
        Authorisation.objects.update(state="in_doubt")
        return in_use()

    scripted.script = [late]
    assert scripted_desk.run(operation).state == "not_sent"
    assert Authorisation.objects.get().state == "failed"
