"""The commands that holds are asked with, where what the caller knows is old or the answer is at the edge."""

from __future__ import annotations

import pytest

from payments import authorisations, operations
from payments.errors import TerminalNotReady
from payments.models import Authorisation, Operation
from tests.payments.approving import QuickDesk
from tests.payments.cashdesk import FIFTY, CashDesk, euros
from tests.payments.conftest import Woken
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_answers import lose


def test_one_cent_can_be_held_and_the_journal_says_what_asked_for_it(scripted_desk: CashDesk) -> None:
    authorisation = scripted_desk.ask(euros("0.01"))
    operation = authorisation.operations.get()
    assert (authorisation.requested_minor, operation.amount_minor) == (1, 1)
    entry = authorisation.journal.get()
    assert (entry.cause, entry.operation, entry.actor) == ("requested", operation, "system")


@pytest.mark.parametrize("verb", ["capture", "release"])
def test_whoever_asked_before_the_answer_came_settles_what_is_held_now(quick_desk: QuickDesk, verb: str) -> None:
    stale = quick_desk.ask()
    quick_desk.run(stale.operations.get())
    assert stale.state == "pending"
    if verb == "capture":
        with pytest.raises(ValueError, match=r"more than the .* that are held"):
            quick_desk.capture(stale, euros("50.01"))
        stale = Authorisation(pk=stale.pk, state="pending", terminal=stale.terminal, currency="EUR", requested_minor=1)
        assert quick_desk.capture(stale, FIFTY).amount_minor == 5000
    else:
        assert quick_desk.release(stale).kind == "release"
    assert Authorisation.objects.get().state == f"{verb[:-1]}ing"


def test_a_driver_is_asked_for_the_card_in_their_own_language(scripted_desk: CashDesk) -> None:
    terminal, now = scripted_desk.terminal, scripted_desk.clock()
    authorisation = authorisations.authorise(terminal=terminal, amount=FIFTY, language="nl", now=now)
    assert authorisation.operations.get().language == "nl"


def test_a_driver_who_cancels_under_way_has_the_terminal_asked_to_abort_just_that(
    scripted_desk: CashDesk, woken: Woken
) -> None:
    authorisation = scripted_desk.ask()
    operation = operations.claim(authorisation.operations.get().pk, scripted_desk.clock())
    assert operation is not None
    woken.clear()
    authorisations.cancel(authorisation, scripted_desk.clock())
    assert woken == [("payments.abort", str(operation.pk))]
    operation.refresh_from_db()
    assert (operation.state, operation.abort_wanted) == ("in_flight", True)


def test_the_newest_settlement_is_the_one_asked_for_last_also_when_request_ids_begin_anew(
    quick_desk: QuickDesk,
) -> None:
    held = quick_desk.held()
    first, second = (
        Operation.objects.create(
            kind="release",
            state="not_sent",
            terminal=held.terminal,
            authorisation=held,
            request_id=request_id,
            currency="EUR",
            created_at=quick_desk.clock.forward(seconds=1),
            due_at=quick_desk.clock(),
        )
        for request_id in (999_999_999, 1)
    )
    assert first.created_at < second.created_at
    assert authorisations.settlement_of(held) == second


def test_a_terminal_that_must_first_say_what_became_of_the_last_request_serves_nobody(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    scripted.recovers_only_the_last = True
    scripted.script = [lose]
    scripted_desk.run(scripted_desk.ask())
    with pytest.raises(TerminalNotReady) as refused:
        scripted_desk.ask()
    assert refused.value.reason == "recovering"
    assert str(refused.value) == "Scripted is not ready: recovering"
