"""ZVT: APDUs, serial blocks, the stream of TCP, and the decoder that people type."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count

from hardware.terminal.zvt import message
from hardware.terminal.zvt.__main__ import decode_line, encode_line
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.explain import trace
from hardware.terminal.zvt.serial_frame import frame, unframe
from hardware.terminal.zvt.serial_link import SerialLink
from hardware.terminal.zvt.stream import ApduStream
from tools.fuzz.targets.target import WIDE, Target

_APDUS = [
    bytes.fromhex(each)
    for each in (
        "800000",
        "061e016c",
        "060006123456ba0978",
        "060f0c f0f0f3312e3051 0603080142",
        "04ff1e0a01061a241807164269747465204b617274652065696e737465636b656e",
        "06221e1940490978040000000025000610e90e1f620241431f6306333834484832",
        "040f2527000400000000250087024922f0f8eeeeeeeeeeee47718bf0f96769726f63617264002705",
        "040f0e060c620560034301a060034301b0",
        "06d109004869 06041f070101",
        "06d30d060b1f07010225050901400700",
        "061e10b8870123060a23080802456708027890",
        "040fff02002705",
    )
]
#: Full of the smallest objects, of the smallest fields, and of containers in containers.
_LARGE = [
    b"\x04\x0f\xff\xff\xff" + data
    for data in (
        b"\x06\x82\xff\xfb" + b"\x07\x00" * 32765 + b"\x00",
        b"\x27\x00" * 32767 + b"\x27",
        b"\x06\x82\xff\xfb" + (b"\xe9\x82\xff\xf0" * 16383)[:65531],
        b"\x1f" * 65535,
    )
]
_SHOWN = [json.dumps(decode_line(each.hex())).encode() for each in _APDUS]


def _zvt_apdu(raw: bytes) -> None:
    found = message.decode(raw)
    assert found.encode() == raw
    trace(found)


def _zvt_data(raw: bytes) -> None:
    data = raw[2:0x10001]
    found = message.decode_data(int.from_bytes(raw[:2], "big"), data)
    assert found.data() == data
    trace(found)


def _zvt_line(raw: bytes) -> None:
    link = SerialLink()
    link.send(_APDUS[0], 0)
    size = 1 + raw[0] % 16 if raw else 1
    for at, now in zip(range(0, len(raw), size), count(step=0.15)):
        link.receive(raw[at : at + size], now)
        link.tick(now)
    link.output()


def _zvt_stream(raw: bytes) -> None:
    stream = ApduStream()
    size = 1 + (raw[-1] if raw else 0)
    for at in range(0, len(raw), size):
        stream.receive(raw[at : at + size])


def _zvt_shown(raw: bytes) -> None:
    json.dumps(decode_line(raw.decode("utf-8", "replace")))


def _zvt_encode(raw: bytes) -> None:
    encoded = encode_line(raw.decode("utf-8", "surrogateescape"))
    if isinstance(encoded, str):
        assert "error" not in decode_line(encoded)


TARGETS: Sequence[Target] = (
    Target("zvt apdu", _zvt_apdu, [*_APDUS, *_LARGE], (ZvtError,)),
    Target("zvt data", _zvt_data, [each[:2] + each[3:] for each in _APDUS] + [each[:2] + each[5:] for each in _LARGE]),
    Target("zvt serial block", unframe, [frame(each) for each in _APDUS], (ZvtError,)),
    Target("zvt serial line", _zvt_line, [frame(each) for each in (*_APDUS, *_LARGE)]),
    Target("zvt tcp stream", _zvt_stream, [*_APDUS, b"".join(_APDUS)], (ZvtError,)),
    Target("zvt decode", _zvt_shown, [each.hex().encode() for each in (*_APDUS, *_LARGE)]),
    Target("zvt encode", _zvt_encode, [*_SHOWN, *WIDE]),
)
