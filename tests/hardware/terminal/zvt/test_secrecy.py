"""What identifies a card or opens something stays out of traces, representations and errors."""

from __future__ import annotations

import pytest

from hardware.terminal.zvt import build
from hardware.terminal.zvt.apdu import Incomplete
from hardware.terminal.zvt.bmp import Bmp
from hardware.terminal.zvt.bmp_table import BMPS
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.explain import explain, trace
from hardware.terminal.zvt.message import Message, decode
from hardware.terminal.zvt.serial_frame import unframe
from hardware.terminal.zvt.serial_link import Received
from hardware.terminal.zvt.serial_receiver import Block
from hardware.terminal.zvt.tlv import Tlv

_PAN = bytes.fromhex("4711008005757038")


def _with(tag: int) -> Bmp:
    size = BMPS[tag].size
    return Bmp(tag, _PAN[:size] if size > 0 else _PAN)


SECRET_BMPS = (0x22, 0x23, 0x24, 0x2D, 0x2E, 0x3A, 0x3B, 0x3D, 0xA7, 0xD1)
SECRET_TAGS = (0x1F08, 0x1F09, 0x1F0A, 0x1F14, 0x1F61, 0x46, 0x47, 0x4C, 0xC0, 0xD1, 0xFF40, 0x1F6F)


@pytest.mark.parametrize("tag", SECRET_BMPS)
def test_a_secret_field_is_counted_and_not_shown(tag: int) -> None:
    field = _with(tag)
    line = trace(Message(0x040F, bmps=(field,)))
    assert field.value.hex() not in line
    assert f"<{len(field.value)} bytes>" in line


@pytest.mark.parametrize("tag", SECRET_TAGS)
def test_a_secret_or_unknown_object_is_counted_and_not_shown(tag: int) -> None:
    line = trace(Message(0x040F, bmps=(build.container(Tlv(0x60, (Tlv(tag, _PAN),))),)))
    assert _PAN.hex() not in line
    assert "<8 bytes>" in line


def test_what_cannot_be_read_is_counted_and_not_shown() -> None:
    message = decode(bytes.fromhex("040f0ac5" + _PAN.hex() + "01"))
    assert message.rest
    assert "<10 bytes>" in trace(message)
    assert "4711" not in trace(message)


def test_card_digits_in_texts_are_masked() -> None:
    printed = Message(0x06D1, (("attribute", b"\0"), ("text", b"4711 0080 0575 7038")))
    block = Message(0x06D3, bmps=(build.container(Tlv(0x25, (Tlv(0x07, b"Nr 4711008005757038"),))),))
    told = Message(0x040F, bmps=(build.text(0x3C, "4711008005757038"),))
    for message in (printed, block, told):
        assert "****7038" in trace(message)
        assert "4711" not in trace(message)


def test_passwords_and_keys_are_not_shown() -> None:
    registration = decode(bytes.fromhex("060006987654ba0978"))
    assert trace(registration) == "06 00 registration: password <3 bytes>, config byte ba, cc 0978"
    digits = decode(bytes.fromhex("800004") + b"1234", sent=0x06E2)
    assert trace(digits) == "80 00 acknowledged: key codes <4 bytes>"


def test_a_trace_says_what_is_harmless() -> None:
    message = decode(bytes.fromhex("040f15270504000000002500870249490978060408020042"))
    assert trace(message) == (
        "04 0F status information: result code 05 (declined), amount 2500, receipt number 0249, currency 0978, "
        "receipt number 0042"
    )


def test_with_secrets_everything_is_told() -> None:
    told = {each.path: each.value for each in explain(Message(0x040F, bmps=(Bmp(0x22, _PAN),)), secrets=True)}
    assert told == {"22": "4711008005757038"}


def test_a_representation_has_tags_and_sizes_only() -> None:
    fields = (Bmp(0x22, _PAN), build.container(Tlv(0x60, (Tlv(0x1F14, _PAN),))))
    message = Message(0x0600, (("password", b"\x98\x76\x54"),), fields, rest=_PAN)
    assert repr(message) == "Message(0600 registration, [Bmp(22, 8 bytes), Bmp(06, [Tlv(60, [Tlv(1f14, 8 bytes)])])])"
    for each in (Received(_PAN), Block(_PAN)):
        assert "G\\x11" not in repr(each)


def test_errors_do_not_quote_the_bytes() -> None:
    raw = bytes.fromhex("040f08") + _PAN
    errors: list[ZvtError] = []
    for call in (lambda: decode(raw[:-1]), lambda: decode(raw + b"\x47"), lambda: unframe(b"\x10\x02" + raw)):
        with pytest.raises(ZvtError) as caught:
            call()
        errors.append(caught.value)
    assert isinstance(errors[0], Incomplete)
    for error in errors:
        assert "4711" not in f"{error} {error!r} {error.args}"
