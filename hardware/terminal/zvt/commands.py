"""Every command of ZVT, in both directions: its name, and what stands before its BMPs.

Where a command begins in more than one way, its layouts are tried in order, and the first wins that reads to the end.
Source: zvt.md, sections 5 (traps) and 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hardware.terminal.zvt.bmp_table import CONTAINER, LLL

#: ``size`` of a position that takes everything to the end.
ALL = 0

STATUS_INFORMATION = 0x040F
INTERMEDIATE_STATUS = 0x04FF
STATUS_ENQUIRY = 0x0501
REGISTRATION = 0x0600
COMPLETION = 0x060F
ABORTED = 0x061E
PRINT_LINE = 0x06D1
SYSTEM_INFORMATION = 0x0FA1
POSITIVE = 0x8000
REFUSED_WITH_CODE = 0x841E

_WRONG_CURRENCY = 0x6F
_RECEIPT = 0x87


@dataclass(frozen=True, slots=True)
class Position:
    """A value that has its place instead of a BMP. ``size`` is in bytes, or ``LLL``, or ``ALL``."""

    name: str
    size: int
    digits: bool = False  # only BCD digits are believed
    text: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions in order. BMPs may follow; with ``followed_by`` only a list that begins with one of these."""

    positions: tuple[Position, ...] = ()
    followed_by: frozenset[int] | None = None


_PASSWORD = Position("password", 3, secret=True)
_CHECKED_PASSWORD = Position("password", 3, digits=True, secret=True)
_CONFIG = Position("config_byte", 1)
_CURRENCY = Position("cc", 2, digits=True)
_RESULT = Position("result_code", 1)
_VERSION = Position("sw_version", LLL, text=True)
_TERMINAL_STATUS = Position("terminal_status", 1)
_STATUS = Position("status", 1)

BMPS_ONLY = Layout()
_WITH_PASSWORD = (Layout((_PASSWORD,)),)
_PASSWORD_OR_NOT = (Layout((_CHECKED_PASSWORD,)), BMPS_ONLY)
_FROM_TO = (_PASSWORD, Position("from", 2, digits=True), Position("to", 2, digits=True))
_REFUSAL = Layout((_RESULT,), frozenset({_RECEIPT, CONTAINER}))

_LAYOUTS: Mapping[int, tuple[Layout, ...]] = {
    REGISTRATION: (Layout((_PASSWORD, _CONFIG, _CURRENCY)), Layout((_PASSWORD, _CONFIG))),
    STATUS_ENQUIRY: _PASSWORD_OR_NOT,
    0x0679: _PASSWORD_OR_NOT,
    **dict.fromkeys((0x0693, 0x0630, 0x0631, 0x0620, 0x0610, 0x0650, 0x061B, 0x0691, 0x0814), _WITH_PASSWORD),
    0x0612: (Layout(_FROM_TO), Layout(_FROM_TO[:2]), *_WITH_PASSWORD),
    0x06C0: (Layout((Position("timeout", 1),)),),
    0x0830: (Layout((Position("language", 1),)),),
    0x0840: (Layout((Position("baud_rate", 1),)),),
    # The timeout may be missing, and 06 in its place begins the container when one fits.
    INTERMEDIATE_STATUS: (
        Layout((_STATUS,), frozenset({CONTAINER})),
        Layout((_STATUS, Position("timeout", 1))),
        Layout((_STATUS,)),
    ),
    # The text has no length of its own; what card complete appends to it is told apart in ``message``.
    PRINT_LINE: (Layout((Position("attribute", 1), Position("text", ALL, text=True))),),
}

_AFTER_STATUS_ENQUIRY = (Layout((_VERSION, _TERMINAL_STATUS)), Layout((_TERMINAL_STATUS,)), Layout((_VERSION,)))
_COMPLETIONS = (_AFTER_STATUS_ENQUIRY[0], _AFTER_STATUS_ENQUIRY[2], BMPS_ONLY, Layout((_TERMINAL_STATUS,)))

_KEYS = (0x06E1, 0x06E2)

