"""The frames of a serial line as a technician reads them."""

from __future__ import annotations

import pytest

from hardware.terminal.zvt.serial_frame import frame
from tools.cuts.scissors import Way
from tools.frames import Frames

ACKNOWLEDGED = "800000"


@pytest.fixture
def frames() -> Frames:
    return Frames()


def say(frames: Frames, way: Way, *apdus: str) -> None:
    """Blocks, each with its ACK."""
    for each in apdus:
        frames.tell(way, each[:4], frame(bytes.fromhex(each)))
        frames.tell(Way.TOLD if way is Way.ASKED else Way.ASKED, "ack", b"\x06")


def test_each_block_has_its_meaning_and_its_ack_and_nothing_secret(frames: Frames) -> None:
    say(frames, Way.ASKED, "0600" + "06" + "123456" + "be" + "0978")
    say(frames, Way.TOLD, ACKNOWLEDGED)
    first, second = frames.text().splitlines()
    assert first.startswith("kiosk ──▶")
    assert "06 00 registration: password <3 bytes>" in first
    assert "123456" not in first
    assert second == "      ◀── IM30  80 00 acknowledged · ACK"


def test_of_many_status_enquiries_only_the_first_is_told(frames: Frames) -> None:
    for _ in range(3):
        say(frames, Way.ASKED, "050103000000")
        say(frames, Way.TOLD, ACKNOWLEDGED)
    assert frames.text().count("status enquiry") == 1


def test_of_a_receipt_the_first_line_is_told_and_how_many_followed(frames: Frames) -> None:
    say(frames, Way.ASKED, "0623" + "00")
    for text in ("ONE", "TWO", "SIX"):
        say(frames, Way.TOLD, f"06d1{len(text) + 1:02x}40" + text.encode().hex())
        say(frames, Way.ASKED, ACKNOWLEDGED)
    say(frames, Way.TOLD, "060f00")
    lines = frames.text().splitlines()
    assert [number for number, line in enumerate(lines) if "print line" in line] == [1]
    assert lines[-2].strip() == "... 2 more lines of both receipts, each acknowledged"
    assert "completion" in lines[-1]


def test_a_long_frame_goes_on_in_the_next_line_with_its_ack(frames: Frames) -> None:
    text = "A" * 60 + " " + "B" * 37
    say(frames, Way.TOLD, f"06d1{len(text) + 1:02x}40" + text.encode().hex())
    lines = frames.text().splitlines()
    assert max(map(len, lines)) <= 118
    assert lines[-1].strip() == "B" * 37 + " · ACK"
