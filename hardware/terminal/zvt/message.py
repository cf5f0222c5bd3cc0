"""An APDU as fields, and back to the same bytes. One codec for the driver and the simulator."""

from __future__ import annotations

from dataclasses import dataclass

from hardware.terminal.zvt.apdu import join, split
from hardware.terminal.zvt.bmp import Bmp, read_bmps, read_length, write_bmps
from hardware.terminal.zvt.bmp_table import CONTAINER, LLL
from hardware.terminal.zvt.commands import ALL, PRINT_LINE, Layout, Position, layout_named, layouts, name_of
from hardware.terminal.zvt.encodings import CP437, read_amount, read_digits, read_text
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.lengths import write_var_length
from hardware.terminal.zvt.tlv import Budget, Tlv, find, is_complete

_LONGEST_TAIL = 0x7F + 2  # bytes


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """What an APDU says. ``rest`` is what could not be read, at its end.

    ``positional`` are the values before the BMPs, by name. Reading a field that is missing gives None, never an error;
    one that is there and broken raises ZvtError.
    """

    command: int
    positional: tuple[tuple[str, bytes], ...] = ()
    bmps: tuple[Bmp, ...] = ()
    rest: bytes = b""
    extended: bool = False  # its length had three bytes though one would do

    @property
    def name(self) -> str:
        """What the command is called."""
        return name_of(self.command)

    def encode(self) -> bytes:
        """The APDU. Raises ZvtError for what does not fit into it."""
        return join(self.command, self.data(), extended=self.extended)

    def data(self) -> bytes:
        """The APDU without its header."""
        given = dict(self.positional)
        try:
            positions = layout_named(self.command, tuple(given))
        except KeyError:
            raise ZvtError("the command has no such positions") from None
        head = b"".join(_write_position(position, given[position.name]) for position in positions)
        return head + write_bmps(self.bmps) + self.rest

    def position(self, name: str) -> bytes | None:
        """The value at this place before the BMPs."""
        return dict(self.positional).get(name)

    def value(self, tag: int) -> bytes | None:
        """The content of the last BMP with this tag: a terminal that says a thing twice means the second."""
        return next((each.value for each in reversed(self.bmps) if each.tag == tag), None)

    def number(self, tag: int) -> int | None:
        """The BMP as a number, the high byte first."""
        value = self.value(tag)
        return None if value is None else int.from_bytes(value, "big")

    def digits(self, tag: int) -> str | None:
        """The BMP as digits, leading zeros kept."""
        value = self.value(tag)
        return None if value is None else read_digits(value)

    def amount(self, tag: int = 0x04) -> int | None:
        """The BMP as an amount in minor units."""
        value = self.value(tag)
        return None if value is None else read_amount(value)

    def text(self, tag: int, charset: str = CP437) -> str | None:
        """The BMP as text; card names end with a zero byte, which is left out."""
        value = self.value(tag)
        return None if value is None else read_text(value.rstrip(b"\0"), charset)

    def objects(self, *path: int) -> tuple[Tlv, ...]:
        """Every object at this path in the container, ``objects(0x62, 0x60, 0x43)``; without a path all at its top."""
        top = tuple(each for bmp in self.bmps for each in bmp.children)
        return tuple(find(top, *path)) if path else top

    def object_value(self, *path: int) -> bytes | None:
        """The content of the first object at this path."""
        return next((each.value for each in self.objects(*path)), None)

    def __repr__(self) -> str:
        """Without contents: they may identify a card."""
        return f"Message({self.command:04x} {self.name}, {list(self.bmps)})"


def decode(apdu: bytes, *, sent: int | None = None) -> Message:
    """Read one whole APDU; ``sent`` is the command it answers, if that is known.

    Raises Incomplete for less than an APDU and ZvtError for more; whatever the data says, it is kept.
    """
    header, data = split(apdu)
    return decode_data(header.command, data, sent=sent, extended=header.extended)


def decode_data(command: int, data: bytes, *, sent: int | None = None, extended: bool = False) -> Message:
    """Read the data of a command. Never raises."""
    best: Message | None = None
    for layout in layouts(command, data, sent):
        found = _read(command, data, layout, extended)
        if found is None:
            continue
        if not found.rest and all(is_complete(each.children) and _is_read(each) for each in found.bmps):
            return found
        best = best or (found if layout.followed_by is None else None)
    return best or Message(command, rest=data, extended=extended)


def _is_read(bmp: Bmp) -> bool:
    return bmp.tag != CONTAINER or not isinstance(bmp.content, bytes)


def _read(command: int, data: bytes, layout: Layout, extended: bool) -> Message | None:
    """The data in this layout, None where it does not fit."""
    positional: list[tuple[str, bytes]] = []
    at = 0
    for position in layout.positions:
        try:
            at, value = _read_position(position, data, at)
        except ZvtError:
            return None
        positional.append((position.name, value))
    tail = data[at:]
    if layout.followed_by is not None and tail and tail[0] not in layout.followed_by:
        return None
    if command == PRINT_LINE and positional:
        return _print_line(data, extended)
    bmps, rest = read_bmps(tail)
    return Message(command, tuple(positional), bmps, rest, extended)


def _read_position(position: Position, data: bytes, at: int) -> tuple[int, bytes]:
    start, length = at, position.size
    if position.size == LLL:
        if any(byte >> 4 != 0xF for byte in data[at : at + 3]):
            raise ZvtError("not a length of three digits", at)
        length, size = read_length(LLL, data, at)
        start = at + size
    elif position.size == ALL:
        length = len(data) - at
    value = data[start : start + length]
    if len(value) < length:
        raise ZvtError("a position is cut off", at)
    if position.digits:
        read_digits(value)
    return start + length, value


def _write_position(position: Position, value: bytes) -> bytes:
    if position.size == LLL:
        return write_var_length(len(value), 3) + value
    if position.size != ALL and len(value) != position.size:
        raise ZvtError(f"{position.name} has {position.size} bytes, not {len(value)}")
    return value


def _print_line(data: bytes, extended: bool) -> Message:
    """Attribute, text, and the container that some terminals append to it."""
    for at in range(max(1, len(data) - _LONGEST_TAIL), len(data) - 1):
        if data[at] == CONTAINER and data[at + 1] == len(data) - at - 2:
            bmps, rest = read_bmps(data[at:], Budget())
            if not rest and all(_is_read(each) and is_complete(each.children) for each in bmps):
                return Message(PRINT_LINE, (("attribute", data[:1]), ("text", data[1:at])), bmps, b"", extended)
    return Message(PRINT_LINE, (("attribute", data[:1]), ("text", data[1:])), (), b"", extended)
