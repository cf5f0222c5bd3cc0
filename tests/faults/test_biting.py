"""The simulator finds what it is there to find: the product is broken on purpose, and the history fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from faults.dialects import DIALECTS
from faults.parts import Chore, Part
from faults.shrinking import shrink
from faults.simulation import Result, Simulation
from hardware.terminal.interface import NotSent, OutcomeUnknown
from hardware.terminal.payproxy import verdict
from kiosk import tasks as kiosk_tasks
from payments import authorisations, belief, execution, refunds
from payments.models import Authorisation
from payments.money import to_minor
from tests.faults.conftest import VISIT, lose, plan

History = Callable[..., Result]


def test_an_honest_product_passes(history: History) -> None:
    result = history(VISIT, lose("lost_answer", "capture"), Chore(1500.0, "refund_by_two"))
    assert not result.verdict.failed, result.verdict
    assert result.struck["lost_answer"] == 1
    assert result.visited["money: in_doubt + found_captured"] == 1


@pytest.mark.parametrize("terminal", [wire for wire, dialect in DIALECTS.items() if not dialect.repeats])
def test_asking_again_is_found_on_every_wire_that_takes_two_requests_for_two(
    simulation: Simulation, terminal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ask_again(monkeypatch)
    assert simulation.run(plan(VISIT, lose("lost_answer", "capture"), terminal=terminal)).verdict.wrong


def test_believing_the_answer_to_another_request_is_found(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "_is_ours", lambda echo, request_id: True)
    monkeypatch.setattr(verdict, "_believable_amount", lambda verb, asked, answer: asked)
    monkeypatch.setattr(belief, "_doubt", lambda operation, answer: "")
    assert history(VISIT, lose("answer_of_another", "capture")).verdict.lost_cents


def test_a_capture_that_is_not_written_down_is_found(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    real = authorisations.advance

    def forgetful(*given: Any, **fields: Any) -> bool:
        return real(*given, **fields | ({"captured_minor": 1} if fields.get("captured_minor") else {}))

    monkeypatch.setattr(authorisations, "advance", forgetful)
    assert history(VISIT).verdict.doubled_cents


def test_two_refunds_at_once_are_found(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    def reserve(authorisation: Authorisation, amount: Any, quoted: Any) -> bool:
        row = Authorisation.objects.filter(pk=authorisation.pk)
        return bool(row.update(refunded_minor=F("refunded_minor") + to_minor(amount)))

    monkeypatch.setattr(refunds, "_reserve", reserve)
    monkeypatch.setattr(refunds, "_require_refundable", lambda authorisation, amount, quoted: None)
    assert history(VISIT, Chore(1500.0, "refund_all"), Chore(1600.0, "refund_too_much")).verdict.failed


def test_a_sweep_that_never_comes_is_found(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kiosk_tasks, "sweep", lambda now: 0)
    assert history(replace(VISIT, plugs="never")).verdict.stuck


def test_a_transaction_that_is_open_while_a_terminal_is_asked_is_found(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "_ask", transaction.atomic(execution._ask))
    assert history(VISIT).verdict.failed


def test_a_failing_history_is_shrunk_to_what_it_fails_of(
    simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ask_again(monkeypatch)
    beside: list[Part] = [
        Chore(30.0, "settings"),
        Chore(40.0, "tariff"),
        lose("slow", "status"),
        lose("busy", "refund"),
    ]
    result, left = shrink(simulation, plan(*beside, VISIT, lose("lost_answer", "capture")))
    assert result.verdict.failed
    assert left == [VISIT, lose("lost_answer", "capture")]


def _ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break the product: what was sent and not answered counts as not sent, the first time."""
    real = execution._ask

    def careless(operation: Any, clock: Any) -> Any:
        answer = real(operation, clock)
        return NotSent(str(answer)) if isinstance(answer, OutcomeUnknown) and operation.tries == 1 else answer

    monkeypatch.setattr(execution, "_ask", careless)
