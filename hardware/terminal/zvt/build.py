"""BMPs and objects out of plain values. Each raises ZvtError for a value that does not fit its field."""

from __future__ import annotations

from hardware.terminal.zvt import encodings
from hardware.terminal.zvt.bmp import Bmp
from hardware.terminal.zvt.bmp_table import BMPS, CONTAINER
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.tlv import Tlv


def amount(minor: int) -> Bmp:
    """BMP 04: minor units."""
    return Bmp(0x04, encodings.write_amount(minor))


def digits(tag: int, text: str) -> Bmp:
    """A BMP of BCD digits: currency ``"978"``, receipt ``"0231"``. For ``FFFF`` say ``Bmp(0x87, b"\\xff\\xff")``."""
    size = BMPS[tag].size
    return Bmp(tag, encodings.write_digits(text, size if size > 0 else (len(text) + 1) // 2))


def byte(tag: int, number: int) -> Bmp:
    """A BMP of one byte."""
    if not 0 <= number <= 0xFF:
        raise ZvtError("not a byte")
    return Bmp(tag, bytes([number]))


def text(tag: int, value: str, charset: str = encodings.CP437) -> Bmp:
    """A BMP of text."""
    return Bmp(tag, encodings.write_text(value, charset))


def container(*objects: Tlv) -> Bmp:
    """BMP 06; without objects it only announces that TLV is welcome."""
    return Bmp(CONTAINER, objects)


def nested(tag: int, *objects: Tlv) -> Tlv:
    """An object that holds objects."""
    return Tlv(tag, objects)


def text_object(tag: int, value: str, charset: str = encodings.CP437) -> Tlv:
    """An object of text."""
    return Tlv(tag, encodings.write_text(value, charset))


def digits_object(tag: int, value: str, size: int) -> Tlv:
    """An object of BCD digits in ``size`` bytes."""
    return Tlv(tag, encodings.write_digits(value, size))
