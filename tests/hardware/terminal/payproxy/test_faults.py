"""The words for every fault that the simulator knows, and what is PayProxy's own (the rest: tests/.../contract)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any
from uuid import uuid4

import pytest
from moneyed import Money

from hardware.terminal.interface import (
    Handle,
    NotSent,
    Outcome,
    OutcomeUnknown,
    PaymentTerminal,
    Readiness,
    Reason,
    TerminalError,
    Verb,
)
from hardware.terminal.payproxy.simulator.accidents import HttpKind
from hardware.terminal.simulator.faults import Kind
from tests.hardware.terminal.simulated import PATIENCE, Simulator
from tests.support.waiting import eventually

HOLD = Money("40.00", "EUR")

Case = tuple[str, dict[str, object], Any, str, str]

#: fault, more of the order, how the verb ends, its reason, whether the bank did the work
TABLE: list[Case] = [
    ("declined", {"reason": "stolen card"}, Outcome.DECLINED, "stolen card", "refused"),
    ("slow", {"seconds": 0.05}, Outcome.APPROVED, "", "done"),
    ("slow", {"seconds": 3}, OutcomeUnknown, "timeout", "done"),
    ("cut_before_complete", {}, OutcomeUnknown, "connection_lost", "nothing"),
    ("lost_before", {}, OutcomeUnknown, "connection_lost", "nothing"),
    ("lost_answer", {}, OutcomeUnknown, "connection_lost", "done"),
    ("answer_cut", {}, OutcomeUnknown, "connection_lost", "done"),
    ("answered_twice", {}, Outcome.APPROVED, "", "done"),
    ("other_request_id", {}, OutcomeUnknown, "other_request", "done"),
    ("garbled", {}, OutcomeUnknown, "garbled", "done"),
    ("error_500", {}, OutcomeUnknown, "http_500", "nothing"),
    ("error_500", {"after": True}, OutcomeUnknown, "http_500", "done"),
    ("busy", {}, NotSent, "busy", "nothing"),
    ("reprint_required", {}, NotSent, "reprint_required", "nothing"),
    ("logged_out", {}, NotSent, "logged_out", "nothing"),
    ("inoperable", {}, NotSent, "inoperable", "nothing"),
    ("crash", {"seconds": 0.05}, OutcomeUnknown, "connection_lost", "nothing"),
    ("crash", {"seconds": 0.05, "after": True}, OutcomeUnknown, "connection_lost", "done"),
    ("test_system", {}, OutcomeUnknown, "test_mode", "done"),
    ("connection_refused", {"seconds": 0.8}, NotSent, "refused", "nothing"),
]
AT_THE_READER: list[Case] = [
    ("approved_less", {"amount": 1500}, Outcome.APPROVED, "", "done"),
    ("cardholder_timeout", {}, Outcome.TIMED_OUT, "no card in time", "refused"),
    ("cancelled", {}, Outcome.ABORTED, "cancel key", "refused"),
]
VERBS = ("authorise", "capture", "release", "refund")


def impatient(reason: str) -> dict[str, object]:
    """A profile with short timeouts, for the one fault that is to run into them."""
    return {"read_timeouts": dict.fromkeys((*VERBS, "token"), 0.4)} if reason == "timeout" else {}


def label(value: object) -> str | None:
    return value.__name__ if isinstance(value, type) else None


def call(terminal: PaymentTerminal, verb: str, handle: Handle) -> Any:
    """Call a money verb as request 100."""
    half = Money("20.00", "EUR")
    key = uuid4()
    match verb:
        case "authorise":
            return terminal.authorise(request_id=100, key=key, amount=HOLD, language="en")
        case "capture":
            return terminal.capture(request_id=100, key=key, amount=half, handle=handle, reason=Reason.NORMAL_END)
        case "release":
            return terminal.release(request_id=100, key=key, currency="EUR", handle=handle, reason=Reason.NO_ENERGY)
        case _:
            return terminal.refund(request_id=100, key=key, amount=half, handle=handle)


def prepare(terminal: PaymentTerminal, simulator: Simulator, verb: str) -> Handle:
    """Bring the book to where ``verb`` makes sense."""
    if verb == "authorise":
        return Handle(0, "none")
    simulator.card()
    handle = terminal.authorise(request_id=1, key=uuid4(), amount=HOLD, language="en").handle
    assert handle is not None
    if verb == "refund":
        terminal.capture(request_id=2, key=uuid4(), amount=HOLD, handle=handle, reason=Reason.NORMAL_END)
    return handle


def line_of(simulator: Simulator, request_id: str) -> dict[str, Any] | None:
    eventually(simulator.is_up, what="the simulator is back")
    return next((each for each in simulator.book() if each["request_id"] == request_id), None)


@pytest.mark.parametrize(("fault", "more", "ending", "reason", "work"), TABLE + AT_THE_READER, ids=label)
def test_each_fault_ends_with_the_reason_of_the_table(
    simulator: Simulator,
    open_driver: Callable[..., PaymentTerminal],
    fault: str,
    more: dict[str, object],
    ending: Any,
    reason: str,
    work: str,
) -> None:
    verb, handle = "authorise", Handle(0, "none")
    terminal = open_driver(**impatient(reason))
    simulator.card()
    simulator.fault(verb, fault, **more)
    if isinstance(ending, Outcome):
        result = call(terminal, verb, handle)
        assert (result.outcome, result.reason) == (ending, reason)
    else:
        with pytest.raises(ending) as caught:
            call(terminal, verb, handle)
        assert caught.value.reason == reason
    line = line_of(simulator, "100")
    if work == "nothing":
        assert line is None
    else:
        assert line is not None
        assert line["kind"] == verb
        assert (line["outcome"] == "approved") == (work == "done")
    assert simulator.get("/sim/faults")["faults"] == [], "the fault happened, once"


def test_the_table_covers_every_fault_the_simulator_knows() -> None:
    assert {each[0] for each in TABLE + AT_THE_READER} == {*Kind, *HttpKind}


def test_a_repeated_request_is_an_unknown_outcome_and_not_carried_out_again(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    handle = prepare(terminal, simulator, "capture")
    call(terminal, "capture", handle)
    with pytest.raises(OutcomeUnknown) as caught:
        call(terminal, "capture", handle)
    assert caught.value.reason == "unknown_status"
    assert [each["repeats"] for each in simulator.book()] == [0, 1]


@pytest.mark.parametrize("fault", ["lost_answer", "garbled", "other_request_id", "error_500"])
def test_recovery_that_cannot_be_believed_is_no_answer(
    simulator: Simulator, terminal: PaymentTerminal, fault: str
) -> None:
    prepare(terminal, simulator, "capture")
    simulator.fault("recover", fault)
    with pytest.raises(TerminalError):
        terminal.recover(request_id=1, verb=Verb.AUTHORISE, amount=HOLD)
    assert terminal.recover(request_id=1, verb=Verb.AUTHORISE, amount=HOLD).result is not None


@pytest.mark.parametrize(("verb", "amount"), [(Verb.CAPTURE, "40.00"), (Verb.AUTHORISE, "39.99"), (Verb.RELEASE, "0")])
def test_recovery_does_not_accept_another_kind_or_amount(
    simulator: Simulator, terminal: PaymentTerminal, verb: Verb, amount: str
) -> None:
    prepare(terminal, simulator, "capture")
    with pytest.raises(OutcomeUnknown):
        terminal.recover(request_id=1, verb=verb, amount=Money(amount, "EUR"))


def test_a_crash_while_a_card_is_awaited_holds_nothing_and_the_book_survives(
    simulator: Simulator, terminal: PaymentTerminal, background: Callable[..., Future[Any]]
) -> None:
    prepare(terminal, simulator, "capture")
    held = background(call, terminal, "authorise", Handle(0, "none"))
    simulator.wait_for("card")
    simulator.fault("status", "crash", seconds=0.05)
    assert terminal.status().readiness is Readiness.UNREACHABLE
    with pytest.raises(OutcomeUnknown):
        held.result(PATIENCE)
    assert line_of(simulator, "100") is None
    assert line_of(simulator, "1") is not None
    assert terminal.status().readiness is Readiness.READY


@pytest.mark.parametrize(
    ("fault", "readiness", "detail"),
    [
        ("busy", Readiness.BUSY, "BUSY"),
        ("reprint_required", Readiness.ATTENTION, "REPRINT_TICKET"),
        ("logged_out", Readiness.ATTENTION, "LOGGED_OUT"),
        ("inoperable", Readiness.ATTENTION, "INOPERABLE"),
        ("garbled", Readiness.ATTENTION, "garbled"),
        ("error_500", Readiness.ATTENTION, "http_500"),
        ("lost_answer", Readiness.UNREACHABLE, "connection_lost"),
        ("connection_refused", Readiness.UNREACHABLE, "refused"),
    ],
)
def test_status_never_raises(
    simulator: Simulator, terminal: PaymentTerminal, fault: str, readiness: Readiness, detail: str
) -> None:
    simulator.fault("status", fault, **({"seconds": 0.8} if fault == "connection_refused" else {}))
    status = terminal.status()
    assert (status.readiness, status.detail) == (readiness, detail)


def test_a_fault_counts_down(simulator: Simulator, terminal: PaymentTerminal) -> None:
    simulator.fault("any", "busy", times=2)
    for request_id in (1, 2):
        with pytest.raises(NotSent):
            terminal.read_token(request_id=request_id, language="en")
    simulator.card()
    assert terminal.read_token(request_id=3, language="en").outcome is Outcome.APPROVED
