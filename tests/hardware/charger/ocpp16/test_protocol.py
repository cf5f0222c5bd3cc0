"""The protocol object, without a socket."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.charger.ocpp16.protocol import MAX_FRAME, Answered, Asked, Protocol, Refused, Unanswered
from hardware.charger.ocpp16.schemas import FROM_CHARGE_POINT

START = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": "2026-01-31T12:00:00Z"}


def central() -> Protocol:
    return Protocol(frozenset(FROM_CHARGE_POINT), answer_within_s=30)


def answer_to(frame: str | bytes) -> list[Any]:
    """The one frame that answers ``frame``, which must not be handed out."""
    protocol = central()
    assert protocol.receive(frame) == []
    (answer,) = protocol.frames(0)
    return list(json.loads(answer))


def test_a_call_is_handed_out_and_answered() -> None:
    protocol = central()
    (asked,) = protocol.receive('[2,"7","Heartbeat",{}]')
    assert asked == Asked("7", "Heartbeat", {})
    protocol.answer(asked, {"currentTime": "2026-01-31T12:00:00Z"})
    assert protocol.frames(0) == ['[3,"7",{"currentTime":"2026-01-31T12:00:00Z"}]']
    assert protocol.frames(0) == []


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "hello",
        "{}",
        "[]",
        "[2]",
        '[9,"1",{}]',
        '[2,7,"Heartbeat",{}]',
        '[2,"","Heartbeat",{}]',
        "null",
        "[" * 100_000,
        f'[2,"1","Heartbeat",{{}},{"9" * 5000}]',
        b"\x00\xff",
        "x" * (MAX_FRAME + 1),
        '[2,"' + "1" * 300 + '","Heartbeat",{}]',
    ],
)
def test_what_cannot_be_read_is_answered_without_an_id(frame: str | bytes) -> None:
    assert answer_to(frame)[:3] == [4, "-1", "FormationViolation"]


@pytest.mark.parametrize("frame", ['[2,"7","Heartbeat"]', '[2,"7"]', '[2,"7","Heartbeat",[]]', '[2,"7",{},{}]'])
def test_a_call_of_the_wrong_shape_is_answered_under_its_id(frame: str) -> None:
    assert answer_to(frame)[:3] == [4, "7", "FormationViolation"]


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("Dance", {}, "NotImplemented"),
        ("../../v201/schemas/Heartbeat", {}, "NotImplemented"),
        ("RemoteStopTransaction", {"transactionId": 1}, "NotSupported"),
        ("StartTransaction", START | {"meterStart": "0"}, "TypeConstraintViolation"),
        ("StartTransaction", START | {"meterStart": 1.5}, "TypeConstraintViolation"),
        ("StartTransaction", {"connectorId": 1}, "OccurenceConstraintViolation"),
        ("StartTransaction", START | {"idTag": "X" * 21}, "PropertyConstraintViolation"),
        ("StartTransaction", START | {"colour": "red"}, "FormationViolation"),
        (
            "StatusNotification",
            {"connectorId": 1, "errorCode": "NoError", "status": "Fine"},
            "PropertyConstraintViolation",
        ),
    ],
)
def test_a_payload_that_breaks_its_schema_gets_the_code_that_fits(action: str, payload: object, code: str) -> None:
    assert answer_to(json.dumps([2, "7", action, payload]))[:3] == [4, "7", code]


def test_an_error_never_repeats_the_value_that_was_wrong() -> None:
    assert "SECRETSECRET" not in json.dumps(answer_to(json.dumps([2, "7", "Authorize", {"idTag": "SECRETSECRET" * 9}])))


@settings(deadline=None)  # a machine under load is no failure
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=20), st.lists, max_leaves=8))
def test_whatever_json_comes_it_is_answered_or_ignored_and_never_raises(value: object) -> None:
    protocol = central()
    events = protocol.receive(json.dumps(value))
    assert all(isinstance(event, Asked) for event in events)
    assert len(events) + len(protocol.frames(0)) <= 1


def test_only_one_call_of_ours_is_outstanding() -> None:
    protocol = central()
    protocol.call("a", "Reset", {"type": "Soft"})
    protocol.call("b", "Reset", {"type": "Hard"})
    assert protocol.frames(0) == ['[2,"a","Reset",{"type":"Soft"}]']
    assert protocol.frames(1) == []
    assert protocol.receive('[3,"a",{"status":"Accepted"}]') == [Answered("a", "Reset", {"status": "Accepted"})]
    assert protocol.frames(2) == ['[2,"b","Reset",{"type":"Hard"}]']
    assert not protocol.idle


def test_an_error_or_a_strange_answer_refuses_our_call() -> None:
    protocol = central()
    for message_id, frame, code in [
        ("a", '[4,"a","NotSupported","no",{}]', "NotSupported"),
        ("b", '[3,"b",{"status":"Perhaps"}]', "PropertyConstraintViolation"),
        ("c", '[3,"c",[]]', "FormationViolation"),
    ]:
        protocol.call(message_id, "Reset", {"type": "Soft"})
        protocol.frames(0)
        (event,) = protocol.receive(frame)
        assert isinstance(event, Refused)
        assert (event.id, event.code) == (message_id, code)


def test_an_answer_that_does_not_come_is_given_up_and_ignored_when_it_is_late() -> None:
    protocol = central()
    protocol.call("a", "Reset", {"type": "Soft"})
    protocol.frames(100)
    assert protocol.deadline == 130
    assert protocol.expire(129.9) == []
    assert protocol.expire(130) == [Unanswered("a", "Reset")]
    assert protocol.receive('[3,"a",{"status":"Accepted"}]') == []
    assert protocol.receive('[4,"-1","GenericError","",{}]') == []
    assert protocol.frames(131) == []
