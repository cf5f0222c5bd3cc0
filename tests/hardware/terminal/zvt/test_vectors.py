"""Every vector: those that others made, where they lie beside the clone, and our own, which cover each rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from hardware.terminal.zvt import encodings, json_form, lengths, tlv
from hardware.terminal.zvt.__main__ import decode_line, encode_line
from hardware.terminal.zvt.apdu import read_header
from hardware.terminal.zvt.bmp import read_bmps, write_bmps
from hardware.terminal.zvt.commands import INTERMEDIATE_STATUS, SYSTEM_INFORMATION
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.explain import lines_of
from hardware.terminal.zvt.flags import Config, RegistrationService
from hardware.terminal.zvt.message import decode, decode_data
from hardware.terminal.zvt.serial_frame import frame, unframe
from hardware.terminal.zvt.stream import ApduStream
from tests.hardware.terminal.zvt.own_vectors import Vector, own_vectors

_GIVEN = Path(__file__).resolve().parents[5] / "shared" / "vectors" / "zvt.json"
#: Its author skips 00 and FF between objects. ZVT has no such padding, and FF begins the tags of Feig.
_NOT_ZVT = "padding 00 and FF skipped"


def _vectors() -> list[Vector]:
    given = json.loads(_GIVEN.read_text(encoding="utf-8")) if _GIVEN.is_file() else []
    return [*own_vectors(), *given]


@pytest.mark.parametrize("vector", _vectors(), ids=lambda vector: f"{vector['kind']}: {vector['name']}")
def test_a_vector_reads_as_expected_and_is_written_byte_for_byte(vector: Vector) -> None:
    _CHECKS[vector["kind"]](bytes.fromhex(vector["hex"]), vector)


def test_our_own_vectors_have_every_kind() -> None:
    assert {each["kind"] for each in own_vectors()} == set(_CHECKS)


def _apdu(raw: bytes, vector: Vector) -> None:
    _command_line(vector, serial=False)
    if "incomplete" not in vector["decoded"]:
        assert decode(raw).encode() == raw


def _serial(raw: bytes, vector: Vector) -> None:
    _command_line(vector, serial=True)
    assert unframe(raw) == bytes.fromhex(vector["apdu"])
    assert frame(unframe(raw)) == raw


def _command_line(vector: Vector, *, serial: bool) -> None:
    decoded = decode_line(vector["hex"], serial=serial)
    expected = vector["decoded"]
    assert {key: decoded.get(key) for key in expected} == expected
    if expected.get("incomplete"):
        assert "error" in decoded
        return
    assert "error" not in decoded
    assert encode_line(json.dumps(decoded), serial=serial) == vector["hex"]
    if "exact" not in decoded:
        assert set(decoded) & {"positional", "bmp", "rest", "attribute"} <= set(expected) | {"bmp"}
        assert encode_line(json.dumps(expected), serial=serial) == vector["hex"]


def _bcd(raw: bytes, vector: Vector) -> None:
    if "expect" in vector:
        with pytest.raises(ZvtError):
            encodings.read_digits(raw)
        return
    value = vector["fields"]["value"]
    digits = encodings.read_digits(raw)
    assert (digits if isinstance(value, str) else int(digits)) == value
    assert encodings.write_digits(str(value), len(raw)) == raw


def _length(
    read: Callable[[bytes], tuple[int, int] | None], write: Callable[[int], bytes], odd: str = ""
) -> Callable[[bytes, Vector], None]:
    def check(raw: bytes, vector: Vector) -> None:
        if "expect" in vector:
            with pytest.raises(ZvtError):
                read(raw)
            return
        assert read(raw) == (vector["fields"]["value"], len(raw))
        if raw.hex().startswith("f") or not odd:
            assert write(vector["fields"]["value"]) == raw

    return check


def _lllvar(raw: bytes, vector: Vector) -> None:
    length, size = lengths.read_var_length(raw, 3)
    assert raw[size:].hex() == vector["fields"]["value"]
    assert lengths.write_var_length(length, 3) + raw[size:] == raw


def _tag(raw: bytes, vector: Vector) -> None:
    fields = vector["fields"]
    tag, size = tlv.read_tag(raw)
    assert (tlv.tag_name(tag), tlv.is_constructed(tag), size) == (fields["tag"], fields["constructed"], fields["size"])


def _tlv(raw: bytes, vector: Vector) -> None:
    objects = tlv.read_objects(raw)
    assert json_form.tree(objects) == vector["decoded"]["tlv"]
    assert tlv.write_objects(objects) == raw


def _tlv_objects(raw: bytes, vector: Vector) -> None:
    objects = tlv.read_objects(raw)
    assert tlv.write_objects(objects) == raw
    if vector["name"] == _NOT_ZVT:
        assert objects == (tlv.Tlv(tlv.UNREADABLE, raw),)
        return
    assert {tlv.tag_name(each.tag).upper(): each.value.hex() for each in objects} == vector["fields"]


def _tlv_list(raw: bytes, vector: Vector) -> None:
    length, size = lengths.read_ber_length(raw)
    assert len(raw) == length + size
    depth, objects = 0, tlv.read_objects(raw[size:])
    while objects:
        depth, leaf, objects = depth + 1, objects[0].tag, objects[0].children
    assert (depth, tlv.tag_name(leaf)) == (vector["fields"]["depth"], vector["fields"]["leaf"])


def _bmp(raw: bytes, vector: Vector) -> None:
    bmps, rest = read_bmps(raw)
    assert json_form.bmp_pairs(bmps) == vector["decoded"]["bmp"]
    assert rest == b""
    assert write_bmps(bmps) == raw


def _header(raw: bytes, vector: Vector) -> None:
    header = read_header(raw)
    assert (header.length if header else None) == vector["fields"].get("length")


def _data_block(raw: bytes, vector: Vector) -> None:
    message = decode_data(INTERMEDIATE_STATUS, raw)
    fields = vector["fields"]
    assert message.position("status") == bytes([fields["status"]])
    timeout = message.position("timeout")
    assert (int(timeout.hex()) if timeout else None) == fields.get("timeout_bcd")
    assert lines_of(message) == fields.get("tlv.24.07", [])


def _bit_field(raw: bytes, vector: Vector) -> None:
    bits = {
        "menu_disabled": RegistrationService.MENU_DISABLED,
        "capitals": RegistrationService.CAPITALS,
        "print_lines": Config.PRINT_LINES,
    }
    assert {name: bool(raw[0] & bits[name]) for name in vector["fields"]} == vector["fields"]


def _stream(raw: bytes, vector: Vector) -> None:
    stream = ApduStream()
    if "expect" in vector:
        with pytest.raises(ZvtError):
            stream.receive(raw)
        return
    assert [decode(each).name for each in stream.receive(raw)] == ["acknowledged"]
    assert stream.pending == len(bytes.fromhex(vector["fields"]["rest"]))


def _vendor(raw: bytes, vector: Vector) -> None:
    expected = {name.replace("sw_version", "device_version"): value for name, value in vector["fields"].items()}
    for message in (decode(raw, sent=SYSTEM_INFORMATION), decode(raw)):
        assert {name: value.decode() for name, value in message.positional} == expected
        assert message.encode() == raw


_CHECKS: Mapping[str, Callable[[bytes, Vector], None]] = {
    "apdu": _apdu,
    "serial": _serial,
    "bcd": _bcd,
    "apdu-length": _length(lengths.read_apdu_length, lengths.write_apdu_length),
    "tlv-length": _length(lengths.read_ber_length, lengths.write_ber_length),
    "llvar-length": _length(
        lambda raw: lengths.read_var_length(raw, 2),
        lambda length: lengths.write_var_length(length, 2),
        odd="high nibble",
    ),
    "lllvar-length": _length(
        lambda raw: lengths.read_var_length(raw, 3), lambda length: lengths.write_var_length(length, 3)
    ),
    "lllvar": _lllvar,
    "tlv-tag": _tag,
    "tlv": _tlv,
    "tlv-objects": _tlv_objects,
    "tlv-list": _tlv_list,
    "bmp": _bmp,
    "apdu-header": _header,
    "data-block": _data_block,
    "bitfield": _bit_field,
    "apdu-stream": _stream,
    "vendor": _vendor,
}
