"""No card number, token or reference in any log line, row, wake-up or exception, wherever a terminal says it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardware.models import Terminal
from hardware.terminal.interface import Card, Handle, Outcome, Receipts, Result, TokenResult, TokenType
from hardware.terminal.payproxy.transport import Transport
from payments import tokens
from payments.discretion import discreet
from payments.recovery import recover
from payments.sweep import sweep
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import FIFTY, CashDesk
from tests.payments.clock import Clock
from tests.payments.scripted import ScriptedTerminal
from tests.support.planted import everything_logged, everything_said, pans, queued, require_untold, stored

PAN, TOKEN, REFERENCE = "4111 1111 1111 1111", "67012345678901234567", "AUTHREF-5f1d9c-SECRET"
PAR, UID = "V0010013020000000000000000000", "04A1B2C3D4E5F6"
SECRETS = {"PAN": PAN, "token": TOKEN, "reference": REFERENCE, "PAR": PAR, "UID": UID}

Step = Callable[..., Any]


def talkative(outcome: Outcome, pan: str, reference: str) -> Step:
    """An answer that says everything it should not, wherever a text can stand."""
    told = f"host says {pan} / {TOKEN} / {reference} / {PAR}"

    def answer(request_id: int, **asked: Any) -> Result:
        return Result(
            outcome=outcome,
            amount=asked.get("amount", 0 * FIFTY) if outcome is Outcome.APPROVED else 0 * FIFTY,
            request_id=request_id,
            reason=told,
            card=Card(TokenType.CARD, TOKEN, par=PAR, brand=f"VISA {pan}", last_four=pan[-4:]),
            handle=Handle(request_id, reference, stan=pan),
            stan=f"1 {pan}"[:25],
            receipts=Receipts(customer=(told, f"CARD {pan}"), merchant=(told,), journal=(told,)),
        )

    return answer


def failing(pan: str, reference: str) -> Step:
    def answer(**asked: Any) -> Result:
        raise RuntimeError(f"could not parse {pan} {TOKEN} {reference} {PAR}")

    return answer


def a_visit(desk: CashDesk, terminal: ScriptedTerminal, step: Step, approve: Step, fail: Step) -> None:
    """A hold, a capture, a refund and recovery, as far as they go, and every answer says too much."""
    terminal.script = [approve, step, step, *[fail] * 4]
    authorisation = desk.ask()
    desk.run(authorisation)
    desk.capture(authorisation, FIFTY)
    desk.run(authorisation)
    if authorisation.state == "captured":
        desk.run(desk.refund(authorisation, FIFTY))
    desk.clock.forward(seconds=60)
    for operation in authorisation.operations.all():
        recover(operation.pk, desk.clock)
    sweep(desk.clock())


@given(pan=pans(), reference=st.from_regex(r"[A-Za-z0-9_.-]{12,40}", fullmatch=True), data=st.data())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.django_db(transaction=True)
def test_nothing_that_a_terminal_says_in_confidence_is_written_logged_or_sent(
    scripted: ScriptedTerminal, clock: Clock, valkey: redis.Redis, pan: str, reference: str, data: st.DataObject
) -> None:
    valkey.flushdb()
    approve, fail = talkative(Outcome.APPROVED, pan, reference), failing(pan, reference)
    step = data.draw(st.sampled_from([approve, talkative(Outcome.DECLINED, pan, reference), fail]))
    terminal = Terminal.objects.create(name=str(uuid4()), url=f"scripted://{uuid4()}", state="ready")
    with everything_logged() as logged, everything_said(valkey) as said:
        a_visit(CashDesk(terminal, clock), scripted, step, approve, fail)
    places = {"database": stored(), "log": logged.getvalue(), "queue": queued(valkey), "channel": " ".join(said)}
    require_untold(places, {"PAN": pan, "token": TOKEN, "reference": reference, "PAR": PAR})
    assert "payments.capture" in places["queue"]
    assert "answered" in places["log"]


def fields_of(body: bytes) -> Iterator[str]:
    yield from (name for name, value in json.loads(body).items() if isinstance(value, str))


@pytest.mark.django_db
def test_whichever_field_of_the_wire_holds_a_card_number_it_stays_there(
    simulator: Simulator, desk: CashDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real driver and simulator, and on their way every text of the terminal, one after the other, says too much."""
    send, met, turn = Transport.post, dict[str, None](), 0

    def plant(self: Transport, path: str, body: bytes, *, read_timeout: float) -> bytes:
        answer = send(self, path, body, read_timeout=read_timeout)
        met.update(dict.fromkeys(fields_of(answer)))
        fields = json.loads(answer)
        if (name := list(met)[turn % len(met)]) in fields:
            fields[name] = f"{fields[name]} {PAN} / {TOKEN}"
        return json.dumps(fields).encode()

    monkeypatch.setattr(Transport, "post", plant)
    with everything_logged() as logged:
        while turn <= len(met):
            number = 1000 * (turn + 1)
            desk.terminal = Terminal.objects.create(
                name=f"IM30 {turn}",
                url=desk.terminal.url,
                profile=desk.terminal.profile,
                state="ready",
                last_request_id=number,
            )
            authorisation = desk.ask()
            simulator.card("visa-1")
            desk.run(authorisation)
            if authorisation.state == "authorised":
                desk.capture(authorisation)
                desk.run(authorisation)
            turn += 1
    assert {"status", "stan", "customerReceipt", "token"} <= set(met)
    require_untold({"database": stored(), "log": logged.getvalue()}, {"PAN": PAN, "token": TOKEN})


