"""Whatever the bytes are: every one of them is kept, nothing is raised but ZvtError, nothing takes long."""

from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hardware.terminal.zvt.__main__ import decode_line, encode_line
from hardware.terminal.zvt.apdu import join, split
from hardware.terminal.zvt.bmp import Bmp, read_bmps, write_bmps
from hardware.terminal.zvt.bmp_table import BMPS, CONTAINER
from hardware.terminal.zvt.commands import NAMES
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.explain import lines_of, result_of, status_of, trace
from hardware.terminal.zvt.message import decode, decode_data
from hardware.terminal.zvt.serial_frame import unframe
from hardware.terminal.zvt.tlv import Tlv, is_constructed, read_objects, write_objects
from hardware.terminal.zvt.tlv_table import TAGS
from tests.hardware.terminal.zvt.own_vectors import own_vectors

_SEEDS = [bytes.fromhex(each["hex"])[3:] for each in own_vectors() if each["kind"] == "apdu"]

commands = st.sampled_from(sorted(NAMES)) | st.integers(0, 0xFFFF)
primitives = st.builds(Tlv, st.sampled_from([tag for tag in TAGS if not is_constructed(tag)]), st.binary(max_size=140))
objects = st.recursive(
    primitives,
    lambda inner: st.builds(
        Tlv, st.sampled_from([tag for tag in TAGS if is_constructed(tag)]), st.lists(inner, max_size=4).map(tuple)
    ),
    max_leaves=12,
)
containers = st.lists(objects, max_size=4).map(lambda found: Bmp(CONTAINER, tuple(found)))
fields = st.sampled_from(sorted(set(BMPS) - {CONTAINER})).flatmap(
    lambda tag: st.builds(
        Bmp,
        st.just(tag),
        st.binary(min_size=max(0, BMPS[tag].size), max_size=BMPS[tag].size if BMPS[tag].size > 0 else 99),
    )
)
bytes_of_any_kind = (
    st.binary(max_size=200)
    | st.lists(fields | containers, max_size=5).map(write_bmps)
    | st.tuples(st.sampled_from(_SEEDS), st.binary(max_size=6)).map(lambda pair: pair[0] + pair[1])
)


@settings(deadline=None, max_examples=50)
@given(st.lists(fields | containers, max_size=6))
def test_fields_survive_the_wire(bmps: list[Bmp]) -> None:
    assert read_bmps(write_bmps(bmps)) == (tuple(bmps), b"")


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_objects_keep_every_byte(raw: bytes) -> None:
    assert write_objects(read_objects(raw)) == raw


@settings(deadline=None, max_examples=100)
@given(commands, bytes_of_any_kind, st.booleans(), st.none() | commands)
@example(0x06D1, b"\0" + b"\x06\x00" * 60, False, None)
@example(0x060F, b"\xf0\xf0\xf0\x06", False, 0x0501)
@example(0x040F, b"\x06\x82\x00\x00", False, None)
def test_a_message_keeps_every_byte_and_can_always_be_told(
    command: int, data: bytes, extended: bool, sent: int | None
) -> None:
    raw = join(command, data, extended=extended)
    message = decode(raw, sent=sent)
    assert message.encode() == raw
    assert message == decode_data(command, data, sent=sent, extended=message.extended)
    assert trace(message).startswith(f"{command >> 8:02X} {command & 0xFF:02X} ")
    result_of(message)
    status_of(message)
    lines_of(message)


@settings(deadline=None, max_examples=50)
@given(commands, bytes_of_any_kind, st.booleans())
def test_the_command_line_gives_back_every_apdu(command: int, data: bytes, extended: bool) -> None:
    raw = join(command, data, extended=extended)
    shown = decode_line(raw.hex())
    assert "error" not in shown
    assert shown["length"] == len(data)
    assert encode_line(json.dumps(shown)) == raw.hex()


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_an_apdu_or_a_zvt_error(raw: bytes) -> None:
    for read in (split, decode, unframe):
        assert 0 <= _offset_of_error(read, raw) <= len(raw) + 2


def _offset_of_error(read: Callable[[bytes], object], raw: bytes) -> int:
    try:
        read(raw)
    except ZvtError as error:
        return error.offset
    return 0


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_shown_or_an_error(text: str) -> None:
    for convert in (decode_line, encode_line):
        json.dumps(convert(text))


def test_deep_and_wide_containers_are_bounded_and_kept() -> None:
    deep = b""
    for _ in range(5000):
        length = b"\x82" + len(deep).to_bytes(2, "big")
        deep = b"\xe9" + length + deep
    wide = b"\x07\x00" * 30000
    for value in (deep, wide):
        raw = join(0x040F, b"\x06\x82" + len(value).to_bytes(2, "big") + value)
        assert decode(raw).encode() == raw
        assert encode_line(json.dumps(decode_line(raw.hex()))) == raw.hex()
