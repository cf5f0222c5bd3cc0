"""What our books tell a driver of a question in doubt: when it was asked, about which hold, and what else we know."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hardware.models import Terminal
from hardware.terminal.interface import Handle, Outcome, OutcomeUnknown, Past, Recovered, Result
from payments import recovery
from payments.models import Authorisation, Operation
from tests.payments.cashdesk import FIFTY, CashDesk
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_answers import lose

HANDLE = Handle(7, "AUTHREF-5f1d9c", version="3", stan="000042")


class Books:
    """A terminal with numbers for its transactions, and what it is told at recovery."""

    def __init__(self, desk: CashDesk, scripted: ScriptedTerminal) -> None:
        self.desk, self.scripted = desk, scripted
        self.seen: list[Past] = []

    def answered(self, stan: str, outcome: Outcome = Outcome.APPROVED, desk: CashDesk | None = None) -> Authorisation:
        def answer(request_id: int, amount: Any, **_: Any) -> Result:
            handle = HANDLE if outcome is Outcome.APPROVED else None
            return Result(outcome, amount if handle else 0 * FIFTY, request_id, handle=handle, stan=stan)

        self.scripted.script = [answer]
        self.desk.clock.forward(seconds=1)
        authorisation = (desk or self.desk).ask()
        (desk or self.desk).run(authorisation)
        return authorisation

    def look(self, past: Past, **_: Any) -> Recovered:
        self.seen.append(past)
        raise OutcomeUnknown("", reason="other_request")

    def recover(self, operation: Operation) -> Past:
        self.scripted.script = [self.look]
        self.desk.clock.forward(seconds=10)
        recovery.recover(operation.pk, self.desk.clock)
        return self.seen.pop()


@pytest.fixture
def books(scripted_desk: CashDesk, scripted: ScriptedTerminal) -> Books:
    return Books(scripted_desk, scripted)


def test_a_driver_is_told_when_it_was_asked_about_which_hold_and_what_we_know(books: Books, scripted: Any) -> None:
    desk = books.desk
    held = books.answered("000042")
    books.answered("000043", Outcome.DECLINED)
    elsewhere = Terminal.objects.create(name="other", url="scripted://other", state="ready")
    books.answered("000099", desk=CashDesk(elsewhere, desk.clock))
    desk.capture(held)
    scripted.script = [lose]
    asked_at = desk.clock.forward(seconds=5)
    operation = desk.run(held)
    past = books.recover(operation)
    assert past == Past(asked_at, HANDLE, frozenset({"000042", "000043"}))
    assert HANDLE.reference not in repr(past)


def test_an_authorisation_has_no_hold_yet(books: Books, scripted: Any) -> None:
    scripted.script = [lose]
    operation = books.desk.run(books.desk.ask())
    assert books.recover(operation) == Past(operation.started_at or operation.created_at)


def test_of_what_was_asked_long_ago_nothing_is_told(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_LATEST", 2)
    for stan in ("000001", "000002", "000003"):
        books.answered(stan, Outcome.DECLINED)
    books.scripted.script = [lose]
    assert books.recover(books.desk.run(books.desk.ask())).told == {"000002", "000003"}


def test_a_reference_that_cannot_be_read_is_not_told(books: Books, settings: Any) -> None:
    held = books.answered("000042")
    books.desk.capture(held)
    books.scripted.script = [lose]
    operation = books.desk.run(held)
    Authorisation.objects.update(sealed_handle="unreadable")
    assert books.recover(operation).handle is None


def test_what_was_never_begun_by_our_books_was_asked_when_it_was_written(books: Books) -> None:
    books.scripted.script = [lose]
    operation = books.desk.run(books.desk.ask())
    Operation.objects.update(started_at=None, created_at=books.desk.clock() - timedelta(minutes=1))
    assert books.recover(operation).asked_at == Operation.objects.get().created_at


def test_a_reference_that_the_terminal_repeats_at_recovery_is_not_kept(books: Books) -> None:
    held = books.answered("000042")
    books.desk.release(held)
    books.scripted.script = [lose]
    operation = books.desk.run(held)

    def tell(request_id: int, **_: Any) -> Recovered:
        at = books.desk.clock()
        declined = Result(Outcome.DECLINED, 0 * FIFTY, request_id, reason=f"no hold {HANDLE.reference}", at=at)
        return Recovered(replace(declined, stan="000050"))

    books.scripted.script = [tell]
    books.desk.clock.forward(seconds=10)
    recovery.recover(operation.pk, books.desk.clock)
    operation.refresh_from_db()
    assert (operation.detail, operation.stan) == ("no hold ****", "000050")
