"""The rules of a serial line, without any: time is a number, and the line is bytes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.terminal.zvt.apdu import LONGEST_APDU
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.serial_frame import ACK, NAK, checksum, crc, frame, unframe
from hardware.terminal.zvt.serial_link import Delivered, Event, Received, SerialLink, Timing, Undelivered

PAYMENT = bytes.fromhex("06010a04000000011000490978")
YES, ABORT, STATUS = bytes.fromhex("800000"), bytes.fromhex("06b000"), bytes.fromhex("04ff020a01")
ack, nak = bytes([ACK]), bytes([NAK])


def _sending(apdu: bytes = PAYMENT) -> SerialLink:
    link = SerialLink()
    link.send(apdu, now=0)
    assert link.output() == frame(apdu)
    return link


def test_the_checksum_is_kermit_and_covers_the_end_sign() -> None:
    assert crc(b"123456789") == 0x2189
    assert checksum(YES).hex() == "f51f"
    assert frame(PAYMENT).hex() == "100206010a04000000011010004909781003f2ff"


@given(st.binary(max_size=300))
def test_any_apdu_survives_the_frame(apdu: bytes) -> None:
    assert unframe(frame(apdu)) == apdu


def test_a_block_is_acknowledged_before_it_is_handed_up() -> None:
    link = SerialLink()
    assert link.receive(frame(PAYMENT), now=1) == [Received(PAYMENT)]
    assert link.output() == ack
    assert link.output() == b""


def test_a_block_with_a_wrong_checksum_is_refused() -> None:
    link = SerialLink()
    assert link.receive(frame(PAYMENT)[:-1] + b"\0", now=1) == []
    assert link.output() == nak
    assert link.receive(frame(PAYMENT), now=2) == [Received(PAYMENT)]
    assert link.output() == ack


def test_checksum_bytes_that_look_like_signs_are_taken_as_they_are() -> None:
    apdus = [bytes([0x06, 0x01, 0x02, high, low]) for high in range(256) for low in range(256)]
    special = [each for each in apdus if set(checksum(each)) & {0x10, 0x03}][:200]
    link = SerialLink()
    for apdu in special:
        assert link.receive(frame(apdu), now=1) == [Received(apdu)]
    assert any(checksum(each)[0] == 0x10 for each in special)


def test_the_end_sign_in_the_data_ends_nothing() -> None:
    apdu = bytes.fromhex("06d105000310030603")
    link = SerialLink()
    assert [event for byte in frame(apdu) for event in link.receive(bytes([byte]), now=1)] == [Received(apdu)]


def test_noise_before_a_block_is_skipped() -> None:
    link = SerialLink()
    assert link.receive(b"\x00\xff\x03\x10\x55\x10" + frame(PAYMENT), now=1) == [Received(PAYMENT)]


def test_a_block_that_was_cut_off_does_not_hide_the_next() -> None:
    link = SerialLink()
    assert link.receive(frame(PAYMENT)[:7] + frame(YES), now=1) == [Received(YES)]
    assert link.output() == ack


@pytest.mark.parametrize("cut", range(2, 20))
def test_a_gap_inside_a_block_is_refused_after_t1(cut: int) -> None:
    link = SerialLink()
    assert link.receive(frame(PAYMENT)[:cut], now=1) == []
    assert link.next_deadline == pytest.approx(1.2)
    assert link.tick(now=1.19) == []
    assert link.output() == b""
    assert link.tick(now=1.2) == []
    assert link.output() == nak
    assert link.next_deadline is None
    assert link.receive(frame(PAYMENT), now=2) == [Received(PAYMENT)]


def test_a_gap_is_noticed_when_the_rest_comes_too_late() -> None:
    link = SerialLink()
    link.receive(frame(PAYMENT)[:9], now=1)
    assert link.receive(frame(PAYMENT)[9:], now=1.5) == []
    assert link.output() == nak


def test_a_block_with_a_single_escape_is_refused_once_the_line_is_quiet() -> None:
    link = SerialLink()
    assert link.receive(b"\x10\x02\x06\x10\x55" + ack + nak + b"\x10\x03\x00\x00", now=1) == []
    assert link.output() == b""
    link.tick(now=1.3)
    assert link.output() == nak


def test_a_broken_block_is_given_up_for_the_next() -> None:
    link = SerialLink()
    assert link.receive(b"\x10\x02\x06\x10\x55\x10\x10\x77" + frame(YES), now=1) == [Received(YES)]


def test_an_endless_block_does_not_fill_the_memory() -> None:
    link = SerialLink()
    assert link.receive(b"\x10\x02" + bytes(LONGEST_APDU + 50), now=1) == []
    link.tick(now=2)
    assert link.output() == nak
    longest = bytes.fromhex("06d3ffffff") + bytes(65535)
    assert link.receive(frame(longest), now=3) == [Received(longest)]


def test_a_block_that_is_acknowledged_is_delivered() -> None:
    link = _sending()
    assert link.receive(ack, now=0.1) == [Delivered()]
    assert link.next_deadline is None
    assert link.receive(ack, now=0.2) == []
    assert not link.is_sending


def test_only_one_block_is_under_way() -> None:
    with pytest.raises(ZvtError):
        _sending().send(YES, now=1)


def test_a_refused_block_is_sent_three_times_and_was_never_accepted() -> None:
    link = _sending()
    for now in (1, 2):
        assert link.receive(nak, now=now) == []
        assert link.output() == frame(PAYMENT)
    assert link.receive(nak, now=3) == [Undelivered(refused=True)]
    assert link.output() == b""
    assert not link.is_sending


def test_a_block_without_an_answer_is_sent_three_times_and_may_have_arrived() -> None:
    link = _sending()
    for now in (5, 10):
        assert link.next_deadline == now
        assert link.tick(now - 0.01) == []
        assert link.output() == b""
        assert link.tick(now) == []
        assert link.output() == frame(PAYMENT)
    assert link.tick(15) == [Undelivered(refused=False)]


def test_one_silence_among_refusals_leaves_it_open() -> None:
    link = _sending()
    link.receive(nak, now=1)
    link.tick(6)
    assert link.receive(nak, now=7) == [Undelivered(refused=False)]
    link = _sending()
    link.tick(5)
    assert link.receive(ack, now=6) == [Delivered()]


def test_a_refusal_is_forgotten_with_the_next_block() -> None:
    link = _sending()
    link.tick(5)
    link.receive(ack, now=6)
    link.send(YES, now=7)
    assert [link.receive(nak, now=8) for _ in range(3)][-1] == [Undelivered(refused=True)]


def test_a_repeated_block_is_acknowledged_again_and_handed_up_once() -> None:
    link = SerialLink()
    assert link.receive(frame(PAYMENT), now=1) == [Received(PAYMENT)]
    assert link.receive(frame(PAYMENT), now=6) == []
    assert link.output() == ack + ack


def test_the_same_line_twice_is_two_lines_when_we_answered_in_between() -> None:
    line = bytes.fromhex("06d1020020")
    link = SerialLink()
    assert link.receive(frame(line), now=1) == [Received(line)]
    link.send(YES, now=1)
    link.receive(ack, now=1)
    assert link.receive(frame(line), now=2) == [Received(line)]


def test_a_block_that_comes_while_ours_is_under_way_is_taken() -> None:
    link = _sending(ABORT)
    assert link.receive(frame(PAYMENT) + ack, now=1) == [Received(PAYMENT), Delivered()]
    assert link.output() == ack


@pytest.mark.parametrize(("ours", "theirs"), [(PAYMENT, YES), (PAYMENT, bytes.fromhex("848300")), (YES, STATUS)])
def test_what_follows_our_block_proves_that_it_arrived_when_its_acknowledgement_did_not(
    ours: bytes, theirs: bytes
) -> None:
    link = _sending(ours)
    assert link.receive(b"\x55" + frame(theirs), now=1) == [Delivered(), Received(theirs)]
    assert link.tick(now=6) == []
    assert link.output() == ack


@pytest.mark.parametrize(("ours", "theirs"), [(ABORT, STATUS), (YES, YES)])
def test_blocks_that_cross_prove_nothing(ours: bytes, theirs: bytes) -> None:
    link = _sending(ours)
    assert link.receive(frame(theirs), now=1) == [Received(theirs)]
    link.tick(now=5)
    assert link.output() == ack + frame(ours)


def test_a_repetition_of_what_we_are_answering_proves_nothing() -> None:
    link = SerialLink()
    link.receive(frame(STATUS), now=1)
    link.send(YES, now=1)
    assert link.receive(frame(STATUS), now=2) == []
    assert link.is_sending


def test_an_acknowledgement_inside_a_block_is_data() -> None:
    link = _sending()
    apdu = bytes.fromhex("06d1030006" + "15")
    assert link.receive(frame(apdu), now=1) == [Received(apdu)]
    assert link.is_sending


def test_a_line_that_was_opened_again_begins_anew() -> None:
    link = _sending()
    link.receive(frame(YES)[:5], now=1)
    link.reopened()
    assert link.next_deadline is None
    assert link.receive(frame(YES), now=2) == [Received(YES)]
    link.reopened()
    assert link.receive(frame(YES), now=3) == [Received(YES)]


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=400), st.integers(0, 2**32))
def test_noise_never_harms_the_machine(noise: bytes, seed: int) -> None:
    chance = random.Random(seed)
    link, now = _sending(), 0.0
    at = 0
    while at < len(noise):
        size = chance.randint(1, 9)
        now += chance.choice((0, 0.1, 0.3, 6))
        link.receive(noise[at : at + size], now)
        link.tick(now)
        at += size
    for _ in range(4):
        now += 10
        link.tick(now)
    link.output()
    assert link.receive(frame(YES), now + 10) in ([Received(YES)], [])
    assert link.output() == ack


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(min_size=3, max_size=40), min_size=1, max_size=5), st.integers(0, 2**32))
def test_every_block_gets_across_a_bad_line_once_and_in_order_or_is_known_to_be_lost(
    apdus: list[bytes], seed: int
) -> None:
    chance = random.Random(seed)
    timing = Timing(tries=3)
    ours, theirs = SerialLink(timing), SerialLink(timing)
    received: list[bytes] = []
    now = 0.0
    for number, apdu in enumerate(apdus):
        apdu = bytes([number]) + apdu  # neighbours differ: equal ones need an answer in between
        ours.send(apdu, now)
        outcome: Event | None = None
        while outcome is None:
            to_them, to_us = _spoilt(ours.output(), chance), b""
            for event in theirs.receive(to_them, now) + theirs.tick(now):
                assert isinstance(event, Received)
                received.append(event.apdu)
            to_us = _spoilt(theirs.output(), chance)
            events = ours.receive(to_us, now) + ours.tick(now)
            outcome = events[0] if events else None
            now += 0.25
        arrived = received.count(apdu)
        assert arrived <= 1
        if outcome == Delivered():
            assert arrived == 1
        if outcome == Undelivered(refused=True):
            assert arrived == 0
    assert [each[0] for each in received] == sorted(each[0] for each in received)


def _spoilt(data: bytes, chance: random.Random) -> bytes:
    """What is left of ``data`` on a bad line: dropped, cut, or with one byte of a block changed."""
    if not data or chance.random() < 0.6:
        return data
    at = chance.randrange(len(data))
    if len(data) == 1 or chance.random() < 0.3:
        return b""
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
