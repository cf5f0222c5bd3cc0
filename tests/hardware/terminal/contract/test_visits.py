"""What a visit needs of every terminal, whatever wire it speaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from moneyed import Money

from hardware.terminal.amounts import from_minor, to_minor
from hardware.terminal.interface import (
    REQUIRED_CAPABILITIES,
    Capability,
    Handle,
    NotSent,
    Outcome,
    Readiness,
    Reason,
    Result,
    TerminalError,
    Verb,
)
from hardware.terminal.registry import open_terminal
from hardware.terminal.simulator.cards import CARDS
from tests.hardware.terminal.contract.protocols import Place, Terminal
from tests.hardware.terminal.contract.rig import BACK, HOLD, TAKEN, Rig
from tests.hardware.terminal.simulated import PATIENCE, Simulator


def test_a_visit_holds_reads_the_same_card_captures_and_releases_the_rest(rig: Rig) -> None:
    held = rig.hold()
    assert (held.outcome, held.amount, held.request_id) == (Outcome.APPROVED, HOLD, rig.request_id)
    assert held.card is not None
    rig.simulator.card("visa-1")
    same = rig.terminal.read_token(request_id=1, language="en")
    rig.simulator.card("visa-2")
    other = rig.terminal.read_token(request_id=2, language="en")
    assert same.card is not None
    assert other.card is not None
    assert (same.card.token, same.card.token_type) == (held.card.token, held.card.token_type)
    assert other.card.token != held.card.token
    taken = rig.capture()
    assert (taken.outcome, taken.amount, taken.request_id) == (Outcome.APPROVED, TAKEN, rig.request_id)
    assert rig.moved() == [("authorise", 4000), ("capture", 1840)]
    (totals,) = rig.simulator.totals()
    assert (totals["held_minor"], totals["captured_minor"], totals["released_minor"]) == (0, 1840, 2160)


def test_a_hold_is_released_whole(rig: Rig) -> None:
    rig.hold()
    assert rig.release().outcome is Outcome.APPROVED
    assert rig.moved() == [("authorise", 4000), ("release", 4000)]


def test_what_was_captured_is_given_back_and_no_more(rig: Rig) -> None:
    if Capability.REFUND not in rig.terminal.capabilities:
        return
    rig.prepare(Verb.REFUND)
    back = rig.refund()
    assert (back.outcome, back.amount) == (Outcome.APPROVED, BACK)
    assert rig.refund(TAKEN - BACK + Money("0.01", "EUR")).outcome is Outcome.DECLINED
    assert rig.moved()[2:] == [("refund", 840)]


@pytest.mark.parametrize("card", ["declined-1", "expired-1"])
def test_a_declined_card_holds_nothing(rig: Rig, card: str) -> None:
    result = rig.hold(card=card)
    assert (result.outcome, result.amount, result.handle) == (Outcome.DECLINED, Money(0, "EUR"), None)
    assert rig.moved() == []


def test_a_partial_approval_says_what_is_held_and_that_can_be_captured(rig: Rig) -> None:
    result = rig.hold(card="partial-1")
    assert (result.outcome, result.amount) == (Outcome.APPROVED, Money("20.00", "EUR"))
    assert rig.capture(Money("20.00", "EUR")).outcome is Outcome.APPROVED


@pytest.mark.parametrize("how", ["cancel key", "abort"])
def test_a_wait_for_a_card_is_ended_at_the_terminal_or_by_the_kiosk(
    rig: Rig, background: Callable[..., Future[Result]], how: str
) -> None:
    held = background(rig.terminal.authorise, request_id=1, key=uuid4(), amount=HOLD, language="en")
    rig.simulator.wait_for("card")
    rig.terminal.abort() if how == "abort" else rig.simulator.post("/sim/cancel", {})
    assert held.result(PATIENCE).outcome is Outcome.ABORTED
    assert rig.moved() == []
    assert rig.hold().outcome is Outcome.APPROVED, "and the next driver is served"


def test_nobody_at_the_reader_is_a_timeout(place: Place, tmp_path: Path) -> None:
    impatient = Simulator(tmp_path / "impatient", place.wire, card_timeout=0.05)
    terminal = open_terminal(place.url(impatient), place.profile)
    try:
        held = terminal.authorise(request_id=1, key=uuid4(), amount=HOLD, language="en")
        read = terminal.read_token(request_id=2, language="en")
        assert (held.outcome, read.outcome) == (Outcome.TIMED_OUT, Outcome.TIMED_OUT)
    finally:
        terminal.close()
        impatient.stop()


def test_a_terminal_that_waits_for_a_card_is_busy_for_everybody_else(
    rig: Rig, background: Callable[..., Future[Result]]
) -> None:
    held = background(rig.terminal.authorise, request_id=1, key=uuid4(), amount=HOLD, language="en")
    rig.simulator.wait_for("card")
    other = rig.open_driver()
    with pytest.raises(NotSent):
        other.read_token(request_id=2, language="en")
    assert other.status().readiness is not Readiness.READY
    rig.simulator.card()
    assert held.result(PATIENCE).outcome is Outcome.APPROVED
    assert rig.terminal.status().readiness is Readiness.READY


def test_a_request_that_comes_twice_is_carried_out_once(rig: Rig) -> None:
    rig.hold()
    asked = {"request_id": 9, "key": uuid4(), "amount": TAKEN, "handle": rig.handle}
    for attempt in (1, 2):
        try:
            rig.terminal.capture(**asked, reason=Reason.NORMAL_END)  # type: ignore[arg-type]  # a mapping has one type
        except TerminalError:
            assert attempt == 2
    assert rig.moved() == [("authorise", 4000), ("capture", 1840)]


def test_the_bank_refuses_more_than_was_held_and_a_hold_it_does_not_know(rig: Rig) -> None:
    rig.hold()
    assert rig.capture(HOLD + Money("0.01", "EUR")).outcome is Outcome.DECLINED
    known, rig.handle = rig.handle, Handle(1, "SIMREF.unheard-of", "1", "99999999")
    with suppress(NotSent):  # a reference that a protocol cannot even write
        assert rig.capture().outcome is Outcome.DECLINED
    rig.handle = known
    assert rig.moved() == [("authorise", 4000)]


@pytest.mark.parametrize("which", ["smallest", "largest"])
def test_the_smallest_and_the_largest_amount_are_held_and_captured_to_the_cent(
    rig: Rig, protocol: Terminal, which: str
) -> None:
    amount = from_minor(1 if which == "smallest" else protocol.largest, "EUR")
    assert rig.hold(amount).amount == amount
    assert rig.capture(amount).amount == amount
    assert {minor for _, minor in rig.moved()} == {to_minor(amount)}


def test_currencies_without_decimals_and_with_three_are_exact(rig: Rig, protocol: Terminal) -> None:
    for currency in protocol.currencies:
        amount = from_minor(12_345, currency)
        assert rig.hold(amount).amount == amount
        assert rig.capture(from_minor(12_344, currency)).amount == from_minor(12_344, currency)
    assert [minor for _, minor in rig.moved()] == [12_345, 12_344] * len(protocol.currencies)


@pytest.mark.parametrize("amount", [Money("0.00", "EUR"), Money("-1.00", "EUR"), Money("1.005", "EUR")])
def test_an_amount_that_cannot_be_meant_is_not_sent(rig: Rig, amount: Money) -> None:
    with pytest.raises(NotSent):
        rig.terminal.authorise(request_id=1, key=uuid4(), amount=amount, language="en")
    assert rig.simulator.get("/sim/traffic")["exchanges"] == []


def test_a_kiosk_can_open_with_it_and_what_it_cannot_do_it_says(rig: Rig) -> None:
    assert rig.terminal.capabilities >= REQUIRED_CAPABILITIES
    rig.hold()
    asked: dict[Capability, Callable[[], object]] = {
        Capability.REFUND: rig.refund,
        Capability.RECOVER: lambda: rig.terminal.recover(request_id=1, verb=Verb.AUTHORISE, amount=HOLD),
        Capability.ABORT: rig.terminal.abort,
        Capability.END_OF_DAY: lambda: rig.terminal.end_of_day(request_id=2),
    }
    for capability, ask in asked.items():
        if capability not in rig.terminal.capabilities:
            with pytest.raises(NotSent) as caught:
                ask()
            assert caught.value.reason == "unsupported"


def test_a_verb_has_ended_after_the_longest_wait_at_the_latest(rig: Rig) -> None:
    assert 0 < rig.terminal.longest_wait < 3600


def test_neither_trace_nor_result_shows_what_identifies_a_card(rig: Rig) -> None:
    told: list[str] = []
    terminal = rig.open_driver(trace=told.append)
    shown: list[Any] = [rig.hold(terminal=terminal)]
    handle, card = rig.handle, CARDS["visa-1"]
    assert handle is not None
    shown += [rig.capture(terminal=terminal), rig.simulator.card()]
    shown.append(terminal.read_token(request_id=1, language="en"))
    assert told, "the dialogue is told"
    everything = "\n".join([*told, *map(repr, shown), repr(terminal)])
    for secret in (handle.reference, card.token, card.par):
        assert secret not in everything
    assert not re.search(r"\d{12}", everything)
