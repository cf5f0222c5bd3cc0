"""The four ways in which ZVT writes a length. Each reader returns the length and how many bytes said so."""

from __future__ import annotations

from hardware.terminal.zvt.errors import ZvtError

LONGEST_DATA = 0xFFFF  # bytes in one APDU

_EXTENDED = 0xFF


def read_apdu_length(raw: bytes, at: int = 0) -> tuple[int, int] | None:
    """The length of an APDU's data: one byte, or FF and two bytes, the low one first. None: not all of it is there."""
    if at >= len(raw):
        return None
    if raw[at] != _EXTENDED:
        return raw[at], 1
    if at + 3 > len(raw):
        return None
    return int.from_bytes(raw[at + 1 : at + 3], "little"), 3


def write_apdu_length(length: int, *, extended: bool = False) -> bytes:
    """The shortest form, or the one of three bytes where that is wanted. Raises ZvtError above 65535."""
    if not 0 <= length <= LONGEST_DATA:
        raise ZvtError(f"an APDU has at most {LONGEST_DATA} bytes of data")
    if extended or length >= _EXTENDED:
        return bytes([_EXTENDED]) + length.to_bytes(2, "little")
    return bytes([length])


def read_ber_length(raw: bytes, at: int = 0) -> tuple[int, int]:
    """The length of a TLV object: 00 to 7F, 81 and a byte, 82 and two bytes, the high one first. Raises ZvtError."""
    if at >= len(raw):
        raise ZvtError("the length is missing", at)
    first = raw[at]
    if first < 0x80:
        return first, 1
    size = first - 0x80
    if size not in (1, 2):
        raise ZvtError("not a TLV length", at)
    if at + 1 + size > len(raw):
        raise ZvtError("the length is cut off", at)
    return int.from_bytes(raw[at + 1 : at + 1 + size], "big"), 1 + size


def write_ber_length(length: int) -> bytes:
    """The shortest form. Raises ZvtError above 65535."""
    if not 0 <= length <= LONGEST_DATA:
        raise ZvtError(f"a TLV object has at most {LONGEST_DATA} bytes")
    if length < 0x80:
        return bytes([length])
    return bytes([0x81, length]) if length <= 0xFF else b"\x82" + length.to_bytes(2, "big")


def read_var_length(raw: bytes, digits: int, at: int = 0) -> tuple[int, int]:
    """The length of an LLVAR or LLLVAR field: so many digits, one in the low nibble of each byte. Raises ZvtError."""
    found = raw[at : at + digits]
    if len(found) < digits:
        raise ZvtError("the length is cut off", at)
    length = 0
    for place, byte in enumerate(found):
        if byte & 0x0F > 9:
            raise ZvtError("not a digit of a length", at + place)
        length = length * 10 + (byte & 0x0F)
    return length, digits


def write_var_length(length: int, digits: int) -> bytes:
    """Digits with F in the high nibble. Raises ZvtError for what does not fit."""
    if not 0 <= length < 10**digits:
        raise ZvtError(f"at most {10**digits - 1} bytes fit into this field")
    return bytes(0xF0 | int(digit) for digit in f"{length:0{digits}}")
