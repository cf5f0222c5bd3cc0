"""The virtual ZVT terminal as a stickler: registration, acknowledgements, and what differs between makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hardware.terminal.interface import OutcomeUnknown
from hardware.terminal.zvt import build
from hardware.terminal.zvt.addresses import SerialAddress
from hardware.terminal.zvt.bmp import Bmp
from hardware.terminal.zvt.message import Message, decode
from hardware.terminal.zvt.serial_frame import frame
from hardware.terminal.zvt.serial_port import SerialPort
from hardware.terminal.zvt.simulator.__main__ import main
from hardware.terminal.zvt.simulator.server import wire
from hardware.terminal.zvt.simulator.setup import DevicePlace, Setup
from hardware.terminal.zvt.tlv import Tlv
from tests.hardware.terminal.simulated import Simulator
from tests.hardware.terminal.zvt.register import (
    ACKNOWLEDGED,
    EVERYTHING,
    PASSWORD,
    QUIET,
    Register,
    booking,
    code_of,
    hold,
    status_of,
)
from tests.hardware.terminal.zvt.serial_terminal import FarEnd
from tests.hardware.terminal.zvt.simulated_zvt import TIMERS, at_the_line, simulated
from tests.support.waiting import eventually

END_OF_DAY = Message(0x0650, (PASSWORD,))


def held(simulator: Simulator, register: Register) -> str:
    """The receipt number of a hold."""
    simulator.card()
    return str(status_of(register.ask(hold())).digits(0x87))


def kinds(simulator: Simulator) -> list[str]:
    return [each["kind"] for each in simulator.book() if each["outcome"] == "approved"]


def test_an_unregistered_register_is_told_so(tmp_path: Path) -> None:
    with simulated(tmp_path / "plain") as simulator, at_the_line(simulator) as register:
        assert code_of(register.ask(hold())) == 0x6B
        register.register()
        register.begin(Message(0x0602))
        assert code_of(register.ask(hold())) == 0x6B
        register.send(Message(0x0600, (("password", b"\x12\x34\x56"), ("config_byte", b"\x10")), ()))
        assert register.hear().hex() == "843700"
    with simulated(tmp_path / "feig", make="feig") as simulator, at_the_line(simulator) as register:
        register.send(hold())
        assert register.hear().hex() == "846b00"


def test_what_was_not_registered_for_is_not_sent(tmp_path: Path) -> None:
    """Without its bit no intermediate status, without BMP 06 no TLV, without a currency none."""
    wanted = build.container(Tlv(0x1F15, b"\x80"))
    with simulated(tmp_path) as simulator, at_the_line(simulator) as register:
        register.ask(Message(0x0600, (PASSWORD, ("config_byte", bytes([QUIET])))))
        simulator.card()
        told, completion = register.ask(hold())
        assert (told.value(0x49), told.objects(), completion.command) == (None, (), 0x060F)
        simulator.card()
        told = status_of(register.ask(hold(4000, wanted)))
        assert told.objects(0x1F14), "TLV in the command allows it in the answer"
        register.register(EVERYTHING, build.nested(0x26, Tlv(0x0A, b"\x06\xd3")))
        messages = register.ask(booking(0x0625, str(told.digits(0x87))))
        assert [each.command for each in messages] == [0x04FF, 0x040F, 0x06D3, 0x06D3, 0x060F]
        assert [each.object_value(0x1F07) for each in messages[2:4]] == [b"\x01", b"\x02"]


def test_a_currency_that_is_none_is_refused_with_its_code(tmp_path: Path) -> None:
    with simulated(tmp_path, make="card-complete") as simulator, at_the_line(simulator) as register:
        register.send(Message(0x0600, (PASSWORD, ("config_byte", b"\x10"), ("cc", b"\x08\x40"))))
        assert register.hear().hex() == "841e016f"


@pytest.mark.parametrize("line", ["tcp", "serial"])
def test_a_hold_that_nobody_acknowledges_is_reversed(tmp_path: Path, line: str) -> None:
    with simulated(tmp_path, line, timers=TIMERS) as simulator, at_the_line(simulator) as register:
        register.register()
        simulator.card()
        register.begin(hold())
        assert decode(register.hear()).command == 0x040F
        eventually(lambda: kinds(simulator) == ["authorise", "release"], what="the hold is reversed")
        assert simulator.state()["operation"] is None
        assert simulator.totals()[0]["held_minor"] == 0
        if line == "tcp":
            with pytest.raises(OutcomeUnknown):
                register.link.receive(10)


def test_a_completion_that_nobody_acknowledges_undoes_nothing(tmp_path: Path) -> None:
    with simulated(tmp_path, timers=TIMERS) as simulator, at_the_line(simulator) as register:
        register.register()
        simulator.card()
        register.begin(hold())
        register.hear()
        register.acknowledge()
        assert decode(register.hear()).command == 0x060F
        eventually(lambda: simulator.state()["operation"] is None, what="the terminal has given up")
        assert kinds(simulator) == ["authorise"]


def test_a_wait_for_a_card_ends_when_the_register_hangs_up(tmp_path: Path) -> None:
    with simulated(tmp_path) as simulator:
        with at_the_line(simulator) as register:
            register.register()
            register.begin(hold())
            simulator.wait_for("card")
        simulator.wait_for(None)
        assert [each["outcome"] for each in simulator.book()] == ["aborted"]


def test_another_command_while_it_waits_for_a_card_is_refused(tmp_path: Path) -> None:
    with simulated(tmp_path) as simulator, at_the_line(simulator) as register, at_the_line(simulator) as other:
        register.register()
        register.begin(hold())
        simulator.wait_for("card")
        for each in (register, other):
            each.send(END_OF_DAY)
            assert each.hear().hex() == "849c00"
        assert other.ask(Message(0x0501))[0].position("terminal_status") == b"\x9c"
        simulator.card()
        assert [each.command for each in register.follow(0x0622)] == [0x040F, 0x060F]


def test_a_status_information_is_repeated_while_the_register_is_not_done(tmp_path: Path) -> None:
    again, not_delivered = bytes.fromhex("849c00"), bytes.fromhex("846600")
    with simulated(tmp_path) as simulator, at_the_line(simulator) as register:
        register.register()
        for answers, ends, code in (
            ([again, again, ACKNOWLEDGED], 0x060F, None),
            ([again, again, again], 0x061E, 0x6C),
            ([not_delivered], 0x061E, 0x6C),
        ):
            simulator.card()
            register.begin(hold(4000, build.byte(0x02, 2)))
            for each in answers:
                assert decode(register.hear()).amount() == 4000
                register.send(each)
            last = decode(register.hear())
            register.acknowledge()
            assert (last.command, code_of([last])) == (ends, code)
        assert kinds(simulator) == ["authorise", *["authorise", "release"] * 2]


def test_an_abort_that_crosses_the_result_comes_too_late(tmp_path: Path) -> None:
    with simulated(tmp_path) as simulator, at_the_line(simulator) as register:
        register.register()
        simulator.card()
        register.begin(hold())
        assert decode(register.hear()).command == 0x040F
        register.send(Message(0x06B0))
        assert register.hear().hex() == "848300"
        register.acknowledge()
        assert decode(register.hear()).command == 0x060F
        register.acknowledge()
        assert kinds(simulator) == ["authorise"]


def test_what_is_open_survives_a_power_cut_and_what_nobody_acknowledged_does_not(tmp_path: Path) -> None:
    with simulated(tmp_path) as simulator, at_the_line(simulator) as register:
        register.register()
        receipt = held(simulator, register)
        simulator.card()
        register.begin(hold())
        assert decode(register.hear()).command == 0x040F
    with simulated(tmp_path) as simulator, at_the_line(simulator) as register:
        assert code_of(register.ask(hold())) == 0x6B
        register.register()
        (answer,) = register.ask(booking(0x0623, "FFFF"))
        assert [each.value.hex() for each in answer.objects(0x23, 0x08)] == [receipt]
        assert kinds(simulator) == ["authorise", "authorise", "release"]


def test_makes_differ_in_what_they_know(tmp_path: Path) -> None:
    with simulated(tmp_path / "feig", make="feig") as simulator, at_the_line(simulator) as register:
        register.register()
        receipt = held(simulator, register)
        register.send(booking(0x0624, receipt, 100))
        assert register.hear().hex() == "848300"
        (answer,) = register.ask(booking(0x0623, "FFFF"))
        assert (answer.digits(0x87), answer.objects()) == (receipt, ())
        assert (register.ask(Message(0x0FA1))[0].position("device_id") or b"") == b"TAPCHARG"
        simulator.card()
        read = Message(0x06C0, (("timeout", b"\x05"),), (build.container(),))
        assert register.ask(read, ends=(0x040F,))[0].object_value(0x1F0B) == b"\0\0\x01\0\0\0"
    with simulated(tmp_path / "cc", make="card-complete") as simulator, at_the_line(simulator) as register:
        register.register(EVERYTHING)
        held(simulator, register)
        simulator.card()
        wanted: Bmp = build.container(Tlv(0x1F15, b"\x80"))
        assert len(status_of(register.ask(hold(4000, wanted))).object_value(0x1F61) or b"") == 34
        register.ask(END_OF_DAY)
        assert kinds(simulator)[2:] == ["capture", "capture"], "what is open is charged"
        simulator.card("expired-1")
        lines = [each for each in register.ask(hold()) if each.command == 0x06D1]
        assert {each.object_value(0x1F07) for each in lines} == {b"\x01", b"\x02"}


def test_it_speaks_on_a_serial_device_that_exists(tmp_path: Path) -> None:
    far = FarEnd()
    simulator = Simulator(tmp_path, wire(Setup(DevicePlace(far.path))))
    far.say(frame(bytes.fromhex("050100")))
    eventually(lambda: [each.hex()[:4] for each in far.apdus] == ["8000", "060f"], what="it answers")
    simulator.stop()
    far.pull()


def test_it_runs_as_a_process_and_says_where(tmp_path: Path) -> None:
    link = tmp_path / "line"
    module = [sys.executable, "-m", "hardware.terminal.zvt.simulator", "--port", "0"]
    options = ["--data", str(tmp_path / "im30"), "--serial", "pty", "--link", str(link)]
    with subprocess.Popen([*module, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert f"speaking on {link} " in process.stdout.readline()
        register = Register(SerialPort(SerialAddress(str(link))))
        assert register.ask(Message(0x0501))[0].position("terminal_status") == b"\0"
        register.link.close()
        process.terminate()
    assert (process.returncode, link.is_symlink()) == (0, False)
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path), "--tcp", "nowhere"])