def test_a_receipt_that_prints_the_token_of_a_card_or_the_reference_of_a_hold_is_kept_without_them() -> None:
    told = f"UID {UID} REF {REFERENCE} PAR {PAR}"
    card = Card(TokenType.UID, UID, par=PAR)
    receipts = Receipts((told,), (told,), (told,))
    result = Result(Outcome.APPROVED, FIFTY, 7, reason=told, card=card, stan=UID, receipts=receipts)
    said = discreet(result, Handle(7, REFERENCE))
    assert (said.reason, said.stan) == ("UID **** REF **** PAR ****", "****")
    assert said.receipts == Receipts((said.reason,), (said.reason,), (said.reason,))
    assert (said.card, said.amount, said.request_id) == (card, FIFTY, 7)
    own = discreet(Result(Outcome.APPROVED, FIFTY, 7, reason=told, handle=Handle(7, REFERENCE)))
    assert REFERENCE not in own.reason
    assert discreet(TokenResult(Outcome.DECLINED, 7, card, reason=f"{UID} {PAN}")).reason == "**** ****1111"


@pytest.mark.parametrize("reference", ["67012345-SECRET", "A-67012345-SECRET", "Z-67012345"])
def test_a_secret_within_a_secret_uncovers_nothing_of_it(reference: str) -> None:
    card = Card(TokenType.CARD, "67012345", par="012345-SEC")
    result = Result(Outcome.DECLINED, 0 * FIFTY, 7, reason=f"{reference} and 67012345", card=card)
    assert discreet(result, Handle(7, reference)).reason == "**** and ****"


def test_a_short_token_does_not_tear_holes_into_words() -> None:
    result = Result(Outcome.APPROVED, FIFTY, 7, reason="VISA debit", card=Card(TokenType.CARD, "debit", par=""))
    assert discreet(result).reason == "VISA debit"


@pytest.mark.django_db
def test_a_card_that_is_read_to_stop_leaves_nothing_behind(scripted_desk: CashDesk, scripted: ScriptedTerminal) -> None:
    operation = tokens.read_token(terminal=scripted_desk.terminal, language="en", now=scripted_desk.clock())
    card = Card(TokenType.UID, UID, par=PAR, brand=PAN)
    scripted.script = [lambda request_id, **_: TokenResult(Outcome.APPROVED, request_id, card, f"read {UID} {PAN}")]
    with everything_logged() as logged:
        scripted_desk.run(operation)
    assert operation.card is not None
    require_untold({"database": stored(), "log": logged.getvalue()}, SECRETS)
