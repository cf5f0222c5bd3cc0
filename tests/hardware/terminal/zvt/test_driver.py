"""The verbs over real sockets and a real pseudo-terminal, as the terminal hears and answers them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from moneyed import Money

from hardware.terminal.interface import Capability, NotSent, Outcome, OutcomeUnknown, Readiness, TokenType
from hardware.terminal.zvt.message import decode
from hardware.terminal.zvt.tlv import Tlv
from tests.hardware.terminal.zvt.driving import (
    HOLD,
    ID,
    TOKEN,
    Talking,
    authorise,
    capture,
    full,
    refund,
    release,
    talks,
    told,
)
from tests.hardware.terminal.zvt.peer import ACK, DONE, NOTHING_PENDING, OK, PATIENCE, READY, REGISTERED
from tests.support.waiting import eventually

REFUSED_PENDING = (OK, "06 1E 04 B8 87 02 31")


@pytest.fixture
def talking() -> Iterator[Talking]:
    yield from talks()


@pytest.mark.parametrize("serial", [False, True], ids=["tcp", "serial"])
def test_an_authorisation_brings_hold_token_and_handle(talking: Talking, serial: bool) -> None:
    lines: list[str] = []
    terminal, peer = talking({"06 22": [full("04 FF 01 0A", told())]}, serial=serial, trace=lines.append)
    result = authorise(terminal)
    assert (result.outcome, result.amount, result.request_id) == (Outcome.APPROVED, HOLD, ID)
    assert result.card is not None
    assert result.handle is not None
    assert (result.card.token_type, result.card.token) == (TokenType.CARD, TOKEN.hex().upper())
    assert (result.card.brand, result.card.last_four, result.stan) == ("VISA", "4771", "000042")
    asked = decode(bytes.fromhex(peer.heard[-1]))
    assert (asked.amount(), asked.digits(0x49)) == (4000, "0978")
    assert asked.object_value(0xE9, 0x1F63) == str(ID).encode()
    assert peer.acknowledged[-3:] == [ACK] * 3
    everything = "\n".join([*lines, repr(result), repr(terminal)])
    assert result.card.token not in everything
    assert result.handle.reference not in everything


def test_a_smaller_grant_is_an_approval_for_less_and_the_rest_of_that_is_given_back(talking: Talking) -> None:
    script = {"06 22": [full(told(amount=2000))], "06 23": [full(told(amount=1840, original="000042"))]}
    terminal, peer = talking(script)
    held = authorise(terminal)
    assert held.amount == Money("20.00", "EUR")
    assert held.handle is not None
    assert capture(terminal, handle=held.handle).amount == Money("18.40", "EUR")
    assert decode(bytes.fromhex(peer.heard[-1])).amount() == 160


@pytest.mark.parametrize(
    ("record", "command", "amount", "answered"),
    [
        ({}, "06 23", 2160, 1840),
        ({"reported": "released"}, "06 23", 2160, 2160),
        ({"booking": "book_total"}, "06 24", 1840, 1840),
    ],
)
def test_a_capture_is_said_as_the_terminal_wants_it(
    talking: Talking, record: dict[str, object], command: str, amount: int, answered: int
) -> None:
    terminal, peer = talking({command: [full(told(amount=answered, original="000042"))]}, record=record)
    assert capture(terminal).amount == Money("18.40", "EUR")
    asked = decode(bytes.fromhex(peer.heard[-1]))
    assert (peer.commands, asked.amount(), asked.digits(0x87)) == ([command], amount, "0231")
    assert (asked.digits(0x0B), asked.value(0x3B)) == ("000042", b"A1B2C3\0\0")


def test_more_than_is_held_is_refused_before_anything_is_sent(talking: Talking) -> None:
    terminal, peer = talking({})
    assert capture(terminal, Money("40.01", "EUR")).outcome is Outcome.DECLINED
    assert capture(terminal, Money("1.00", "USD")).outcome is Outcome.DECLINED
    assert peer.heard == []


def test_a_release_gives_everything_back(talking: Talking) -> None:
    terminal, peer = talking({"06 25": [full(told(amount=4000)), full(told(amount=None)), full(told(amount=17))]})
    assert release(terminal).amount == release(terminal).amount == Money(0, "EUR")
    with pytest.raises(OutcomeUnknown, match="approved"):
        release(terminal)
    assert peer.commands == ["06 25"] * 3


def test_a_terminal_without_06_25_gives_everything_back_by_06_23(talking: Talking) -> None:
    terminal, peer = talking({"06 25": [("84 83 00",)], "06 23": [full(told(amount=0))]})
    assert release(terminal).outcome is Outcome.APPROVED
    assert peer.commands == ["06 25", "06 23"]
    assert decode(bytes.fromhex(peer.heard[-1])).amount() == 4000


def test_a_refund_is_one_only_where_the_record_says_so(talking: Talking) -> None:
    terminal, _ = talking({"06 31": [full(told(amount=1840))]}, record={"refund": True})
    assert refund(terminal).amount == Money("18.40", "EUR")
    terminal, _ = talking({})
    with pytest.raises(NotSent) as caught:
        refund(terminal)
    assert caught.value.reason == "unsupported"


@pytest.mark.parametrize("serial", [False, True], ids=["tcp", "serial"])
def test_an_abort_reaches_the_command_under_way_and_the_screen_can_be_read(talking: Talking, serial: bool) -> None:
    says = (OK, "04 FF 01 0A", "abort?", OK, "06 1E 01 6C")
    terminal, peer = talking({"06 22": [says]}, serial=serial)
    with ThreadPoolExecutor() as pool:
        running = pool.submit(authorise, terminal)
        assert peer.waiting.wait(PATIENCE)
        eventually(lambda: terminal.display_text(language="de") == "Bitte Karte vorhalten oder einstecken")
        assert terminal.status().readiness is Readiness.BUSY
        terminal.abort()
        assert running.result(PATIENCE).outcome is Outcome.ABORTED
    assert peer.heard[-1] == "06 B0 00"
    assert terminal.display_text(language="de") == ""


def test_a_card_is_read_in_slices_until_it_comes(talking: Talking) -> None:
    card = told(code=None, amount=None, currency="", receipt="", trace="")
    record = {"timers": {"card_slice": 1, "card": 3}}
    terminal, peer = talking({"06 C0": [(OK, "06 1E 01 6C"), (OK, card)]}, record=record)
    result = terminal.read_token(request_id=1, language="en")
    assert result.card is not None
    assert result.card.token == TOKEN.hex().upper()
    assert [each[9:11] for each in peer.heard if each.startswith("06 C0")] == ["01", "01"]


@pytest.mark.parametrize(
    ("objects", "token_type"),
    [
        ((Tlv(0x4C, bytes.fromhex("00000004A1B2C3D4E5F6")),), TokenType.UID),
        ((Tlv(0x4C, b"\x04\xa1"), Tlv(0x60, (Tlv(0x43, bytes.fromhex("A00000083001")),))), TokenType.UID),
        ((Tlv(0x4C, b"\x08\xa1"), Tlv(0x62, (Tlv(0x60, (Tlv(0x43, bytes.fromhex("A0000000031010")),)),))), None),
    ],
)
def test_only_a_card_of_a_closed_loop_is_known_by_its_uid(
    talking: Talking, objects: tuple[Tlv, ...], token_type: TokenType | None
) -> None:
    from_reader = bytes.fromhex(told(code=None, amount=None, receipt="", token=None, objects=objects))
    message = decode(from_reader)
    only = type(message)(0x040F, (), tuple(each for each in message.bmps if each.tag == 0x06))
    terminal, _ = talking({"06 C0": [(OK, only.encode().hex(" "))]})
    if token_type is None:
        with pytest.raises(OutcomeUnknown):
            terminal.read_token(request_id=1, language="en")
        return
    card = terminal.read_token(request_id=1, language="en").card
    assert card is not None
    assert (card.token_type, card.token[:2]) == (token_type, "04")


def test_tlv_is_given_up_where_the_terminal_refuses_it_and_the_kiosk_learns_it(talking: Talking) -> None:
    terminal, peer = talking({"06 00": [("84 9A 00",), REGISTERED]})
    assert terminal.status().readiness is Readiness.READY
    assert [each[-5:] for each in peer.heard if each[:5] == "06 00"] == ["06 00", "09 78"]
    assert Capability.AUTHORISE not in terminal.capabilities


@pytest.mark.parametrize(("status", "remedy"), [("51", "06 93"), ("C2", "06 70"), ("62", "06 70"), ("6B", "06 00")])
def test_what_a_terminal_can_mend_by_itself_it_is_told_to(talking: Talking, status: str, remedy: str) -> None:
    enquiry: list[tuple[str, ...]] = [(OK, f"06 0F 01 {status}"), READY]
    terminal, peer = talking({"05 01": [*enquiry], "06 93": [full()], "06 70": [full()]})
    assert terminal.status().readiness is Readiness.READY
    assert remedy in [each[:5] for each in peer.heard[1:]]


@pytest.mark.parametrize(
    ("status", "readiness"),
    [("00", Readiness.READY), ("9C", Readiness.BUSY), ("F0", Readiness.ATTENTION), ("DC", Readiness.READY)],
)
def test_a_status_is_what_a_kiosk_must_know(talking: Talking, status: str, readiness: Readiness) -> None:
    terminal, _ = talking({"05 01": [(OK, f"06 0F 01 {status}")]})
    found = terminal.status()
    assert (found.readiness, found.terminal_id) == (readiness, "52523535")
    assert found.wants_closing == (status == "F0")


def test_the_day_is_not_closed_while_something_is_open(talking: Talking) -> None:
    terminal, peer = talking({"06 23": [REFUSED_PENDING, REFUSED_PENDING, NOTHING_PENDING], "06 50": [full()]})
    with pytest.raises(NotSent) as caught:
        terminal.end_of_day(request_id=1)
    assert (caught.value.reason, peer.commands) == ("holds_open", ["06 23", "06 23"])
    assert terminal.end_of_day(request_id=2).outcome is Outcome.APPROVED


def test_receipts_are_told_apart_by_their_type_and_else_by_their_order(talking: Talking) -> None:
    named = ("06 D1 0A 80 41 06 06 1F 07 01 01 08 00", "06 D1 02 81 42", "06 D1 02 81 43")
    terminal, _ = talking({"06 23": [full(told(amount=1840), "06 D1 02 81 42", "06 D1 02 00 43", *named[:0])]})
    receipts = capture(terminal).receipts
    assert (receipts.merchant, receipts.customer) == (("B",), ("C",))


def test_a_receipt_is_made_where_the_terminal_prints_none(talking: Talking) -> None:
    terminal, _ = talking({"06 23": [full(told(amount=1840))]}, record={"config": "3E"})
    receipts = capture(terminal).receipts
    assert receipts.customer == receipts.merchant
    assert (*receipts.customer[:2], receipts.customer[-1]) == ("EUR 18.40", "VISA **** 4771", "STAN 000042")


def test_a_test_system_is_not_believed(talking: Talking) -> None:
    line = "06 D1 0C 81 " + b"TEST SYSTEM".hex(" ")
    terminal, _ = talking({"06 23": [full(told(amount=1840), line)]})
    with pytest.raises(OutcomeUnknown) as caught:
        capture(terminal)
    assert caught.value.reason == "test_mode"


def test_what_is_left_over_is_acknowledged_before_the_next_command(talking: Talking) -> None:
    left_over = told(receipt="0777")
    terminal, peer = talking({"06 22": [(OK, told(), DONE, left_over), full(told())]})
    assert authorise(terminal).outcome is Outcome.APPROVED
    eventually(lambda: left_over in peer.said, what="the terminal says something more")
    again = authorise(terminal)
    assert again.handle is not None
    assert again.handle.reference.startswith("0231")
    eventually(lambda: len(peer.acknowledged) == len(REGISTERED[1:]) + 5, what="everything said is acknowledged")
