"""The virtual ZVT terminal, APDU by APDU, over TCP and over a pseudo-terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.terminal.simulator.cards import CARDS
from hardware.terminal.zvt import build
from hardware.terminal.zvt.message import Message, decode
from hardware.terminal.zvt.tlv import Tlv
from tests.hardware.terminal.simulated import Simulator
from tests.hardware.terminal.zvt.register import (
    EVERYTHING,
    PASSWORD,
    QUIET,
    Register,
    booking,
    code_of,
    hold,
    status_of,
)
from tests.hardware.terminal.zvt.simulated_zvt import at_the_line, simulated

WANT_TOKEN, WANT_BOTH = Tlv(0x1F15, b"\x80"), Tlv(0x1F15, b"\xc0")
REPEAT = Message(0x0620, (PASSWORD,), (build.byte(0x03, 0x03),))
STATUS = Message(0x0501, (PASSWORD,))
END_OF_DAY = Message(0x0650, (PASSWORD,))
PENDING = booking(0x0623, "FFFF")
READ_CARD = Message(0x06C0, (("timeout", b"\x0f"),), (build.container(WANT_BOTH),))
STATUS_INFORMATION = (0x040F, 0x061E)


@pytest.fixture(params=["tcp", "serial"])
def simulator(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Simulator]:
    with simulated(tmp_path / "im30", request.param) as started:
        yield started


@pytest.fixture
def register(simulator: Simulator) -> Iterator[Register]:
    with at_the_line(simulator) as found:
        found.register(QUIET)
        yield found


def held(simulator: Simulator, register: Register, amount: int = 4000) -> str:
    """The receipt number of a hold."""
    simulator.card()
    return str(status_of(register.ask(hold(amount))).digits(0x87))


def moved(simulator: Simulator) -> list[tuple[str, int]]:
    return [(each["kind"], each["amount_minor"]) for each in simulator.book() if each["outcome"] == "approved"]


def test_a_visit_holds_books_what_was_used_and_frees_the_rest(simulator: Simulator, register: Register) -> None:
    simulator.card()
    messages = register.ask(hold(4000, build.container(WANT_TOKEN)))
    assert [each.command for each in messages] == [0x040F, 0x060F]
    told = messages[0]
    assert (told.number(0x27), told.amount(), told.digits(0x49), told.text(0x8B)) == (0, 4000, "0978", "Visa")
    assert told.object_value(0x1F14) == bytes.fromhex(CARDS["visa-1"].token)
    assert "1001" in (told.value(0x22) or b"").hex()
    receipt = str(told.digits(0x87))
    booked = status_of(register.ask(booking(0x0623, receipt, 2160)))
    assert (booked.amount(), booked.digits(0x87), booked.digits(0x37)) == (1840, receipt, told.digits(0x0B))
    assert moved(simulator) == [("authorise", 4000), ("capture", 1840)]


def test_a_hold_is_booked_by_total_given_back_whole_or_reversed(simulator: Simulator, register: Register) -> None:
    for command, amount in ((0x0624, 1840), (0x0624, 0), (0x0623, 4000), (0x0625, None)):
        messages = register.ask(booking(command, held(simulator, register), amount))
        assert messages[-1].command == 0x060F
    receipt = held(simulator, register)
    assert register.ask(Message(0x0630, (PASSWORD,), booking(0, receipt).bmps))[-1].command == 0x060F
    assert [each for each in moved(simulator) if each[0] != "authorise"] == [
        ("capture", 1840),
        *[("release", 4000)] * 4,
    ]


def test_what_does_not_fit_the_hold_is_refused(simulator: Simulator, register: Register) -> None:
    receipt = held(simulator, register)
    dollars = build.digits(0x49, "840")
    other = build.text(0x3B, "NOTMINE\0")
    for command, code in (
        (booking(0x0623, "9998", 100), 0xB8),
        (booking(0x0623, receipt, 4001), 0xB7),
        (booking(0x0624, receipt, 4001), 0xB7),
        (booking(0x0624, receipt, 100, dollars), 0x6F),
        (booking(0x0624, receipt, 100, other), 0xB8),
        (Message(0x0630, (PASSWORD,), booking(0, "9998").bmps), 0xB5),
        (END_OF_DAY, 0xB8),
        (hold(0), 0xB7),
    ):
        assert code_of(register.ask(command)) == code
    assert moved(simulator) == [("authorise", 4000)]
    assert register.ask(booking(0x0624, receipt, 100))[-1].command == 0x060F
    assert code_of(register.ask(booking(0x0624, receipt, 100))) == 0xB4
    assert code_of(register.ask(booking(0x0625, receipt))) == 0xB4


def test_open_holds_are_asked_for_and_listed(simulator: Simulator, register: Register) -> None:
    assert register.ask(PENDING)[0].encode().hex() == "061e04b887ffff"
    receipts = [held(simulator, register) for _ in range(2)]
    (answer,) = register.ask(PENDING)
    assert answer.digits(0x87) == receipts[0]
    assert [each.value.hex() for each in answer.objects(0x23, 0x08)] == receipts
    for receipt in receipts:
        register.ask(booking(0x0625, receipt))
    assert register.ask(PENDING)[0].encode().hex() == "061e04b887ffff"


def test_the_last_transaction_is_told_again(simulator: Simulator, register: Register) -> None:
    assert code_of(register.ask(REPEAT)) == 0x66
    receipt = held(simulator, register)
    assert status_of(register.ask(REPEAT)).amount() == 4000
    booked = status_of(register.ask(booking(0x0624, receipt, 1840)))
    again = status_of(register.ask(REPEAT))
    for tag in (0x04, 0x0B, 0x0C, 0x0D, 0x37, 0x87):
        assert again.value(tag) == booked.value(tag)


def test_the_end_of_day_hands_in_what_was_booked_since_the_last_one(simulator: Simulator, register: Register) -> None:
    register.ask(booking(0x0624, held(simulator, register), 1840))
    register.ask(booking(0x0624, held(simulator, register), 160))
    assert status_of(register.ask(END_OF_DAY)).amount() == 2000
    assert status_of(register.ask(END_OF_DAY)).amount() == 0


def test_money_is_given_back_to_the_receipt_or_to_the_card(simulator: Simulator, register: Register) -> None:
    receipt = held(simulator, register)
    register.ask(booking(0x0624, receipt, 1840))
    amount = build.amount(840)
    named = Message(0x0631, (PASSWORD,), (*booking(0, receipt).bmps, amount))
    assert register.ask(named)[-1].command == 0x060F
    simulator.card()
    assert register.ask(Message(0x0631, (PASSWORD,), (amount,)))[-1].command == 0x060F
    simulator.card("visa-2")
    assert code_of(register.ask(Message(0x0631, (PASSWORD,), (amount,)))) == 0xB5
    simulator.post("/sim/cancel", {})
    assert register.ask(named)[-1].command == 0x061E, "no more than was taken"
    assert moved(simulator)[2:] == [("refund", 840)] * 2


def test_a_card_is_read_and_no_completion_follows(simulator: Simulator, register: Register) -> None:
    found = {}
    for name in ("visa-1", "wallet-visa-1", "badge-1"):
        simulator.card(name)
        (found[name],) = register.ask(READ_CARD, ends=STATUS_INFORMATION)
    assert found["visa-1"].object_value(0x1F14) == bytes.fromhex(CARDS["visa-1"].token)
    assert (found["visa-1"].object_value(0x60, 0x43) or b"").hex() == "a0000000031010"
    assert (found["wallet-visa-1"].object_value(0x4C) or b"")[-4] == 0x08, "a number that means nothing"
    badge = found["badge-1"]
    assert (badge.object_value(0x1F14), badge.objects(0x60)) == (None, ())
    assert (badge.object_value(0x4C) or b"")[:4] == b"\0\0\0\x04"
    assert register.ask(STATUS)[0].position("terminal_status") == b"\0"


def test_a_card_of_a_closed_loop_pays_nothing(simulator: Simulator, register: Register) -> None:
    simulator.card("badge-1")
    assert code_of(register.ask(hold())) == 0x7A


@pytest.mark.parametrize(("card", "pin", "code"), [("declined-1", "ok", 0x33), ("visa-1", "wrong", 0x37)])
def test_a_refusal_is_a_status_information_and_an_abort(
    simulator: Simulator, register: Register, card: str, pin: str, code: int
) -> None:
    simulator.card(card, pin)
    told, ended = register.ask(hold(6000))
    assert (told.number(0x27), told.amount(), ended.position("result_code")) == (code, 0, bytes([code]))
    assert moved(simulator) == []


def test_a_partial_approval_tells_what_is_held(simulator: Simulator, register: Register) -> None:
    simulator.card("partial-1")
    assert status_of(register.ask(hold(4000))).amount() == 2000


def test_a_wait_for_a_card_is_ended_by_the_stop_key_or_by_an_abort(simulator: Simulator, register: Register) -> None:
    for end in ("key", "abort"):
        register.begin(hold())
        simulator.wait_for("card")
        if end == "key":
            simulator.post("/sim/cancel", {})
        else:
            register.begin(Message(0x06B0))
        aborted = decode(register.hear())
        register.acknowledge()
        assert aborted.position("result_code") == b"\x6c"
    register.begin(Message(0x06B0))  # at rest there is nothing to end


def test_nobody_at_the_reader_ends_a_read_when_it_said_so(simulator: Simulator, register: Register) -> None:
    short = Message(0x06C0, (("timeout", b"\x01"),))
    assert code_of(register.ask(short, ends=STATUS_INFORMATION)) == 0x6C


def test_an_unknown_command_or_bitmap_is_refused(simulator: Simulator, register: Register) -> None:
    for command in ("060100", "0F9900", "06220399C0DE"):
        register.send(bytes.fromhex(command))
        assert register.hear().hex() == "848300"


def test_our_own_reference_names_the_line_in_the_book(simulator: Simulator, register: Register) -> None:
    simulator.card()
    reference = build.nested(0xE9, Tlv(0x1F62, b"AC"), Tlv(0x1F63, b"700001"))
    register.ask(hold(4000, build.container(reference)))
    assert [each["request_id"] for each in simulator.book()] == ["700001"]
    simulator.card()
    register.ask(hold(4000, build.container(reference)))
    assert len(moved(simulator)) == 2, "a terminal does not know that it was asked before"


def test_status_and_maintenance_complete_at_once(register: Register) -> None:
    completion = register.ask(STATUS)[0]
    assert (completion.position("sw_version"), completion.position("terminal_status")) == (b"SIM 1.0", b"\0")
    bare = register.ask(Message(0x0501, (PASSWORD,), (build.byte(0x03, 0x02),)))[0]
    assert bare.position("sw_version") is None
    for command in (Message(0x0670), Message(0x0693, (PASSWORD,)), Message(0x061B, (PASSWORD,))):
        assert register.ask(command)[-1].command == 0x060F
    for command in (Message(0x06C5), Message(0x06E0, bmps=(build.text(0xF1, "Hello"),)), Message(0x0602)):
        register.begin(command)


def test_receipts_come_line_by_line_where_the_register_prints(simulator: Simulator, register: Register) -> None:
    register.register(EVERYTHING)
    messages = register.ask(booking(0x0624, held(simulator, register), 1840))
    lines = [each for each in messages if each.command == 0x06D1]
    texts = [(each.position("text") or b"").decode() for each in lines]
    assert (texts.count("MERCHANT COPY"), texts.count("CUSTOMER COPY")) == (1, 1)
    assert "PAYMENT     EUR 18.40" in texts
    assert [each.position("attribute") for each in lines].count(b"\x81") == 2
    assert messages[0].command == 0x04FF
