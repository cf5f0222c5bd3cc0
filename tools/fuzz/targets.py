"""Every decoder that reads what a device sends, in one list. A new one is a line here."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from hardware.charger.ocpp16.protocol import Protocol
from hardware.charger.ocpp16.simulator.calls import ACTIONS
from hardware.terminal.ccv.hints import read_hint
from hardware.terminal.ccv.profile import Profile as CcvProfile
from hardware.terminal.ccv.transactions import read_list, read_refusal, read_transaction
from hardware.terminal.payproxy import codec
from hardware.terminal.payproxy.messages import read_answer, read_display, read_status
from hardware.terminal.payproxy.profile import Profile
from hardware.terminal.zvt import message
from hardware.terminal.zvt.__main__ import decode_line, encode_line
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.explain import trace
from hardware.terminal.zvt.serial_frame import frame, unframe
from hardware.terminal.zvt.serial_link import SerialLink
from hardware.terminal.zvt.stream import ApduStream


@dataclass(frozen=True)
class Target:
    """``run`` takes any bytes and may raise nothing but ``errors``; ``seeds`` are inputs that make sense to it."""

    name: str
    run: Callable[[bytes], object]
    seeds: Sequence[bytes]
    errors: tuple[type[Exception], ...] = ()


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

_ANSWERS = [
    json.dumps(
        {
            "status": "SUCCESS",
            "requestId": "123",
            "amount": "50.00",
            "currency": "EUR",
            "token": "99abcdef",
            "timestamp": "2026-11-22T14:35:00+01:00",
            "customerReceipt": '["a", "b"]',
        }
    ).encode(),
    b'{"status": "SUCCESS", "terminalState": "IDLE", "terminalId": "1", "displayText": "Hi"}',
]

_TRANSACTIONS = [
    (
        b'{"reference": "TL1", "status": "success", "type": "authorise", "amount": "50.00", "currency": "eur",'
        b' "token": "99abcdef", "statusFinalDate": 1767225600000, "details": {"customerReceipt": "[\\"a\\"]"}}'
    ),
    b'[{"reference": "TL1", "status": "pending"}, {"reference": "TL2", "status": "failed", "failureCode": "expired"}]',
    b"[" + b'{"reference":"TL1","status":"failed"},' * 990 + b'{"reference":"TL1","status":"failed"}]',
    b'{"type": "process_error", "message": "no", "failureCode": "refund_limit"}',
    b'{"id": "TL1"}',
]

#: JSON that is worth the most memory for its size.
_WIDE = [
    b'{"status": [' + piece * (size // len(piece)) + b"0]}"
    for size in (190_000, 290_000)
    for piece in (b"[],", b"{},", b"1.1,", b'"ab",')
]

_FRAMES = [
    b'[2, "1", "Heartbeat", {}]',
    b'[2, "2", "RemoteStopTransaction", {"transactionId": 7}]',
    b'[2, "3", "RemoteStartTransaction", {"connectorId": 1, "idTag": "A"}]',
    b'[3, "1", {"currentTime": "2026-11-22T14:35:00Z"}]',
    b'[4, "1", "InternalError", "what", {}]',
    *(b'[2, "4", "Heartbeat", ' + each + b"]" for each in _WIDE),
]


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


def _payproxy(read: Callable[[Profile, bytes], object]) -> Callable[[bytes], object]:
    profile = Profile()
    return lambda raw: read(profile, raw)


def _ccv(read: Callable[[CcvProfile, bytes], object]) -> Callable[[bytes], object]:
    profile = CcvProfile()
    return lambda raw: read(profile, raw)


def _ocpp(raw: bytes) -> None:
    protocol = Protocol(ACTIONS)
    protocol.call("1", "Heartbeat", {})
    protocol.frames(0)
    protocol.receive(raw.decode("utf-8", "replace"))
    for answer in protocol.frames(0):
        json.loads(answer)


TARGETS: Sequence[Target] = (
    Target("zvt apdu", _zvt_apdu, [*_APDUS, *_LARGE], (ZvtError,)),
    Target("zvt data", _zvt_data, [each[:2] + each[3:] for each in _APDUS] + [each[:2] + each[5:] for each in _LARGE]),
    Target("zvt serial block", unframe, [frame(each) for each in _APDUS], (ZvtError,)),
    Target("zvt serial line", _zvt_line, [frame(each) for each in (*_APDUS, *_LARGE)]),
    Target("zvt tcp stream", _zvt_stream, [*_APDUS, b"".join(_APDUS)], (ZvtError,)),
    Target("zvt decode", _zvt_shown, [each.hex().encode() for each in (*_APDUS, *_LARGE)]),
    Target("zvt encode", _zvt_encode, [*_SHOWN, *_WIDE]),
    Target("payproxy answer", _payproxy(read_answer), [*_ANSWERS, *_WIDE], (ValueError,)),
    Target("payproxy status", _payproxy(read_status), [*_ANSWERS, *_WIDE], (ValueError,)),
    Target("payproxy display", _payproxy(read_display), [*_ANSWERS, *_WIDE], (ValueError,)),
    Target(
        "payproxy receipt",
        lambda raw: codec.decode_lines(raw.decode("utf-8", "replace")),
        [b'["a", "b"]', b"a\nb", *_WIDE],
    ),
    Target("ccv transaction", _ccv(read_transaction), [*_TRANSACTIONS, *_WIDE], (ValueError,)),
    Target("ccv list", _ccv(read_list), [*_TRANSACTIONS, *_WIDE], (ValueError,)),
    Target("ccv error", _ccv(read_refusal), [*_TRANSACTIONS, *_WIDE], (ValueError,)),
    Target("ccv hint", read_hint, [*_TRANSACTIONS, *_WIDE]),
    Target("ocpp frame", _ocpp, _FRAMES),
)
