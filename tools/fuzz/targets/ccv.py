"""CCV's cloud: transactions, lists, errors and webhooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hardware.terminal.ccv.hints import read_hint
from hardware.terminal.ccv.profile import Profile
from hardware.terminal.ccv.transactions import read_list, read_refusal, read_transaction
from tools.fuzz.targets.target import WIDE, Target

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


def _ccv(read: Callable[[Profile, bytes], object]) -> Callable[[bytes], object]:
    profile = Profile()
    return lambda raw: read(profile, raw)


TARGETS: Sequence[Target] = (
    Target("ccv transaction", _ccv(read_transaction), [*_TRANSACTIONS, *WIDE], (ValueError,)),
    Target("ccv list", _ccv(read_list), [*_TRANSACTIONS, *WIDE], (ValueError,)),
    Target("ccv error", _ccv(read_refusal), [*_TRANSACTIONS, *WIDE], (ValueError,)),
    Target("ccv hint", read_hint, [*_TRANSACTIONS, *WIDE]),
)
