"""An APDU as a JSON object, and back. For people and for tests: nothing in it is redacted.

``class``, ``instr``, ``length``, ``positional``, ``bmp`` (``[tag, value]`` pairs, containers nested), for 06 D1
``attribute`` and ``text_hex``, and ``rest`` are what ``read`` needs; everything else only helps the reader. ``exact``
is there when the terminal wrote something in another way than we would (a longer length): then it is what counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hardware.terminal.zvt.apdu import Incomplete
from hardware.terminal.zvt.bmp import Bmp, write_bmps
from hardware.terminal.zvt.bmp_table import BMPS, CONTAINER
from hardware.terminal.zvt.commands import PRINT_LINE
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.explain import explain, lines_of, result_of, status_of
from hardware.terminal.zvt.message import Message, decode
from hardware.terminal.zvt.tlv import DEEPEST, UNREADABLE, Tlv, is_constructed, read_tag, tag_name

#: Positions that JSON has as text; every other one is hex.
_TEXT = frozenset({"sw_version", "device_id", "device_version", "terminal_id", "battery_voltage", "temperature"})


def write(apdu: bytes) -> dict[str, Any]:
    """The APDU as a JSON object. Raises Incomplete and ZvtError like ``decode``."""
    message = decode(apdu)
    form = _plain(message, apdu)
    if _encoded(form) != apdu:
        form["exact"] = apdu.hex()
    form["name"] = message.name
    for key, found in (("result", result_of(message)), ("status", status_of(message))):
        if found:
            form[key] = {"code": f"{found[0]:02x}", "meaning": found[1]}
    if lines := lines_of(message):
        form["lines"] = lines
    amount = next((each.value for each in explain(message, secrets=True) if each.path == "04"), None)
    if isinstance(amount, int):
        form["amount"] = amount
    form["fields"] = [[each.path, each.name, each.value] for each in explain(message, secrets=True)]
    return form


def write_incomplete(error: Incomplete) -> dict[str, Any]:
    """What is known of an APDU that is cut off."""
    header = error.header
    if header is None:
        return {}
    return {**_command(header.command), "length": header.length, "incomplete": True}


def read(form: object) -> bytes:
    """The APDU that a JSON object describes. Raises ZvtError for anything else."""
    if not isinstance(form, Mapping):
        raise ZvtError("not a JSON object")
    if form.get("incomplete"):
        raise ZvtError("an APDU that is cut off cannot be encoded")
    apdu = _encoded(form)
    if "exact" not in form:
        return apdu
    exact = _hex(form["exact"], "exact")
    if _encoded(_plain(decode(exact), exact)) != apdu:
        raise ZvtError("exact says something else than the fields: leave it out")
    return exact


def tree(objects: tuple[Tlv, ...]) -> list[Any]:
    """TLV objects as ``[tag, value]`` pairs; bytes that are none have an empty tag."""
    return [[tag_name(each.tag), _value(each.content)] for each in objects]


def bmp_pairs(bmps: tuple[Bmp, ...]) -> list[Any]:
    """BMPs as ``[tag, value]`` pairs."""
    return [[f"{each.tag:02x}", _value(each.content)] for each in bmps]


def _plain(message: Message, apdu: bytes) -> dict[str, Any]:
    form: dict[str, Any] = {**_command(message.command), "length": _length(message, apdu)}
    if message.command == PRINT_LINE and message.positional:
        attribute, text = (value for _, value in message.positional)
        form |= {"attribute": attribute[0], "text_hex": (text + write_bmps(message.bmps)).hex()}
    elif message.positional:
        form["positional"] = {
            name: value.decode("latin-1") if name in _TEXT else value.hex() for name, value in message.positional
        }
    if message.bmps:
        form["bmp"] = bmp_pairs(message.bmps)
    if message.rest:
        form["rest"] = message.rest.hex()
    return form


def _length(message: Message, apdu: bytes) -> int:
    header = 5 if message.extended or len(apdu) >= 5 + 0xFF else 3
    return len(apdu) - header


def _command(command: int) -> dict[str, Any]:
    return {"class": f"{command >> 8:02x}", "instr": f"{command & 0xFF:02x}"}


def _value(content: bytes | tuple[Tlv, ...]) -> Any:
    return content.hex() if isinstance(content, bytes) else tree(content)


def _encoded(form: Mapping[str, Any]) -> bytes:
    command = _hex(form.get("class"), "class", 1) + _hex(form.get("instr"), "instr", 1)
    number = int.from_bytes(command, "big")
    if number == PRINT_LINE and "attribute" in form:
        attribute = form["attribute"]
        if type(attribute) is not int or not 0 <= attribute <= 0xFF:
            raise ZvtError("attribute is not a byte")
        text = _hex(form.get("text_hex", ""), "text_hex")
        return Message(number, (("attribute", bytes([attribute])), ("text", text))).encode()
    positional = form.get("positional", {})
    if not isinstance(positional, Mapping):
        raise ZvtError("positional is not an object")
    return Message(
        number,
        tuple((name, _position(name, value)) for name, value in positional.items()),
        tuple(_bmp(each) for each in _list(form.get("bmp", []), "bmp")),
        _hex(form.get("rest", ""), "rest"),
    ).encode()


def _position(name: str, value: object) -> bytes:
    if name not in _TEXT or not isinstance(value, str):
        return _hex(value, "a position")
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        raise ZvtError("a position has a character that is none of ISO 8859-1") from None


def _bmp(pair: object) -> Bmp:
    name, value = _pair(pair)
    tag = _hex(name, "a BMP", 1)[0]
    if tag not in BMPS:
        raise ZvtError("no such BMP: its length is unknown")
    return Bmp(tag, _content(value, 0, container=tag == CONTAINER))


def _object(pair: object, depth: int) -> Tlv:
    name, value = _pair(pair)
    if name == "":
        return Tlv(UNREADABLE, _hex(value, "an unreadable object"))
    raw = _hex(name, "a tag")
    tag, size = read_tag(raw)
    if size != len(raw):
        raise ZvtError("not a TLV tag")
    return Tlv(tag, _content(value, depth, container=is_constructed(tag)))


def _content(value: object, depth: int, *, container: bool) -> bytes | tuple[Tlv, ...]:
    if not isinstance(value, list):
        return _hex(value, "a value")
    if not container or depth > DEEPEST:
        raise ZvtError("only a container holds objects, and not too deep")
    return tuple(_object(each, depth + 1) for each in value)


def _pair(pair: object) -> tuple[object, object]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise ZvtError("not a pair of tag and value")
    return pair[0], pair[1]


def _list(value: object, name: str) -> list[object]:
    if not isinstance(value, list):
        raise ZvtError(f"{name} is not a list")
    return value


def _hex(value: object, name: str, size: int | None = None) -> bytes:
    try:
        raw = bytes.fromhex(value) if isinstance(value, str) else None
    except ValueError:
        raw = None
    if raw is None or (size is not None and len(raw) != size):
        raise ZvtError(f"{name} is not {'hex' if size is None else f'{size} byte in hex'}")
    return raw
