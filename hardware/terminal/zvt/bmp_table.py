"""Every bitmap (BMP) of ZVT: how long it is, how to read it, what it means. Source: zvt.md, section 6."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

#: ``size`` of a field whose length comes first.
LL = -2  # two digits
LLL = -3  # three digits
BER = 0  # as a TLV object's

CONTAINER = 0x06


class Form(Enum):
    """How the content of a field or an object reads."""

    BINARY = auto()
    NUMBER = auto()  # the high byte first
    DIGITS = auto()
    AMOUNT = auto()
    CARD = auto()  # digits of a card, some of them masked
    TEXT = auto()
    OBJECTS = auto()


@dataclass(frozen=True, slots=True)
class Kind:
    """What a BMP or a tag is. ``size`` is in bytes or one of ``LL``, ``LLL``, ``BER``.

    ``secret``: identifies a card or opens something; shown in no trace.
    """

    name: str
    form: Form = Form.BINARY
    size: int = BER
    secret: bool = False


def _of(size: int, form: Form, names: Mapping[int, str]) -> dict[int, Kind]:
    return {tag: Kind(name, form, size) for tag, name in names.items()}


def _secret(size: int, form: Form, names: Mapping[int, str]) -> dict[int, Kind]:
    return {tag: Kind(name, form, size, secret=True) for tag, name in names.items()}


BMPS: Mapping[int, Kind] = {
    CONTAINER: Kind("container", Form.OBJECTS, BER),
    0x04: Kind("amount", Form.AMOUNT, 6),
    **_of(
        1,
        Form.NUMBER,
        {
            0x01: "timeout in seconds",
            0x02: "most status informations",
            0x05: "pump number",
            0x27: "result code",
            0x72: "image type",
            0x73: "image encoding",
            0x74: "image chunks",
            0x75: "image chunk",
            0x8A: "card type",
            0x8C: "card type of the network operator",
            0xA0: "result code of the host",
            0xD0: "key algorithm",
            0xD2: "card output direction",
            0xD3: "key id",
            0xE0: "shortest input",
            0xE9: "longest input",
            0xEA: "input echo",
            0xF0: "display seconds",
            0xF9: "beeps",
            0xFA: "card reader",
            0xFB: "confirmation needed",
            0xFD: "display device",
        },
    ),
    **_of(1, Form.BINARY, {0x03: "service byte", 0x19: "status, payment or card type", 0xFC: "dialogue control"}),
    **_of(2, Form.DIGITS, {0x0D: "date MMDD", 0x0E: "expiry YYMM", 0x17: "card sequence number", 0x49: "currency"}),
    0x87: Kind("receipt number", Form.DIGITS, 2),
    **_of(
        3,
        Form.DIGITS,
        {
            0x0B: "trace number",
            0x0C: "time HHMMSS",
            0x37: "trace number of the original",
            0x88: "turnover record number",
            0xAA: "date YYMMDD",
        },
    ),
    **_of(4, Form.NUMBER, {0x70: "image request", 0x71: "image size"}),
    0x29: Kind("terminal id", Form.DIGITS, 4),
    0x2A: Kind("contract number", Form.TEXT, 15),
    0xBA: Kind("authorisation parameter", Form.BINARY, 5),
    0xEB: Kind("message authentication code", Form.BINARY, 8),
    0x8B: Kind("card name", Form.TEXT, LL),
    0x4C: Kind("refused goods groups", Form.DIGITS, LL),
    **_of(LL, Form.TEXT, {tag: f"text line {tag - 0xF0}" for tag in range(0xF1, 0xF9)}),
    **_of(LL, Form.TEXT, {tag: f"second text line {tag - 0xE0}" for tag in range(0xE1, 0xE9)}),
    0x3C: Kind("additional text", Form.TEXT, LLL),
    0x60: Kind("totals", Form.BINARY, LLL),
    **_secret(LL, Form.CARD, {0x22: "card number", 0x23: "track 2"}),
    **_secret(LLL, Form.BINARY, {0x24: "track 3", 0x2E: "synchronous chip data", 0x92: "chip data, offline"}),
    **_secret(LLL, Form.BINARY, {0x9A: "purse record", 0xAF: "chip info"}),
    **_secret(LL, Form.BINARY, {0x2D: "track 1", 0xA7: "chip data", 0xD1: "PIN data"}),
    0x3A: Kind("card verification value", Form.CARD, 2, secret=True),
    0x3B: Kind("authorisation id", Form.BINARY, 8, secret=True),  # what a booking needs back
    0x3D: Kind("password", Form.DIGITS, 3, secret=True),
}
