"""The serial port: real pyserial over real pseudo-terminals."""

from __future__ import annotations

import fcntl
import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hardware.terminal.interface import IN_USE, NotSent, OutcomeUnknown, Readiness
from hardware.terminal.zvt.addresses import SerialAddress
from hardware.terminal.zvt.link import Link
from hardware.terminal.zvt.opening import open_zvt
from hardware.terminal.zvt.serial_frame import frame
from hardware.terminal.zvt.serial_port import SerialPort
from tests.hardware.terminal.zvt.serial_terminal import TIMING, FarEnd, far_end
from tests.support.waiting import eventually

ENQUIRY = bytes.fromhex("050100")
YES = bytes.fromhex("800000")
STATUS = bytes.fromhex("060f01dc")


@contextmanager
def _port(path: str | Path) -> Iterator[SerialPort]:
    port = SerialPort(SerialAddress(str(path)), timing=TIMING)
    try:
        yield port
    finally:
        port.close()


def test_a_command_goes_out_and_its_answer_comes_back() -> None:
    with far_end(YES) as end, _port(end.path) as port:
        link: Link = port
        link.send(ENQUIRY)
        assert link.receive(2) == YES
        assert link.receive(0) is None
        link.rest()
        assert end.apdus == [ENQUIRY]


def test_the_line_has_eight_bits_two_stop_bits_and_no_parity() -> None:
    with far_end() as end, _port(end.path) as port:
        port.send(ENQUIRY)
        cflag = termios.tcgetattr(end.master)[2]
        assert cflag & termios.CSIZE == termios.CS8
        assert cflag & termios.CSTOPB
        assert not cflag & termios.PARENB


def test_a_terminal_whose_port_another_process_has_is_busy() -> None:
    with far_end() as end, _port(end.path) as port:
        port.send(ENQUIRY)
        elsewhere = open_zvt(f"zvt+serial://{end.path}", {})
        status = elsewhere.status()
        elsewhere.close()
    assert (status.readiness, status.detail) == (Readiness.BUSY, IN_USE)


def test_nobody_else_gets_the_port() -> None:
    with far_end() as end, _port(end.path) as port, _port(end.path) as second:
        port.send(ENQUIRY)
        with pytest.raises(NotSent) as refused:
            second.send(ENQUIRY)
        assert refused.value.reason == IN_USE, "whoever asks again may come to the process that has it"
        held = os.open(end.path, os.O_RDWR | os.O_NOCTTY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(held)


def test_a_port_that_is_not_there_sends_nothing(tmp_path: Path) -> None:
    with _port(tmp_path / "ttyUSB0") as port, pytest.raises(NotSent):
        port.send(ENQUIRY)


def test_a_terminal_that_refuses_every_try_accepted_nothing() -> None:
    heard: list[bytes] = []

    def refuse(data: bytes) -> bytes:
        heard.append(data)
        return b"\x15" if data.endswith(frame(ENQUIRY)[-4:]) else b""

    with far_end(raw=refuse) as end, _port(end.path) as port:
        with pytest.raises(NotSent):
            port.send(ENQUIRY)
        assert b"".join(heard) == frame(ENQUIRY) * 3


def test_a_silent_terminal_may_have_accepted_it() -> None:
    heard: list[bytes] = []

    def listen(data: bytes) -> bytes:
        heard.append(data)
        return b""

    with far_end(raw=listen) as end, _port(end.path) as port:
        with pytest.raises(OutcomeUnknown):
            port.send(ENQUIRY)
        eventually(lambda: b"".join(heard) == frame(ENQUIRY) * 3)


def test_an_answer_after_noise_and_in_pieces_is_received() -> None:
    with far_end() as end, _port(end.path) as port:
        port.send(ENQUIRY)
        end.say(b"\xff\x00" + frame(STATUS)[:4])
        assert port.receive(0.01) is None
        end.say(frame(STATUS)[4:])
        assert port.receive(2) == STATUS


def test_a_cable_that_is_pulled_while_an_answer_is_awaited_leaves_it_open() -> None:
    with far_end() as end, _port(end.path) as port:
        port.send(ENQUIRY)
        end.pull()
        with pytest.raises(OutcomeUnknown):
            port.receive(2)
        with pytest.raises(OutcomeUnknown):
            port.receive(2)
        with pytest.raises(NotSent):
            port.send(ENQUIRY)


def test_a_cable_that_is_put_back_elsewhere_is_found_by_its_link(tmp_path: Path) -> None:
    by_id = tmp_path / "usb-terminal"
    with far_end() as first, far_end(YES) as second, _port(by_id) as port:
        by_id.symlink_to(first.path)
        port.send(ENQUIRY)
        assert first.apdus == [ENQUIRY]
        by_id.unlink()
        by_id.symlink_to(second.path)
        port.send(ENQUIRY)
        assert port.receive(2) == YES
        assert (first.apdus, second.apdus) == ([ENQUIRY], [ENQUIRY])


def test_a_link_that_leads_nowhere_sends_nothing(tmp_path: Path) -> None:
    by_id = tmp_path / "usb-terminal"
    with far_end() as end, _port(by_id) as port:
        by_id.symlink_to(end.path)
        port.send(ENQUIRY)
        by_id.unlink()
        with pytest.raises(NotSent):
            port.send(ENQUIRY)


def test_what_was_received_before_a_break_is_not_taken_for_an_answer_after_it(tmp_path: Path) -> None:
    by_id = tmp_path / "usb-terminal"
    with far_end(STATUS) as first, far_end() as second, _port(by_id) as port:
        by_id.symlink_to(first.path)
        port.send(ENQUIRY)
        eventually(lambda: _has_answered(first))
        by_id.unlink()
        by_id.symlink_to(second.path)
        port.send(ENQUIRY)
        assert port.receive(0.05) is None


def _has_answered(end: FarEnd) -> bool:
    return end.apdus == [ENQUIRY]
