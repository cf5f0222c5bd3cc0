"""The envelope of every ZVT message: class, instruction, length, data."""

from __future__ import annotations

from dataclasses import dataclass

from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.lengths import LONGEST_DATA, read_apdu_length, write_apdu_length

#: Bytes of the longest APDU: its header may have five.
LONGEST_APDU = LONGEST_DATA + 5

#: The classes that messages of either side have.
CLASSES = frozenset({0x04, 0x05, 0x06, 0x08, 0x0F, 0x80, 0x84})


@dataclass(frozen=True, slots=True)
class Header:
    """``command`` is class and instruction (0x0622), ``length`` that of the data, ``size`` that of the header."""

    command: int
    length: int
    size: int

    @property
    def extended(self) -> bool:
        """Whether the length has three bytes though one would do."""
        return self.size == 5 and self.length < 0xFF

    @property
    def total(self) -> int:
        """How long the whole APDU is."""
        return self.size + self.length


class Incomplete(ZvtError):
    """The bytes end before the APDU does; ``header`` is what is known of it, if anything."""

    def __init__(self, header: Header | None, offset: int) -> None:
        super().__init__("the APDU is cut off" if header else "not an APDU: it has no length", offset)
        self.header = header


def read_header(raw: bytes) -> Header | None:
    """The header that ``raw`` begins with, None while it is not all there."""
    found = read_apdu_length(raw, 2)
    if found is None:
        return None
    length, size = found
    return Header(int.from_bytes(raw[:2], "big"), length, 2 + size)


def split(raw: bytes) -> tuple[Header, bytes]:
    """Header and data of exactly one APDU. Raises Incomplete for less of it, ZvtError for more."""
    header = read_header(raw)
    if header is None or len(raw) < header.total:
        raise Incomplete(header, len(raw))
    if len(raw) > header.total:
        raise ZvtError("more bytes than the APDU has", header.total)
    return header, raw[header.size :]


def join(command: int, data: bytes, *, extended: bool = False) -> bytes:
    """The APDU. Raises ZvtError for too much data and for a command that has not two bytes."""
    if not 0 <= command <= 0xFFFF:
        raise ZvtError("a command has two bytes")
    return command.to_bytes(2, "big") + write_apdu_length(len(data), extended=extended) + data
