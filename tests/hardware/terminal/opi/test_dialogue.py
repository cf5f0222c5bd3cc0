"""The protocol without sockets: time is handed in, bytes go in and come out."""

from __future__ import annotations

import pytest

from hardware.terminal.opi import device
from hardware.terminal.opi.device import DeviceRequest, DeviceResponse, Input, Output
from hardware.terminal.opi.dialogue import Dialogue, Limits
from hardware.terminal.opi.errors import OpiError
from hardware.terminal.opi.framing import Frames, frame
from hardware.terminal.opi.messages import Request, Response, write_response
from hardware.terminal.opi.profile import Profile
from hardware.terminal.opi.words import Kind

PROFILE = Profile()
REQUEST = Request(Kind.CARD, "CardPreAuthorisation", "12", "KIOSK7")
ANSWER = frame(write_response(Response(Kind.CARD, "CardPreAuthorisation", "12", "KIOSK7", "Success"), PROFILE.mapping))


@pytest.fixture
def dialogue() -> Dialogue:
    begun = Dialogue(REQUEST, PROFILE, Limits(idle=90, hard=300), now=995.0)
    begun.wrote(1000.0)
    return begun


def ask(
    dialogue: Dialogue, *outputs: Output, request_id: str = "12.1", now: float = 1001.0, **more: object
) -> DeviceResponse:
    request = DeviceRequest("Output", request_id, "KIOSK7", outputs, **more)  # type: ignore[arg-type]
    answered = dialogue.link().heard(frame(device.write_device_request(request)), now)
    (body,) = Frames().feed(answered)
    return device.read_device_response(body)


def test_silence_ends_it_after_the_idle_time(dialogue: Dialogue) -> None:
    assert dialogue.deadline == 1090
    dialogue.tick(1089.9)
    assert not dialogue.over
    dialogue.tick(1090)
    assert (dialogue.over, dialogue.failure) == (True, "timeout")


def test_the_terminals_words_put_the_end_off_but_not_for_ever(dialogue: Dialogue) -> None:
    ask(dialogue, Output("CustomerDisplay"), now=1080)
    assert dialogue.deadline == 1170
    dialogue.heard(ANSWER[:10], 1160)
    assert dialogue.deadline == 1250
    ask(dialogue, Output("CustomerDisplay"), now=1249)
    assert dialogue.deadline == 1300


def test_nonsense_does_not_put_the_end_off(dialogue: Dialogue) -> None:
    with pytest.raises(OpiError):
        dialogue.link().heard(frame(b"<Nonsense/>"), 1080)
    assert dialogue.deadline == 1090


def test_what_comes_after_the_end_changes_nothing(dialogue: Dialogue) -> None:
    dialogue.tick(1090)
    dialogue.heard(ANSWER, 1091)
    dialogue.ended()
    assert (dialogue.answer, dialogue.failure) == (None, "timeout")


def test_a_channel_that_closes_after_the_answer_lost_nothing(dialogue: Dialogue) -> None:
    dialogue.heard(ANSWER, 1001)
    dialogue.ended()
    dialogue.tick(2000)
    assert dialogue.answer is not None
    assert dialogue.failure == ""


def test_merged_device_requests_are_answered_one_by_one(dialogue: Dialogue) -> None:
    requests = [DeviceRequest("Output", f"12.{n}", "KIOSK7", (Output("Printer", (f"line {n}",)),)) for n in (1, 2)]
    merged = b"".join(frame(device.write_device_request(each)) for each in requests)
    link = dialogue.link()
    assert link.heard(merged[:50], 1001) == b""
    answers = [device.read_device_response(each) for each in Frames().feed(link.heard(merged[50:], 1002))]
    assert [each.request_id for each in answers] == ["12.1", "12.2"]
    assert dialogue.desk.receipts.customer == ("line 1", "line 2")


def test_a_device_request_that_comes_twice_is_answered_twice_and_kept_once(dialogue: Dialogue) -> None:
    for _ in range(2):
        assert ask(dialogue, Output("Printer", ("RECEIPT",))).result == "Success"
    assert dialogue.desk.receipts.customer == ("RECEIPT",)
    assert dialogue.desk.sequence == "1"


def test_what_belongs_to_another_request_is_turned_away(dialogue: Dialogue) -> None:
    answer = ask(
        dialogue,
        Output("Printer", ("OLD",)),
        Output("DeliveryBox"),
        request_id="11.7",
        inputs=(Input("CashierKeyboard", "GetConfirmation"),),
    )
    assert {each.result for each in answer.outputs + answer.inputs} == {answer.result} == {"DeviceUnavailable"}
    assert dialogue.desk.receipts.customer == ()
    assert not dialogue.desk.took_receipt


def test_an_id_without_a_sequence_is_taken_for_ours(dialogue: Dialogue) -> None:
    assert ask(dialogue, Output("Printer", ("RECEIPT",)), request_id="77").result == "Success"
    assert dialogue.desk.receipts.customer == ("RECEIPT",)


@pytest.mark.parametrize(
    ("output", "result"),
    [
        (Output("CashierDisplay"), "Success"),
        (Output("CustomerDisplay"), "Success"),
        (Output("Printer"), "Success"),
        (Output("JournalPrinter"), "Success"),
        (Output("E-Journal"), "Success"),
        (Output("DeliveryBox"), "Success"),
        (Output("CoffeeMachine"), "DeviceUnavailable"),
    ],
)
def test_each_device_answers_for_itself(dialogue: Dialogue, output: Output, result: str) -> None:
    answer = ask(dialogue, output)
    assert (answer.result, answer.outputs[0].target, answer.outputs[0].result) == (result, output.target, result)


def test_one_device_that_is_missing_fails_the_whole_but_not_the_others(dialogue: Dialogue) -> None:
    answer = ask(dialogue, Output("Printer"), Output("CoffeeMachine"))
    assert (answer.result, [each.result for each in answer.outputs]) == ("Failure", ["Success", "DeviceUnavailable"])


def test_a_question_is_answered_no_and_any_other_input_is_not_there(dialogue: Dialogue) -> None:
    asked = (Input("CashierKeyboard", "GetConfirmation"), Input("CashierKeyboard", "GetDecimals"))
    yes_no, other = ask(dialogue, inputs=asked).inputs
    assert (yes_no.result, yes_no.confirmed) == ("Success", False)
    assert (other.result, other.confirmed) == ("DeviceUnavailable", None)


def test_the_screen_shows_what_came_last_without_card_digits(dialogue: Dialogue) -> None:
    ask(dialogue, Output("CustomerDisplay", ("Present card",)))
    ask(dialogue, Output("CashierDisplay", (" Card ", "4111111111111111")), request_id="12.2")
    assert dialogue.desk.screen == "Card ****1111"


def test_receipts_have_an_end(dialogue: Dialogue) -> None:
    for number in range(4):
        ask(dialogue, Output("Printer", ("line",) * 900), request_id=f"12.{number}")
    assert len(dialogue.desk.receipts.customer) == 1000
