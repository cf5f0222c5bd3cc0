"""Our side of a comparison: which operations belong to it, and what is said about each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from moneyed import Money

from hardware.models import Terminal
from hardware.terminal.interface import Handle, Outcome, Result, Verb
from hardware.terminal.statements import StatementLine
from payments import tokens
from payments.decisions import decide
from payments.lifecycle import Event
from payments.models import Authorisation, Operation
from payments.reconciliation import books
from payments.reconciliation.books import entries
from payments.reconciliation.compare import CLOCK_TOLERANCE, Entry, Fate
from tests.payments.cashdesk import FIFTY, TWELVE, CashDesk, euros
from tests.payments.clock import Clock
from tests.payments.reconciliation.sides import theirs
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_answers import approve, lose

LATER, DAY, SECOND = 999_999_999, timedelta(days=1), timedelta(seconds=1)
Look = Callable[..., list[Entry]]


def hold(request_id: int, amount: Money, **_: Any) -> Result:
    return Result(Outcome.APPROVED, amount, request_id, handle=Handle(request_id, "reference"), stan="000042")


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("olga")


@pytest.fixture
def paid(scripted_desk: CashDesk, scripted: ScriptedTerminal) -> Authorisation:
    """Held, an hour later captured, and an hour later partly refunded; each is answered after a second."""
    scripted.script = [hold, approve, approve]
    authorisation = scripted_desk.ask()
    after_a_second(scripted_desk, authorisation)
    scripted_desk.clock.forward(hours=1)
    scripted_desk.capture(authorisation)
    after_a_second(scripted_desk, authorisation)
    scripted_desk.clock.forward(hours=1)
    scripted_desk.refund(authorisation, euros("1.00"))
    after_a_second(scripted_desk, authorisation)
    return authorisation


def after_a_second(desk: CashDesk, authorisation: Authorisation) -> Operation:
    desk.clock.forward(seconds=1)
    return desk.run(authorisation)


@pytest.fixture
def look(scripted_terminal: Terminal, clock: Clock) -> Look:
    """What our books say about the two days around now, a day later."""

    def looked(
        lines: list[StatementLine] | None = None, terminal: Terminal | None = None, **period: Any
    ) -> list[Entry]:
        values = {"since": clock() - DAY, "until": clock() + DAY, "asked_at": clock() + DAY} | period
        return entries(terminal or scripted_terminal, lines or [], **values)

    return looked


def test_what_was_done_is_told_in_its_order_with_all_that_a_line_could_name(paid: Authorisation, look: Look) -> None:
    held, captured, refunded = paid.operations.order_by("created_at")
    same: dict[str, Any] = {
        "fate": Fate.DONE,
        "authorisation": paid.pk,
        "of": held.request_id,
        "stan": "000042",
        "expected": True,
    }
    assert look() == [
        Entry(
            kind=kind,
            amount=amount,
            at=each.created_at + SECOND,  # when it was asked, not when it was wanted
            operation=each.pk,
            request_id=each.request_id,
            **same,
        )
        for each, kind, amount in (
            (held, Verb.AUTHORISE, FIFTY),
            (captured, Verb.CAPTURE, TWELVE),
            (refunded, Verb.REFUND, euros("1.00")),
        )
    ]


def test_what_is_asked_for_comes_in_its_order_and_at_the_same_moment_in_that_of_its_numbers(
    paid: Authorisation,
) -> None:
    at, terminal = paid.created_at + DAY, paid.terminal
    for number, later in ((30, 0), (10, 0), (20, 0), (5, 1)):
        row = {"authorisation": paid, "kind": "release", "state": "not_sent", "currency": "EUR"}
        row["created_at"] = at + later * SECOND
        Operation.objects.create(terminal=terminal, request_id=number, started_at=at, due_at=at, **row)
    found = entries(terminal, [], since=at - SECOND, until=at + SECOND, asked_at=at)
    assert [each.request_id for each in found] == [10, 20, 30, 5]


def test_whose_hold_it_is_does_not_hang_on_the_clock(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, look: Look
) -> None:
    scripted.script = [hold]
    held = scripted_desk.ask()
    first = scripted_desk.run(held)
    scripted_desk.clock.forward(hours=-1)  # set right
    scripted_desk.capture(held)
    assert {each.of for each in look([theirs(Verb.CAPTURE, None, of=first.request_id)])} == {first.request_id}


def test_only_what_was_asked_in_the_period_or_near_it_belongs_to_it(paid: Authorisation, look: Look) -> None:
    captured = paid.operations.get(kind="capture").started_at
    assert captured is not None

    def kinds(since: datetime, until: datetime) -> list[Verb]:
        return [each.kind for each in look(since=since, until=until)]

    far = captured + 3 * CLOCK_TOLERANCE
    assert kinds(captured + CLOCK_TOLERANCE, far) == [Verb.CAPTURE]
    assert kinds(captured + CLOCK_TOLERANCE + SECOND, far) == []
    assert kinds(captured - DAY, captured - CLOCK_TOLERANCE) == [Verb.AUTHORISE]
    assert kinds(captured - DAY, captured - CLOCK_TOLERANCE + SECOND) == [Verb.AUTHORISE, Verb.CAPTURE]


def test_whatever_a_line_names_belongs_to_it_whenever_it_was(paid: Authorisation, look: Look) -> None:
    held, captured = (paid.operations.get(kind=kind).request_id for kind in ("authorise", "capture"))
    everything = [Verb.AUTHORISE, Verb.CAPTURE, Verb.REFUND]
    elsewhere = Terminal.objects.create(name="Elsewhere", url="scripted://elsewhere")
    for line, kinds in [
        (theirs(Verb.CAPTURE, captured, of=None), [Verb.CAPTURE]),
        (theirs(Verb.CAPTURE, LATER, of=held), everything),
        (theirs(Verb.CAPTURE, None, of=None, stan="000042"), everything),
        (theirs(Verb.CAPTURE, LATER, of=None, stan="000042"), []),  # it has a number, so that is what counts
        (theirs(Verb.CAPTURE, None, of=None), []),
    ]:
        period = {"since": paid.created_at + 10 * DAY, "until": paid.created_at + 11 * DAY}
        assert [each.kind for each in look([line], **period)] == kinds
        assert look([line], elsewhere, **period) == []


def test_however_much_a_list_names_it_is_all_found(
    paid: Authorisation, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [theirs(Verb.CAPTURE, each.request_id, of=None) for each in paid.operations.all()]
    period = {"since": paid.created_at + 10 * DAY, "until": paid.created_at + 11 * DAY}
    at_once = look(lines, **period)
    monkeypatch.setattr(books, "_SOME", 2)
    assert look(lines, **period) == at_once
    assert len(at_once) == 3


def test_reading_a_card_moves_no_money(scripted_desk: CashDesk, look: Look) -> None:
    read = tokens.read_token(terminal=scripted_desk.terminal, language="en", now=scripted_desk.clock())
    assert look([theirs(Verb.CAPTURE, read.request_id)]) == []


@pytest.mark.parametrize(
    ("row", "fate"),
    [
        ({"state": "in_flight"}, Fate.UNDER_WAY),
        ({"state": "queued"}, Fate.UNDER_WAY),
        ({"state": "queued", "tries": 1}, Fate.NOT_DONE),
        ({"state": "unknown"}, Fate.IN_DOUBT),
        ({"state": "not_sent"}, Fate.NOT_DONE),
        ({"state": "cancelled"}, Fate.NOT_DONE),
        ({"state": "answered", "outcome": "declined"}, Fate.NOT_DONE),
        ({"state": "answered", "outcome": "approved"}, Fate.UNDER_WAY),  # nobody knows when it ended
        ({"state": "answered", "outcome": "approved", "ended": timedelta(0)}, Fate.UNDER_WAY),
        ({"state": "answered", "outcome": "approved", "ended": -SECOND}, Fate.DONE),
        ({"state": "not_sent", "outcome": "approved", "ended": -SECOND}, Fate.NOT_DONE),
    ],
)
def test_what_became_of_an_operation_by_the_time_the_list_was_asked_for(
    scripted_terminal: Terminal, clock: Clock, row: dict[str, Any], fate: Fate
) -> None:
    now = clock()
    held = Authorisation.objects.create(
        terminal=scripted_terminal, currency="EUR", requested_minor=1, created_at=now, deadline_at=now
    )
    ended = row.pop("ended", None)
    Operation.objects.create(
        kind="release",
        terminal=scripted_terminal,
        authorisation=held,
        request_id=7,
        currency="EUR",
        created_at=now,
        due_at=now,
        finished_at=None if ended is None else now + ended,
        **row,
    )
    line = theirs(Verb.RELEASE, 7, of=None)
    [found] = entries(scripted_terminal, [line], since=now - DAY, until=now + DAY, asked_at=now)
    assert (found.fate, found.at, found.of) == (fate, now, None)


def doubted(desk: CashDesk, scripted: ScriptedTerminal, kind: str) -> Authorisation:
    scripted.script = [lose] if kind == "authorise" else [hold, lose]
    authorisation = desk.ask()
    desk.run(authorisation)
    if kind == "capture":
        desk.capture(authorisation)
        desk.run(authorisation)
    return authorisation


def test_what_a_person_found_taken_is_done_and_nobody_is_surprised_if_no_list_has_it(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, person: User, look: Look
) -> None:
    held = doubted(scripted_desk, scripted, "capture")
    taken = euros("5.00")
    decide(held, Event.FOUND_CAPTURED, amount=taken, user=person, note="seen", now=scripted_desk.clock())
    scripted.script = [approve]
    scripted_desk.refund(held, euros("1.00"))
    scripted_desk.run(held)
    assert [(each.kind, each.fate, each.amount, each.expected) for each in look()] == [
        (Verb.AUTHORISE, Fate.DONE, FIFTY, False),
        (Verb.CAPTURE, Fate.DONE, taken, False),
        (Verb.REFUND, Fate.DONE, euros("1.00"), True),
    ]


@pytest.mark.parametrize(
    ("event", "kind", "amount"),
    [(Event.FOUND_CAPTURED, Verb.CAPTURE, TWELVE), (Event.FOUND_RELEASED, Verb.RELEASE, euros("0"))],
)
def test_what_the_bank_did_at_its_own_desk_is_an_entry_without_an_operation(
    scripted_desk: CashDesk,
    scripted: ScriptedTerminal,
    person: User,
    look: Look,
    monkeypatch: pytest.MonkeyPatch,
    event: Event,
    kind: Verb,
    amount: Money,
) -> None:
    monkeypatch.setattr(books, "_SOME", 1)
    expected = []
    for _ in range(2):
        lost = doubted(scripted_desk, scripted, "authorise")
        asked = lost.operations.get()
        decide(lost, event, amount=amount, user=person, note="seen", now=scripted_desk.clock.forward(hours=1))
        expected.append(
            Entry(
                kind=kind,
                fate=Fate.DONE,
                amount=amount,
                at=lost.created_at,
                authorisation=lost.pk,
                of=asked.request_id,
                expected=False,
            )
        )
    assert [each for each in look() if each.operation is None] == expected


def test_a_release_at_the_banks_desk_is_of_the_time_and_under_the_stan_of_the_hold(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, person: User, look: Look
) -> None:
    scripted.script = [hold, lose]
    held = scripted_desk.ask()
    after_a_second(scripted_desk, held)
    scripted_desk.capture(held)
    after_a_second(scripted_desk, held)
    decide(held, Event.FOUND_RELEASED, amount=euros("0"), user=person, note="seen", now=scripted_desk.clock())
    [found] = [each for each in look() if each.operation is None]
    assert (found.kind, found.at, found.stan) == (Verb.RELEASE, held.created_at + SECOND, "000042")


def test_the_last_word_about_a_hold_counts_and_a_word_about_its_refund_is_another_matter(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, person: User, look: Look
) -> None:
    held = doubted(scripted_desk, scripted, "capture")
    now = scripted_desk.clock.forward(minutes=1)
    decide(held, Event.FOUND_HELD, amount=euros("0"), user=person, note="seen", now=now)
    assert [(each.kind, each.fate, each.expected) for each in look()] == [
        (Verb.AUTHORISE, Fate.DONE, True),
        (Verb.CAPTURE, Fate.NOT_DONE, True),
    ]
