"""Sent, and no trustworthy answer: in doubt, never sent again, and found out where the terminal can tell."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from moneyed import Money

from hardware.models import Terminal
from hardware.terminal.interface import Capability, Card, Handle, Outcome, OutcomeUnknown, Recovered, Result, TokenType
from payments import recovery
from payments.delays import RECOVERY_TRIES
from payments.models import Authorisation, Operation
from tests.hardware.terminal.conftest import QUICK
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import FIFTY, TWELVE, CashDesk, euros
from tests.payments.conftest import Announcements
from tests.payments.scripted import ScriptedTerminal


def kinds(simulator: Simulator) -> list[str]:
    return [each["kind"] for each in simulator.book() if each["outcome"] == "approved"]


def lose_authorise(desk: CashDesk, simulator: Simulator, fault: str = "lost_answer") -> Authorisation:
    simulator.fault("authorise", fault)
    authorisation = desk.ask()
    simulator.card()
    desk.run(authorisation)
    return authorisation


def lose_settlement(desk: CashDesk, simulator: Simulator, kind: str, fault: str = "lost_answer") -> Authorisation:
    authorisation = desk.hold(simulator)
    simulator.fault(kind, fault)
    if kind == "capture":
        desk.capture(authorisation)
    else:
        desk.release(authorisation)
    desk.run(authorisation)
    return authorisation


def recover(desk: CashDesk, authorisation: Authorisation) -> Operation:
    """Let recovery ask once it is due; returns the operation that was in doubt."""
    operation = authorisation.operations.get(state="unknown")
    assert operation.recovery_at is not None
    desk.clock.now = operation.recovery_at
    recovery.recover(operation.pk, desk.clock)
    authorisation.refresh_from_db()
    operation.refresh_from_db()
    return operation


@pytest.mark.parametrize(
    "fault", ["lost_answer", "lost_before", "garbled", "answer_cut", "error_500", "other_request_id"]
)
def test_a_lost_answer_leaves_an_authorisation_in_doubt(
    desk: CashDesk, simulator: Simulator, announced: Announcements, fault: str
) -> None:
    authorisation = lose_authorise(desk, simulator, fault)
    operation = authorisation.operations.get()
    assert (authorisation.state, authorisation.authorised_minor) == ("in_doubt", 0)
    assert (operation.state, operation.outcome, operation.finished_at) == ("unknown", "", desk.clock())
    assert announced.events == ["authorise_lost"]


@pytest.mark.parametrize(("kind", "event"), [("capture", "capture_lost"), ("release", "release_lost")])
def test_a_lost_settlement_is_in_doubt_and_never_sent_again(
    desk: CashDesk, simulator: Simulator, announced: Announcements, kind: str, event: str
) -> None:
    authorisation = lose_settlement(desk, simulator, kind)
    first = authorisation.operations.get(kind=kind)
    assert (authorisation.state, announced.events[-1]) == ("in_doubt", event)
    desk.clock.forward(days=3)
    desk.run(authorisation)
    assert desk.capture(authorisation) == desk.release(authorisation) == first
    assert authorisation.operations.count() == 2
    assert kinds(simulator) == ["authorise", kind]


def test_a_lost_refund_is_in_doubt_keeps_its_money_reserved_and_is_never_sent_again(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    authorisation = desk.captured(simulator)
    simulator.fault("refund", "lost_answer")
    refund = desk.refund(authorisation, euros("2.00"))
    desk.run(refund)
    desk.clock.forward(days=1)
    desk.run(refund)
    authorisation.refresh_from_db()
    assert (refund.state, authorisation.refundable) == ("in_doubt", euros("10.34"))
    assert announced.refunds == ["requested", "in_doubt"]
    assert kinds(simulator) == ["authorise", "capture", "refund"]


def test_recovery_waits_before_it_asks(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = lose_authorise(desk, simulator)
    operation = authorisation.operations.get()
    assert operation.recovery_at is not None
    assert 4 <= (operation.recovery_at - desk.clock()).total_seconds() <= 5
    recovery.recover(operation.pk, desk.clock)
    operation.refresh_from_db()
    assert (operation.state, operation.recovery_tries) == ("unknown", 0)


def test_recovery_finds_a_hold_and_it_can_be_settled(
    desk: CashDesk, simulator: Simulator, announced: Announcements
) -> None:
    authorisation = lose_authorise(desk, simulator)
    operation = recover(desk, authorisation)
    assert (operation.state, operation.outcome) == ("answered", "approved")
    assert (authorisation.state, authorisation.authorised) == ("authorised", FIFTY)
    assert authorisation.card is not None
    assert announced.events == ["authorise_lost", "found_held"]
    desk.release(authorisation)
    desk.run(authorisation)
    assert authorisation.state == "released"


def test_recovery_finds_that_nothing_was_held(desk: CashDesk, simulator: Simulator, announced: Announcements) -> None:
    authorisation = lose_authorise(desk, simulator, "lost_before")
    operation = recover(desk, authorisation)
    assert (operation.state, authorisation.state) == ("not_sent", "failed")
    assert announced.events == ["authorise_lost", "found_nothing"]


@pytest.mark.parametrize(
    ("kind", "state", "taken"), [("capture", "captured", TWELVE), ("release", "released", 0 * FIFTY)]
)
def test_recovery_finds_a_settlement_that_was_done(
    desk: CashDesk, simulator: Simulator, kind: str, state: str, taken: Money
) -> None:
    authorisation = lose_settlement(desk, simulator, kind)
    recover(desk, authorisation)
    assert (authorisation.state, authorisation.captured) == (state, taken)
    assert kinds(simulator) == ["authorise", kind]


@pytest.mark.parametrize("kind", ["capture", "release"])
def test_a_settlement_that_was_not_done_is_asked_once_more(
    desk: CashDesk, simulator: Simulator, announced: Announcements, kind: str
) -> None:
    authorisation = lose_settlement(desk, simulator, kind, "lost_before")
    first = recover(desk, authorisation)
    second = authorisation.operations.latest("request_id")
    assert (first.state, second.state, authorisation.state) == ("not_sent", "queued", f"{kind[:-1]}ing")
    assert (second.kind, second.amount_minor, second.reason) == (kind, first.amount_minor, first.reason)
    assert announced.events == ["approved", kind, f"{kind}_lost", "found_held", kind]
    desk.run(authorisation)
    assert authorisation.state == f"{kind}d"
    assert kinds(simulator) == ["authorise", kind]


@pytest.mark.parametrize(
    ("fault", "state", "left"), [("lost_answer", "done", "10.34"), ("lost_before", "refused", "12.34")]
)
def test_recovery_finds_out_about_a_refund(
    desk: CashDesk, simulator: Simulator, fault: str, state: str, left: str
) -> None:
    authorisation = desk.captured(simulator)
    simulator.fault("refund", fault)
    refund = desk.refund(authorisation, euros("2.00"))
    desk.run(refund)
    recover(desk, authorisation)
    refund.refresh_from_db()
    assert (refund.state, authorisation.refundable) == (state, euros(left))


def test_a_terminal_that_cannot_recover_leaves_it_to_a_person(desk: CashDesk, simulator: Simulator) -> None:
    Terminal.objects.update(profile=QUICK | {"recover": False})
    authorisation = lose_authorise(desk, simulator)
    operation = recover(desk, authorisation)
    assert (operation.state, operation.recovery_at, authorisation.state) == ("unknown", None, "in_doubt")


def test_recovery_gives_up_after_a_while_and_a_person_can_start_it_again(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    def lost(**_: object) -> None:
        raise OutcomeUnknown("", reason="timeout")

    scripted.script = [lost] * (1 + RECOVERY_TRIES)
    authorisation = scripted_desk.ask()
    scripted_desk.run(authorisation)
    waits: list[float] = []
    while True:
        operation = recover(scripted_desk, authorisation)
        if operation.recovery_at is None:
            break
        waits.append((operation.recovery_at - scripted_desk.clock()).total_seconds())
    assert len(waits) == RECOVERY_TRIES - 1
    assert all(base <= wait <= 1.25 * base for base, wait in zip([8, 16, 32, 64, 128], waits, strict=False)), waits
    assert max(waits) <= 1.25 * 900
    recovery.ask_again(operation, scripted_desk.clock())
    scripted.script = [lambda **_: Recovered(None)]
    recover(scripted_desk, authorisation)
    assert authorisation.state == "failed"


def held(request_id: int, amount: Money = FIFTY) -> Result:
    return Result(
        Outcome.APPROVED,
        amount,
        request_id,
        card=Card(TokenType.CARD, "12345678901234567890"),
        handle=Handle(request_id, "reference"),
        at=timezone.now(),
    )


@pytest.mark.parametrize("wrong", ["request_id", "amount", "currency", "time", "no_time", "handle"])
def test_recovery_does_not_believe_what_is_about_something_else(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, wrong: str
) -> None:
    clock = scripted_desk.clock

    def other(request_id: int, **_: object) -> Recovered:
        found = held(request_id)
        values = {field: getattr(found, field) for field in ("outcome", "amount", "request_id", "card", "handle", "at")}
        wrongs: dict[str, dict[str, Any]] = {
            "request_id": {"request_id": request_id + 1},
            "amount": {"amount": euros("50.01")},
            "currency": {"amount": Money("50.00", "GBP")},
            "time": {"at": clock.now.replace(year=clock.now.year - 1)},
            "no_time": {"at": None},
            "handle": {"handle": None},
        }
        return Recovered(Result(**values | wrongs[wrong]))

    scripted.script = [_lose, other, lambda request_id, **_: Recovered(held(request_id))]
    authorisation = scripted_desk.ask()
    scripted_desk.run(authorisation)
    assert recover(scripted_desk, authorisation).state == "unknown"
    assert authorisation.state == "in_doubt"
    assert recover(scripted_desk, authorisation).state == "answered"
    assert authorisation.state == "authorised"


@pytest.mark.parametrize("wrong", ["request_id", "amount", "handle", "crash"])
def test_an_answer_that_does_not_fit_its_question_is_no_answer(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, wrong: str
) -> None:
    def answer(request_id: int, **_: object) -> Result:
        if wrong == "crash":
            raise KeyError("a defect")
        if wrong == "handle":
            return Result(Outcome.APPROVED, FIFTY, request_id)
        return held(request_id + (wrong == "request_id"), euros("60.00") if wrong == "amount" else FIFTY)

    scripted.script = [answer]
    authorisation = scripted_desk.ask()
    operation = scripted_desk.run(authorisation)
    assert (operation.state, authorisation.state, authorisation.authorised_minor) == ("unknown", "in_doubt", 0)


def test_a_terminal_is_not_asked_about_the_past_while_it_serves_somebody(desk: CashDesk, simulator: Simulator) -> None:
    authorisation = lose_authorise(desk, simulator)
    Operation.objects.filter(pk=desk.ask().operations.get().pk).update(state="in_flight")
    assert recover(desk, authorisation).state == "unknown"
    assert Authorisation.objects.filter(state="in_doubt").count() == 1


def test_capabilities_are_not_asked_of_a_terminal_without_them(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    scripted.capabilities = frozenset(Capability) - {Capability.RECOVER}
    scripted.script = [_lose]
    authorisation = scripted_desk.ask()
    scripted_desk.run(authorisation)
    recover(scripted_desk, authorisation)
    assert scripted.verbs == ["authorise"]


def _lose(**_: object) -> Result:
    raise OutcomeUnknown("", reason="timeout")
