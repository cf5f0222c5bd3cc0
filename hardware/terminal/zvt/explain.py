"""What an APDU says, field by field, in words: for a technician's eye, with or without what must stay secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from hardware.redaction import redact
from hardware.terminal.zvt import encodings
from hardware.terminal.zvt.bmp import Bmp
from hardware.terminal.zvt.bmp_table import BMPS, Form, Kind
from hardware.terminal.zvt.commands import ABORTED, PRINT_LINE, REFUSED_WITH_CODE
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.results import CARD_TYPES, result_meaning, status_meaning, terminal_status_meaning
from hardware.terminal.zvt.tlv import UNREADABLE, Tlv, tag_name
from hardware.terminal.zvt.tlv_table import TAGS

_UNKNOWN = Kind("unknown", secret=True)  # it may hold anything
_UNREADABLE = Kind("unreadable", secret=True)
_RESULT = 0x27
_MOST = 1000  # fields that anybody reads

_MEANINGS: Mapping[str, Callable[[int], str]] = {
    "result_code": result_meaning,
    "terminal_status": terminal_status_meaning,
    "status": status_meaning,
}
_SECRET_POSITIONS = frozenset({"password", "key_codes"})


@dataclass(frozen=True, slots=True)
class Explained:
    """One field: where it stands (``06.60.43``), what it is, and its value as a person reads it."""

    path: str
    name: str
    value: str | int


def explain(message: Message, *, charset: str = encodings.CP437, secrets: bool = False) -> list[Explained]:
    """Every field of the message, at most a thousand. Without ``secrets`` those are only counted."""
    found: list[Explained] = []
    for each in _fields(message, charset, secrets):
        found.append(each)
        if len(found) == _MOST:
            break
    return found


def trace(message: Message, *, charset: str = encodings.CP437) -> str:
    """One line for a log: the command and its fields, without secrets."""
    fields = ", ".join(f"{each.name} {each.value}".strip() for each in explain(message, charset=charset))
    return f"{message.command >> 8:02X} {message.command & 0xFF:02X} {message.name}" + (f": {fields}" if fields else "")


def result_of(message: Message) -> tuple[int, str] | None:
    """The result or error code of the message and its meaning, None where it says none."""
    code: int | None = None
    if message.command in (ABORTED, REFUSED_WITH_CODE):
        value = message.position("result_code")
        code = value[0] if value else None
    elif message.command >> 8 == 0x84:
        code = message.command & 0xFF
    else:
        code = message.number(_RESULT)
    return None if code is None else (code, result_meaning(code))


def status_of(message: Message) -> tuple[int, str] | None:
    """The intermediate or terminal status of the message and its meaning, None where it says none."""
    for name, meaning in (("status", status_meaning), ("terminal_status", terminal_status_meaning)):
        value = message.position(name)
        if value:
            return value[0], meaning(value[0])
    return None


def lines_of(message: Message, charset: str = encodings.CP437) -> list[str]:
    """Text for a display or a receipt, line by line: 06 D1, and tags 07 wherever they stand."""
    text = message.position("text") if message.command == PRINT_LINE else None
    lines = [] if text is None else [encodings.read_text(text, charset)]
    return lines + [encodings.read_text(each.value, charset) for each in _all(message.objects()) if each.tag == 0x07]


def _all(objects: tuple[Tlv, ...]) -> Iterator[Tlv]:
    for each in objects:
        yield each
        yield from _all(each.children)


def _fields(message: Message, charset: str, secrets: bool) -> Iterator[Explained]:
    for name, value in message.positional:
        yield Explained(name, name.replace("_", " "), _positional(name, value, charset, secrets))
    for bmp in message.bmps:
        yield from _nested(f"{bmp.tag:02x}", BMPS.get(bmp.tag, _UNKNOWN), bmp, charset, secrets)
    if message.rest:
        yield Explained("", _UNREADABLE.name, _shown(_UNREADABLE, message.rest, charset, secrets))


def _nested(path: str, kind: Kind, field: Bmp | Tlv, charset: str, secrets: bool) -> Iterator[Explained]:
    if isinstance(field.content, bytes):
        yield Explained(path, kind.name, _value(field.tag, kind, field.content, charset, secrets))
        return
    for each in field.content:
        inner = _UNREADABLE if each.tag == UNREADABLE else TAGS.get(each.tag, _UNKNOWN)
        yield from _nested(f"{path}.{tag_name(each.tag)}", inner, each, charset, secrets)


def _positional(name: str, value: bytes, charset: str, secrets: bool) -> str | int:
    if name in _MEANINGS and value:
        return f"{value.hex()} ({_MEANINGS[name](value[0])})"
    if name in _SECRET_POSITIONS and not secrets:
        return _hidden(value)
    if name in ("text", "sw_version"):
        return _shown(Kind(name, Form.TEXT), value, charset, secrets)
    return value.hex()


def _value(tag: int, kind: Kind, value: bytes, charset: str, secrets: bool) -> str | int:
    if kind is BMPS[_RESULT] and value:
        return f"{value.hex()} ({result_meaning(value[0])})"
    if kind is BMPS[0x8A] and value:
        return f"{value[0]} ({CARD_TYPES.get(value[0], 'unknown')})"
    return _shown(kind, value, charset, secrets)


def _shown(kind: Kind, value: bytes, charset: str, secrets: bool) -> str | int:
    if kind.secret and not secrets:
        return _hidden(value)
    shown = _read(kind.form, value, charset)
    return shown if secrets or isinstance(shown, int) else redact(shown)


def _read(form: Form, value: bytes, charset: str) -> str | int:
    try:
        if form is Form.AMOUNT:
            return encodings.read_amount(value)
        if form is Form.DIGITS:
            return encodings.read_digits(value)
        if form is Form.CARD:
            return encodings.read_card_digits(value)
    except ZvtError:
        return value.hex()
    if form is Form.NUMBER and len(value) <= 4:
        return int.from_bytes(value, "big")
    return encodings.read_text(value.rstrip(b"\0"), charset) if form is Form.TEXT else value.hex()


def _hidden(value: bytes) -> str:
    return f"<{len(value)} bytes>"
