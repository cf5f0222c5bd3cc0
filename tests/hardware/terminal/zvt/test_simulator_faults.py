"""Accidents of the ZVT wire, as a register sees them. What a driver makes of them is in the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.terminal.interface import NotSent, OutcomeUnknown
from hardware.terminal.zvt.message import Message, decode
from tests.hardware.terminal.simulated import Simulator
from tests.hardware.terminal.zvt.register import EVERYTHING, PASSWORD, Register, booking, code_of, hold, status_of
from tests.hardware.terminal.zvt.simulated_zvt import TIMING, at_the_line, simulated
from tests.support.waiting import eventually

STATUS = Message(0x0501, (PASSWORD,))


def strike(simulator: Simulator, register: Register, fault: str, config: int = 0x10, **more: object) -> None:
    """Register, present a card, and order a fault for the authorisation to come."""
    register.register(config)
    simulator.card()
    simulator.fault("authorise", fault, **more)


def kinds(simulator: Simulator) -> list[str]:
    return [each["kind"] for each in simulator.book() if each["outcome"] == "approved"]


def test_a_terminal_may_say_that_it_cannot_begin(tmp_path: Path) -> None:
    with simulated(tmp_path) as simulator, at_the_line(simulator) as register:
        for fault, answer in (("module_silent", "841e017d"), ("busy", "849c00")):
            strike(simulator, register, fault)
            register.send(hold())
            assert register.hear().hex() == answer
        for fault, code in (("end_of_day_due", 0xF0), ("initialisation_due", 0x51), ("inoperable", 0xDF)):
            strike(simulator, register, fault)
            assert code_of(register.ask(hold())) == code
            simulator.fault("status", fault)
            assert register.ask(STATUS)[0].position("terminal_status") == bytes([code])
        assert kinds(simulator) == []


def test_an_answer_may_hold_more_than_was_expected(tmp_path: Path) -> None:
    with simulated(tmp_path) as simulator, at_the_line(simulator) as register:
        found = {}
        for fault in ("wrong_pin_first", "unknown_bmp", "unknown_tag", "split", "glued", "garbled", "answered_twice"):
            strike(simulator, register, fault)
            found[fault] = register.ask(hold())
            assert found[fault][-1].command == 0x060F
        assert [each.number(0x27) for each in found["wrong_pin_first"][:2]] == [0x37, 0]
        assert found["unknown_bmp"][0].rest
        assert found["unknown_tag"][0].objects()[0].tag == 0x1F8055
        assert [each.command for each in found["answered_twice"]] == [0x040F, 0x040F, 0x060F]
        assert found["garbled"][0].number(0x27) is None
        assert decode(register.hear()).command == 0x060F
        register.acknowledge()


def test_receipts_may_come_otherwise_than_they_should(tmp_path: Path) -> None:
    with simulated(tmp_path) as simulator, at_the_line(simulator) as register:
        register.register(EVERYTHING)
        for fault in ("line_tail", "no_last_line", "test_system", "other_receipt"):
            simulator.card()
            receipt = str(status_of(register.ask(hold())).digits(0x87))
            simulator.fault("capture", fault)
            messages = register.ask(booking(0x0624, receipt, 100))
            lines = [each for each in messages if each.command == 0x06D1]
            assert (status_of(messages).digits(0x87) == receipt) == (fault != "other_receipt")
            assert all(each.objects(0x1F07) for each in lines) == (fault == "line_tail")
            assert any(each.position("attribute") == b"\x81" for each in lines) == (fault != "no_last_line")
            assert any(b"TEST" in (each.position("text") or b"") for each in lines) == (fault == "test_system")


@pytest.mark.parametrize("fault", ["cut_before_complete", "lost_before", "lost_answer", "answer_cut"])
@pytest.mark.parametrize("line", ["tcp", "serial"])
def test_a_line_that_is_cut_comes_back_and_nothing_is_held_that_nobody_knows_of(
    tmp_path: Path, line: str, fault: str
) -> None:
    with simulated(tmp_path, line) as simulator, at_the_line(simulator, TIMING) as register:
        strike(simulator, register, fault)
        with pytest.raises(OutcomeUnknown):
            register.ask(hold())
        eventually(lambda: simulator.state()["operation"] is None, what="the terminal is at rest")
        done = fault in ("lost_answer", "answer_cut")
        assert kinds(simulator) == (["authorise", "release"] if done else [])
        assert register.ask(STATUS)[0].position("terminal_status") == b"\0"


def test_a_terminal_that_is_updated_says_nothing_to_anybody(tmp_path: Path) -> None:
    with simulated(tmp_path) as simulator, at_the_line(simulator) as register, at_the_line(simulator) as other:
        strike(simulator, register, "silence", seconds=0.5)
        register.send(hold())
        other.send(STATUS)
        for each in (register, other):
            assert each.link.receive(0.1) is None
        eventually(lambda: _answers(other), what="the update is done")
        assert kinds(simulator) == []


def _answers(register: Register) -> bool:
    register.send(STATUS)
    if register.link.receive(0.2) is None:
        return False
    assert decode(register.hear(), sent=0x0501).command == 0x060F
    register.acknowledge()
    return True


def test_a_half_open_connection_seems_to_stand_and_another_one_works(tmp_path: Path) -> None:
    with simulated(tmp_path) as simulator, at_the_line(simulator) as register, at_the_line(simulator) as other:
        strike(simulator, register, "half_open")
        register.begin(hold())
        assert decode(register.hear()).amount() == 4000
        register.acknowledge()
        assert register.link.receive(0.1) is None
        register.send(STATUS)
        assert register.link.receive(0.1) is None
        assert other.ask(STATUS)[0].position("terminal_status") == b"\0"


def test_an_acknowledgement_or_a_completion_may_be_missing(tmp_path: Path) -> None:
    with simulated(tmp_path) as simulator, at_the_line(simulator) as register:
        strike(simulator, register, "no_acknowledgement")
        register.send(hold())
        assert [each.command for each in register.follow(0x0622)] == [0x040F, 0x060F]
        strike(simulator, register, "no_completion")
        register.begin(hold())
        assert decode(register.hear()).command == 0x040F
        register.acknowledge()
        assert register.link.receive(0.1) is None
        assert kinds(simulator) == ["authorise", "authorise"]


def test_a_crash_forgets_everything_but_the_book(tmp_path: Path) -> None:
    for after in (False, True):
        with simulated(tmp_path / str(after), "serial") as simulator, at_the_line(simulator, TIMING) as register:
            strike(simulator, register, "crash", seconds=0.05, after=after)
            with pytest.raises(OutcomeUnknown):
                register.ask(hold())
            eventually(lambda: _is_back(register), what="the terminal is back")
            assert code_of(register.ask(hold())) == 0x6B
            assert kinds(simulator) == (["authorise", "release"] if after else [])


def _is_back(register: Register) -> bool:
    try:
        return register.ask(STATUS)[0].position("terminal_status") == b"\0"
    except (NotSent, OutcomeUnknown):
        return False


def test_a_block_may_be_refused_once_or_every_time(tmp_path: Path) -> None:
    with simulated(tmp_path, "serial") as simulator, at_the_line(simulator, TIMING) as register:
        strike(simulator, register, "nak", after=True)
        assert register.ask(hold())[-1].command == 0x060F
        strike(simulator, register, "nak")
        with pytest.raises(NotSent):
            register.send(hold())
        simulator.post("/sim/cancel", {})
        assert kinds(simulator) == ["authorise"]


@pytest.mark.parametrize("fault", ["ack_late", "ack_garbled", "ack_lost", "wrong_checksum"])
def test_acknowledgements_of_blocks_may_be_late_wrong_or_missing(tmp_path: Path, fault: str) -> None:
    with simulated(tmp_path, "serial") as simulator, at_the_line(simulator, TIMING) as register:
        strike(simulator, register, fault, seconds=0.05)
        assert register.ask(hold())[-1].command in (0x060F, 0x061E)
        assert kinds(simulator) == ["authorise"], "once"
