"""The ways in which a terminal may be connected, and how the faults of the catalogue are called on each wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from faults.catalogue import Spec
from faults.environment import KEY_ENV
from faults.orders import Order

_MONEY = ("money", "authorise", "capture", "release", "refund")
_ANY = (*_MONEY, "token", "recover", "status")


@dataclass(frozen=True, slots=True)
class Dialect:
    """``url`` and ``profile`` are those of the device record: ``{host}`` is the terminal's name, ``{till}`` the port of
    the box that it calls, ``{hook}`` the address of the box for hints.

    ``words``: what a fault of PayProxy's catalogue becomes on this wire, where it has another name. ``specs``: what else
    can happen here. ``weight``: how often a history is about it. ``workers``: processes that may ask the terminal.
    ``abilities``: what else it can do, where that is an object of its own in the record. ``repeats``: a request may be
    sent again, because the other side takes both for one.
    """

    url: str
    weight: int
    profile: Mapping[str, object] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    specs: tuple[Spec, ...] = ()
    workers: tuple[str, ...] = ("worker-1", "worker-2")
    abilities: dict[str, object] = field(default_factory=dict)
    repeats: bool = False

    def spoken(self, order: Order) -> Order:
        """A fault on the line, as it is called here."""
        return replace(order, kind=self.words.get(order.kind, order.kind)) if order.layer == "line" else order


_TCP = (
    Spec("bytes_cut", "bytes", ("up", "down"), skip=60, weight=3.0),
    Spec("bytes_late", "bytes", ("up", "down"), skip=60, seconds=(1.0, 8.0, 40.0, 200.0), weight=3.0),
)
_ZVT_WORDS = {
    "late": "slow",
    "answer_of_another": "other_receipt",
    "other_amount": "other_receipt",
    "other_currency": "unknown_bmp",
    "other_time": "unknown_tag",
    "error_500_before": "module_silent",
    "error_500_after": "no_completion",
    "reprint_required": "end_of_day_due",
}
_ZVT = (
    Spec("silence", "line", _ANY, seconds=(5.0, 60.0)),
    Spec("initialisation_due", "line", _MONEY),
    Spec("no_acknowledgement", "line", _ANY),
    Spec("half_open", "line", _ANY, weight=2.0),
    Spec("wrong_pin_first", "line", _MONEY),
    Spec("line_tail", "line", _MONEY),
    Spec("no_last_line", "line", _MONEY),
    Spec("split", "line", _ANY),
)
_SERIAL = (
    Spec("bit_flipped", "bytes", ("up", "down"), skip=100, weight=4.0),
    Spec("byte_lost", "bytes", ("up", "down"), skip=100, weight=4.0),
    Spec("line_stalled", "bytes", ("up", "down"), skip=100, seconds=(1.5, 6.0, 20.0), weight=2.0),
    Spec("cable_pulled", "bytes", ("up", "down"), skip=100, weight=2.0),
    Spec("nak", "line", _ANY),
    Spec("nak_once", "line", _ANY),
    Spec("ack_lost", "line", _ANY),
    Spec("ack_late", "line", _ANY, seconds=(3.0, 6.0, 17.0)),
    Spec("ack_garbled", "line", _ANY),
    Spec("wrong_checksum", "line", _ANY),
)

DIALECTS: Mapping[str, Dialect] = {
    "payproxy": Dialect("payproxy+http://{host}", 40),
    "zvt+tcp": Dialect("zvt+tcp://{host}:20007", 15, {}, _ZVT_WORDS, (*_TCP, *_ZVT, Spec("glued", "line", _ANY))),
    "zvt+serial": Dialect("zvt+serial:///dev/{host}", 15, {}, _ZVT_WORDS, (*_SERIAL, *_ZVT), ("worker-1",)),
    "opi+tcp": Dialect(
        "opi+tcp://{host}:4100",
        15,
        {"listen_port": "{till}"},
        {
            "late": "slow",
            "answer_of_another": "other_request_id",
            "other_amount": "other_request_id",
            "other_currency": "garbled",
            "other_time": "answered_twice",
            "error_500_before": "inoperable",
            "error_500_after": "answer_cut",
        },
        (*_TCP, Spec("call_refused", "call", ("till-1", "till-2"), skip=3, weight=2.0)),
        abilities={"pre_authorisation": True},
    ),
    "ccv": Dialect(
        "ccv+http://127.0.0.1:{till}/api/v1?terminal=12345678",
        15,
        {"key_env": KEY_ENV, "test_mode": True, "webhook_url": "{hook}"},
        {
            "late": "slow",
            "answer_of_another": "other_request_id",
            "other_amount": "other_request_id",
            "other_currency": "manual_intervention",
            "other_time": "garbled",
            "reprint_required": "too_many",
            "logged_out": "key_refused",
        },
        (
            *_TCP,
            Spec("too_many", "line", _ANY),
            Spec("unknown_failure", "line", _MONEY),
            Spec("needs_terminal", "line", ("refund",)),
            Spec("manual_intervention", "line", _MONEY, seconds=(10.0, 100.0, 2000.0)),
            Spec("hook_late", "line", _MONEY, seconds=(5.0, 60.0)),
            Spec("hook_twice", "line", _MONEY),
            Spec("hook_stranger", "line", _MONEY),
            Spec("hook_never", "line", _MONEY),
        ),
        abilities={"abort": True, "display_text": True},
        repeats=True,
    ),
}
