"""The same request again, to learn the answer to the first: never another request, and never a doubt turned into a no."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from uuid import UUID, uuid4

import pytest
from moneyed import Money

from hardware.terminal.ccv import bodies
from hardware.terminal.ccv.conversation import Conversation
from hardware.terminal.ccv.record import read_profile
from hardware.terminal.ccv.transactions import Transaction
from hardware.terminal.http import Answer
from hardware.terminal.interface import Handle, NotSent, Outcome, OutcomeUnknown, PaymentTerminal, Reason
from hardware.terminal.registry import open_terminal
from tests.hardware.terminal.ccv.cloud import REPEATING, url
from tests.hardware.terminal.simulated import Simulator

FORTY, TAKEN = Money("40.00", "EUR"), Money("18.40", "EUR")
DONE = Answer(200, b'{"reference": "TL1", "status": "success", "type": "capture"}')
NOT_VALID = Answer(400, b'{"type": "process_error", "message": "no", "failureCode": "rejected"}')


@pytest.fixture
def terminal(simulator: Simulator) -> Iterator[PaymentTerminal]:
    opened = open_terminal(url(simulator), REPEATING)
    yield opened
    opened.close()


_ids = count(1)


def held(terminal: PaymentTerminal, simulator: Simulator) -> Handle:
    simulator.card()
    found = terminal.authorise(request_id=next(_ids), key=uuid4(), amount=FORTY, language="en").handle
    assert found is not None
    return found


@pytest.mark.parametrize("fault", ["lost_before", "lost_answer", "garbled", "answer_cut", "error_500"])
def test_a_capture_whose_answer_is_lost_is_done_once_and_known(
    terminal: PaymentTerminal, simulator: Simulator, fault: str
) -> None:
    handle = held(terminal, simulator)
    before = len(simulator.book())
    simulator.fault("capture", fault)
    number = next(_ids)
    taken = terminal.capture(request_id=number, key=uuid4(), amount=TAKEN, handle=handle, reason=Reason.NORMAL_END)
    assert (taken.outcome, taken.amount) == (Outcome.APPROVED, TAKEN)
    assert [(each["kind"], each["request_id"]) for each in simulator.book()[before:]] == [("capture", str(number))]


def test_an_authorisation_whose_answer_is_lost_asks_for_one_card_only(
    terminal: PaymentTerminal, simulator: Simulator
) -> None:
    before = len(simulator.book())
    simulator.card()
    simulator.fault("authorise", "lost_answer", times=2)
    result = terminal.authorise(request_id=next(_ids), key=uuid4(), amount=FORTY, language="en")
    assert result.outcome is Outcome.APPROVED
    assert [each["repeats"] for each in simulator.book()[before:]] == [2]


def test_too_many_requests_are_waited_out_and_then_were_not_sent(
    terminal: PaymentTerminal, simulator: Simulator
) -> None:
    handle = held(terminal, simulator)
    asked = {"request_id": next(_ids), "key": uuid4(), "amount": TAKEN, "handle": handle, "reason": Reason.NORMAL_END}
    simulator.fault("capture", "too_many", times=4)
    with pytest.raises(NotSent) as caught:
        terminal.capture(**asked)  # type: ignore[arg-type]  # a mapping has one type
    assert caught.value.reason == "throttled"
    simulator.fault("capture", "too_many", times=3)
    assert terminal.capture(**asked).outcome is Outcome.APPROVED  # type: ignore[arg-type]


def lost() -> OutcomeUnknown:
    return OutcomeUnknown("lost", reason="connection_lost")


def away() -> NotSent:
    return NotSent("away", reason="refused")


class Wire:
    """Answers one after the other, and keeps what it was sent."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self._answers = list(answers)
        self.sent: list[tuple[bytes, UUID | None]] = []

    def post(self, path: str, body: bytes, key: UUID | None = None) -> Answer:
        self.sent.append((body, key))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


KEY = UUID(int=1)


def ask(wire: Wire, key: UUID | None = KEY) -> object:
    conversation = Conversation(wire, read_profile({**REPEATING, "repeat_pauses": [0, 0]}))  # type: ignore[arg-type]
    return conversation.carry_out("/capture", b"{}", key, 1.0)


@pytest.mark.parametrize("later", [away, lambda: Answer(429, b""), lambda: Answer(401, b""), lambda: NOT_VALID, lost])
def test_once_it_may_have_arrived_no_later_refusal_makes_it_not_sent(later: Callable[[], Answer | Exception]) -> None:
    wire = Wire(lost(), *(later() for _ in range(6)))
    with pytest.raises(OutcomeUnknown) as caught:
        ask(wire)
    assert caught.value.reason == "connection_lost"
    assert len(set(wire.sent)) == 1, "always the same bytes and the same key"


def test_a_transaction_is_an_answer_however_late() -> None:
    assert isinstance(ask(Wire(lost(), Answer(503, b""), DONE)), Transaction)


def test_what_was_provably_not_sent_is_not_repeated() -> None:
    wire = Wire(away())
    with pytest.raises(NotSent):
        ask(wire)
    assert len(wire.sent) == 1


def test_without_a_key_nothing_is_repeated() -> None:
    wire = Wire(lost())
    with pytest.raises(OutcomeUnknown):
        ask(wire, None)
    assert len(wire.sent) == 1


def test_the_same_question_is_always_the_same_bytes() -> None:
    profile = read_profile({**REPEATING, "webhook_url": "https://kiosk.example/hooks/terminals/1/"})
    asked = [bodies.payment_request(profile, "12345678", 7, amount=FORTY, language="nl") for _ in range(2)]
    settled = [bodies.settle_request(profile, "12345678", 8, reference="TL1", amount=TAKEN) for _ in range(2)]
    assert len(set(asked)) == len(set(settled)) == 1
    assert b'"amount": 40.00, "currency": "eur"' in asked[0]
    assert b'"webhookUrl": "https://kiosk.example/hooks/terminals/1/?request=7"' in asked[0]
    assert b'"description": "12345678-R8"' in settled[0]