NAMES: Mapping[int, str] = {
    0x0401: "set the clock of the register",
    0x040C: "file request",
    0x040D: "key input",
    STATUS_INFORMATION: "status information",
    INTERMEDIATE_STATUS: "intermediate status",
    STATUS_ENQUIRY: "status enquiry",
    REGISTRATION: "registration",
    0x0601: "payment",
    0x0602: "log off",
    COMPLETION: "completion",
    0x0610: "turnover totals",
    0x0612: "reprint receipts",
    0x0618: "reset",
    0x061A: "print configuration",
    0x061B: "set terminal id",
    ABORTED: "aborted",
    0x0620: "repeat receipt",
    0x0622: "pre-authorisation",
    0x0623: "partial reversal",
    0x0624: "book total",
    0x0625: "pre-authorisation reversal",
    0x0626: "reversal of an external reservation",
    0x0630: "reversal",
    0x0631: "refund",
    0x0650: "end of day",
    0x0652: "partial reconciliation",
    0x0670: "diagnosis",
    0x0679: "self test",
    0x0691: "set clock",
    0x0693: "initialisation",
    0x06B0: "abort",
    0x06C0: "read card",
    0x06C5: "close card session",
    0x06D0: "print receipt of a signature",
    PRINT_LINE: "print line",
    0x06D3: "print block",
    0x06E0: "display text",
    0x06E1: "display text and wait for a key",
    0x06E2: "display text and wait for digits",
    0x06E6: "card poll with authorisation",
    0x0813: "change configuration",
    0x0814: "write files",
    0x0830: "language",
    0x0840: "baud rate",
    0x0850: "card reader on or off",
    0x0F10: "totals of card complete",
    SYSTEM_INFORMATION: "system information of Feig",
    POSITIVE: "acknowledged",
    0x8400: "acknowledged",
    REFUSED_WITH_CODE: "refused",
    0x849C: "not finished, ask again",
    0x849D: "partial issue of goods",
}


def name_of(command: int) -> str:
    """What the command is called; negative answers are all called refused."""
    return NAMES.get(command) or ("refused" if command >> 8 == 0x84 else "unknown command")


def layouts(command: int, data: bytes, sent: int | None = None) -> Iterator[Layout]:
    """The ways in which this data may begin, the likeliest first, BMPs alone at last.

    ``sent`` is the command under way: with it the answers that look alike are told apart for certain.
    """
    if command == COMPLETION:
        yield from _completions(data, sent)
    elif command in (ABORTED, REFUSED_WITH_CODE):
        yield _REFUSAL
        if data[:1] == bytes([_WRONG_CURRENCY]):
            yield Layout((_RESULT, _CURRENCY))
        yield Layout((_RESULT,))
    elif command == POSITIVE:
        yield from _key_codes(data, sent)
    else:
        yield from _LAYOUTS.get(command, ())
    yield BMPS_ONLY


def layout_named(command: int, names: tuple[str, ...]) -> tuple[Position, ...]:
    """The positions with these names, in their order. Raises KeyError where the command has no such ones."""
    known: tuple[Layout, ...] = _LAYOUTS.get(command, ())
    if command == COMPLETION:
        known = (*_AFTER_STATUS_ENQUIRY, *(_system_information(bytes(size)) for size in (33, 36, 40)))
    elif command in (ABORTED, REFUSED_WITH_CODE):
        known = (Layout((_RESULT, _CURRENCY)), _REFUSAL)
    elif command == POSITIVE:
        known = (Layout((Position("key_codes", ALL),)),)
    for layout in (*known, BMPS_ONLY):
        if {each.name for each in layout.positions} == set(names) and len(names) == len(layout.positions):
            return layout.positions
    raise KeyError(names)


def _completions(data: bytes, sent: int | None) -> Iterator[Layout]:
    if sent == STATUS_ENQUIRY:
        yield from _AFTER_STATUS_ENQUIRY
    elif sent == SYSTEM_INFORMATION:
        yield _system_information(data)
    elif sent is None:
        yield from _COMPLETIONS
        if len(data) >= 33 and data.isascii() and data.decode("ascii").isprintable():
            yield _system_information(data)


def _key_codes(data: bytes, sent: int | None) -> Iterator[Layout]:
    if sent in _KEYS or (sent is None and len(data) == 1):
        yield Layout((Position("key_codes", ALL),))


def _system_information(data: bytes) -> Layout:
    """Device, version and terminal of fixed width, then the battery where there is one, then the temperature."""
    names = {"device_id": 8, "device_version": 17, "terminal_id": 8}
    if len(data) > 37:
        names["battery_voltage"] = 4
    positions = [Position(name, size, text=True) for name, size in names.items()]
    return Layout((*positions, Position("temperature", ALL, text=True)), frozenset())
