"""Lines that are cut: one cut for each protocol here, all of them in ``make cuts``."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.terminal.interface import Verb
from hardware.terminal.opi.framing import frame as opi_frame
from hardware.terminal.zvt.serial_frame import ACK, frame
from tools.cuts.cutting import Bank, Cut, cut
from tools.cuts.moments import Moment, Moments
from tools.cuts.page import page
from tools.cuts.places import PROTOCOLS
from tools.cuts.scissors import At, Scissors, Through, Way
from tools.cuts.units import HttpMessages, OpiFrames, SerialBlocks, TcpApdus, Units
from tools.cuts.visit import Look

_REQUEST = b"POST /terminal/payment HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345"
_ANSWER = b'HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n{"status": "SUCCESS"}'
_DEVICE_REQUEST = opi_frame(b'<DeviceRequest><Output OutDeviceTarget="Printer"/></DeviceRequest>')
_LOOK = Look("", "failed", 0, 0)


@pytest.mark.parametrize(
    ("units", "stream", "names"),
    [
        (TcpApdus(), bytes.fromhex("800000 060f00"), ["8000", "060f"]),
        (SerialBlocks(), bytes([ACK]) + frame(bytes.fromhex("04ff021010")), ["ack", "04ff"]),
        (OpiFrames(), _DEVICE_REQUEST * 2, ["DeviceRequest Printer"] * 2),
        (HttpMessages(), _REQUEST + _ANSWER, ["POST payment", "answer success"]),
    ],
    ids=lambda each: type(each).__name__,
)
def test_every_byte_of_a_wire_comes_out_again_in_its_unit(units: Units, stream: bytes, names: list[str]) -> None:
    found = [each for byte in stream for each in units.feed(bytes([byte]))]
    assert [name for name, _ in found] == names
    assert b"".join(unit for _, unit in found) == stream


def test_nothing_goes_through_after_the_moment() -> None:
    scissors = Scissors()
    scissors.arm(At(Way.TOLD, "answer", Through.ALL_BUT_ONE, count=2))
    sent = [(Way.ASKED, "answer"), (Way.TOLD, "answer"), (Way.TOLD, "other"), (Way.TOLD, "answer"), (Way.ASKED, "ask")]
    assert [scissors.let_through(*each, b"12") for each in sent] == [b"12", b"12", b"12", b"1", b""]
    scissors.mend()
    assert scissors.let_through(Way.TOLD, "answer", b"12") == b"12"


@pytest.mark.parametrize("moments", [each.moments for each in PROTOCOLS.values()], ids=list(PROTOCOLS))
def test_there_are_ten_moments_of_each(moments: Moments) -> None:
    assert {verb: len({each.words for each in found}) for verb, found in moments.items()} == {
        Verb.AUTHORISE: 10,
        Verb.CAPTURE: 10,
    }


def test_a_hold_that_only_the_bank_knows_of_is_wrong() -> None:
    moment = PROTOCOLS["ccv"].moments[Verb.AUTHORISE][0]
    lost = Cut(Verb.AUTHORISE, moment, _LOOK, _LOOK, Bank(4000, 4000, 0))
    assert not lost.is_right
    assert "| NO " in page({"ccv": [lost]})
    assert Cut(Verb.AUTHORISE, moment, _LOOK, Look("", "in_doubt", 0, 0), Bank(4000, 4000, 0)).is_right


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "verb", "number"),
    [
        ("payproxy", Verb.CAPTURE, 8),
        ("zvt+tcp", Verb.AUTHORISE, 7),
        ("zvt+serial", Verb.CAPTURE, 7),
        ("opi+tcp", Verb.CAPTURE, 9),
        ("ccv", Verb.CAPTURE, 6),
    ],
)
def test_what_was_done_when_the_line_was_cut_is_found_and_done_once(
    name: str, verb: Verb, number: int, tmp_path: Path
) -> None:
    moment: Moment = PROTOCOLS[name].moments[verb][number]
    found = cut(PROTOCOLS[name], verb, moment, tmp_path)
    assert found.at_once.in_doubt
    assert found.agrees
    taken = 1840 if verb is Verb.CAPTURE else 0
    assert (found.later.captured, found.bank) == (taken, Bank(4000, 0 if taken else 4000, taken))
