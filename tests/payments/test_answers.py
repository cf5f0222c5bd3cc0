"""What an answer leaves in the books: on the operation, and on what it was about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import CharField, Model

from hardware.terminal.interface import (
    Card,
    Handle,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Receipts,
    Recovered,
    Result,
    TokenResult,
    TokenType,
)
from payments import recovery, tokens
from payments.models import Authorisation, CardToken, Operation, Refund
from payments.secrets import unseal_handle
from tests.payments.cashdesk import FIFTY, TWELVE, CashDesk, euros
from tests.payments.scripted import ScriptedTerminal

Step = Callable[..., Any]


def approve(request_id: int, amount: Any = 0 * FIFTY, **_: Any) -> Result:
    return Result(Outcome.APPROVED, amount, request_id, handle=Handle(request_id, "reference"))


def decline(request_id: int, **asked: Any) -> Result | TokenResult:
    if "key" not in asked:
        return TokenResult(Outcome.TIMED_OUT, request_id, reason="no card")
    return Result(Outcome.DECLINED, 0 * FIFTY, request_id, reason="51 funds", handle=Handle(request_id, "reference"))


def not_sent(**_: Any) -> Result:
    raise NotSent("the line is dead", reason="refused")


def lose(**_: Any) -> Result:
    raise OutcomeUnknown("the line broke", reason="cut")


def ended(desk: CashDesk, scripted: ScriptedTerminal, kind: str, step: Step) -> Operation:
    """The operation of that kind that ended in ``step``, two minutes after it was asked for."""
    scripted.script = [approve] * {"capture": 1, "release": 1, "refund": 2}.get(kind, 0) + [step]
    if kind == "read_token":
        operation = tokens.read_token(terminal=desk.terminal, language="en", now=desk.clock())
        desk.clock.forward(seconds=30)
        return desk.run(operation)
    authorisation = desk.ask()
    if kind != "authorise":
        desk.run(authorisation)
    if kind == "release":
        desk.release(authorisation)
    elif kind != "authorise":
        desk.capture(authorisation)
    if kind == "refund":
        desk.run(authorisation)
        desk.refund(authorisation, TWELVE)
    desk.clock.forward(seconds=30)
    return desk.run(authorisation)


KINDS = ("authorise", "read_token", "capture", "release", "refund")


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_is_an_answer_with_its_word_and_its_time(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, kind: str
) -> None:
    operation = ended(scripted_desk, scripted, kind, decline)
    outcome, word = ("timed_out", "no card") if kind == "read_token" else ("declined", "51 funds")
    if kind == "release":  # the next try is the newest
        operation = Operation.objects.get(kind=kind, state="answered")
    assert (operation.state, operation.outcome, operation.detail) == ("answered", outcome, word)
    assert operation.finished_at == scripted_desk.clock()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_not_sent_keeps_the_word_for_why(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, kind: str
) -> None:
    operation = ended(scripted_desk, scripted, kind, not_sent)
    settles = kind in ("capture", "release")
    assert (operation.state, operation.detail) == ("queued" if settles else "not_sent", "refused")
    assert operation.finished_at == (None if settles else scripted_desk.clock())


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_lost_keeps_the_word_for_why(scripted_desk: CashDesk, scripted: ScriptedTerminal, kind: str) -> None:
    operation = ended(scripted_desk, scripted, kind, lose)
    assert (operation.state, operation.detail, operation.outcome) == ("unknown", "cut", "")
    assert operation.finished_at == scripted_desk.clock()
    if kind == "refund":
        refund = Refund.objects.get()
        assert (refund.state, refund.detail, refund.finished_at) == ("in_doubt", "cut", None)


@pytest.mark.parametrize(
    ("outcome", "reason", "state", "word"),
    [
        (Outcome.DECLINED, "51 funds", "declined", "51 funds"),
        (Outcome.TIMED_OUT, "", "failed", "timed_out"),
        (Outcome.ABORTED, "by the driver", "failed", "by the driver"),
    ],
)
def test_a_card_that_nobody_presented_was_not_declined(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, outcome: Outcome, reason: str, state: str, word: str
) -> None:
    def answer(request_id: int, **_: Any) -> Result:
        return Result(outcome, 0 * FIFTY, request_id, reason=reason)

    authorisation = ended(scripted_desk, scripted, "authorise", answer).authorisation
    assert authorisation is not None
    assert authorisation.state == state
    assert authorisation.reason == word


def test_a_refusal_that_names_a_hold_is_still_a_refusal(scripted_desk: CashDesk, scripted: ScriptedTerminal) -> None:
    authorisation = ended(scripted_desk, scripted, "authorise", decline).authorisation
    assert authorisation is not None
    assert (authorisation.state, authorisation.authorised_minor) == ("declined", 0)


def test_a_hold_is_held_since_the_answer_came_and_under_its_stan(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    def answer(request_id: int, amount: Any, **_: Any) -> Result:
        handle = Handle(request_id, "reference", version="2", stan="42")
        return Result(Outcome.APPROVED, amount, request_id, handle=handle, stan="004711")

    ended(scripted_desk, scripted, "authorise", answer)
    held = Authorisation.objects.get()
    assert held.journal.get(cause="approved").operation == held.operations.get()
    assert (held.authorised_at, held.stan, held.reason, held.card) == (scripted_desk.clock(), "004711", "", None)
    assert unseal_handle(held.sealed_handle).version == "2"


@pytest.mark.parametrize(("kind", "state"), [("authorise", "authorised"), ("capture", "captured")])
def test_nothing_is_left_of_a_doubt_that_recovery_ended(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, kind: str, state: str
) -> None:
    lost = ended(scripted_desk, scripted, kind, lose)
    held = Authorisation.objects.get()
    assert (held.state, held.reason) == ("in_doubt", "cut")
    now = scripted_desk.clock.forward(minutes=1)
    found = Result(Outcome.APPROVED, lost_amount(lost), lost.request_id, handle=Handle(1, "reference"), at=now)
    scripted.script = [lambda **_: Recovered(found)]
    recovery.recover(lost.pk, scripted_desk.clock)
    held.refresh_from_db()
    assert (held.state, held.reason) == (state, "")


def lost_amount(operation: Operation) -> Any:
    return FIFTY if operation.kind == "authorise" else TWELVE


def test_what_recovery_found_undone_says_so_and_is_asked_again(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    lost = ended(scripted_desk, scripted, "capture", lose)
    scripted_desk.clock.forward(minutes=1)
    scripted.script = [lambda **_: Recovered(None)]
    recovery.recover(lost.pk, scripted_desk.clock)
    lost.refresh_from_db()
    assert (lost.state, lost.detail, lost.finished_at) == ("not_sent", "not_done", scripted_desk.clock())
    assert Authorisation.objects.get().reason == ""


def test_what_could_not_be_sent_by_the_deadline_keeps_the_terminals_word(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    operation = ended(scripted_desk, scripted, "capture", not_sent)
    scripted_desk.clock.now = Authorisation.objects.get().deadline_at
    scripted.script = [not_sent]
    scripted_desk.run(operation)
    assert (operation.state, operation.detail) == ("not_sent", "refused")
    assert operation.finished_at == scripted_desk.clock()
    assert Authorisation.objects.get().reason == "overdue"


def too_long(model: type[Model]) -> list[str]:
    """The columns of a text that is longer than they hold: SQLite would not mind, PostgreSQL does."""
    texts = [each for each in model._meta.concrete_fields if isinstance(each, CharField) and each.max_length]
    return [
        each.attname
        for row in model._default_manager.all()
        for each in texts
        if len(str(getattr(row, each.attname))) > (each.max_length or 0)
    ]


def test_a_terminal_that_says_much_is_cut_to_what_the_columns_hold(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    words = "many words " * 40

    def talk(outcome: Outcome) -> Step:
        def answer(request_id: int, amount: Any = 0 * FIFTY, **_: Any) -> Result:
            card = Card(TokenType.CARD, "67012345678901234567", brand=words, last_four="12345")
            moved = amount if outcome is Outcome.APPROVED else 0 * FIFTY
            handle = Handle(request_id, "reference")
            return Result(outcome, moved, request_id, words, card, handle, words, None, Receipts((words,)))

        return answer

    for _ in range(2):  # a card that is seen again is written again
        ended(scripted_desk, scripted, "authorise", talk(Outcome.APPROVED))
    scripted.script = [talk(Outcome.APPROVED), talk(Outcome.DECLINED)]
    held = Authorisation.objects.latest("pk")
    scripted_desk.capture(held)
    scripted_desk.run(held)
    scripted_desk.refund(held, euros("1.00"))
    scripted_desk.run(held)
    ended(scripted_desk, scripted, "authorise", talk(Outcome.DECLINED))
    assert Refund.objects.get().detail.startswith("many words")
    assert [too_long(each) for each in (Authorisation, CardToken, Operation, Refund)] == [[], [], [], []]
    assert max(len(each.detail) for each in Operation.objects.all()) == 200  # and to no less
