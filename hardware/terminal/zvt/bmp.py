"""Bitmaps (BMPs): one byte that names a field, a length where the table does not fix it, and the content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hardware.terminal.zvt.bmp_table import BER, BMPS, CONTAINER
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.lengths import read_ber_length, read_var_length, write_ber_length, write_var_length
from hardware.terminal.zvt.tlv import Budget, Field, container_content


@dataclass(frozen=True, slots=True, repr=False)
class Bmp(Field):
    """One field of a message; only 06 is a container."""

    def encode(self) -> bytes:
        """The bytes of the field. Raises ZvtError for an unknown one and for content that does not fit."""
        value = self.value
        if self.tag not in BMPS:
            raise ZvtError("no such BMP: its length is unknown")
        size = BMPS[self.tag].size
        if size > 0 and len(value) != size:
            raise ZvtError(f"BMP {self.tag:02X} has {size} bytes, not {len(value)}")
        return bytes([self.tag]) + (self.length_bytes or _length(size, len(value))) + value

    def __repr__(self) -> str:
        """Without the content: it may identify a card."""
        what = f"{len(self.content)} bytes" if isinstance(self.content, bytes) else repr(list(self.content))
        return f"Bmp({self.tag:02x}, {what})"


def read_bmps(raw: bytes, budget: Budget | None = None) -> tuple[tuple[Bmp, ...], bytes]:
    """Every field in ``raw``, in order, and the rest that is none; never raises.

    Nobody knows how long an unknown BMP is: the rest begins there.
    """
    budget = budget or Budget()
    found: list[Bmp] = []
    at = 0
    while at < len(raw) and raw[at] in BMPS and budget.take():
        tag, size = raw[at], BMPS[raw[at]].size
        try:
            length, length_size = read_length(size, raw, at + 1)
        except ZvtError:
            break
        start = at + 1 + length_size
        value = raw[start : start + length]
        if len(value) < length:
            break
        as_sent = raw[at + 1 : start]
        odd = b"" if as_sent == _length(size, length) else as_sent
        found.append(Bmp(tag, container_content(value, budget) if tag == CONTAINER else value, odd))
        at = start + length
    return tuple(found), raw[at:]


def write_bmps(bmps: Iterable[Bmp]) -> bytes:
    """The bytes of ``bmps``. Raises ZvtError like ``Bmp.encode``."""
    return b"".join(each.encode() for each in bmps)


def read_length(size: int, raw: bytes, at: int) -> tuple[int, int]:
    """The length of a field of this ``size``, and how many bytes said so. Raises ZvtError."""
    if size > 0:
        return size, 0
    return read_ber_length(raw, at) if size == BER else read_var_length(raw, -size, at)


def _length(size: int, length: int) -> bytes:
    if size > 0:
        return b""
    return write_ber_length(length) if size == BER else write_var_length(length, -size)
