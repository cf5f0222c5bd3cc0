"""PayProxy: answers, states, texts and receipts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from hardware.terminal.payproxy import codec
from hardware.terminal.payproxy.messages import read_answer, read_display, read_status
from hardware.terminal.payproxy.profile import Profile
from tools.fuzz.targets.target import WIDE, Target

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


def _payproxy(read: Callable[[Profile, bytes], object]) -> Callable[[bytes], object]:
    profile = Profile()
    return lambda raw: read(profile, raw)


TARGETS: Sequence[Target] = (
    Target("payproxy answer", _payproxy(read_answer), [*_ANSWERS, *WIDE], (ValueError,)),
    Target("payproxy status", _payproxy(read_status), [*_ANSWERS, *WIDE], (ValueError,)),
    Target("payproxy display", _payproxy(read_display), [*_ANSWERS, *WIDE], (ValueError,)),
    Target(
        "payproxy receipt",
        lambda raw: codec.decode_lines(raw.decode("utf-8", "replace")),
        [b'["a", "b"]', b"a\nb", *WIDE],
    ),
)
