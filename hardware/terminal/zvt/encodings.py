"""How ZVT writes digits, amounts, card numbers and text. Pure; what cannot be read raises ZvtError."""

from __future__ import annotations

from collections.abc import Mapping

from hardware.terminal.zvt.errors import ZvtError

#: The default, and what most terminals keep to.
CP437 = "cp437"
#: Seven bits with German letters in place of brackets and braces: software versions, dial data.
ZVT_7_BIT = "zvt-7bit"

_SEVEN_BIT = str.maketrans("[\\]{|}~", "ÄÖÜäöüß")
_TO_SEVEN_BIT = str.maketrans("ÄÖÜäöüß", "[\\]{|}~")
_CHARSETS: Mapping[int, str] = {
    0x00: "ascii",
    **{number: f"iso8859-{number}" for number in range(1, 17) if number != 12},  # there is no 12
    0xFE: "utf-8",
    0xFF: CP437,
}

_CARD_SIGNS = str.maketrans("abcdef", "???D*F")
_CARD_NIBBLES = str.maketrans("D*", "de")


def read_digits(raw: bytes) -> str:
    """Two digits a byte, leading zeros kept. Raises ZvtError for a nibble that is none."""
    digits = raw.hex()
    for place, digit in enumerate(digits):
        if digit > "9":
            raise ZvtError("not a BCD digit", place // 2)
    return digits


def write_digits(digits: str, size: int) -> bytes:
    """``size`` bytes, zeros on the left. Raises ZvtError for other characters and for too many of them."""
    if not (digits.isascii() and digits.isdigit()):
        raise ZvtError("not a row of digits")
    if len(digits) > size * 2:
        raise ZvtError(f"more than {size * 2} digits")
    return bytes.fromhex(digits.zfill(size * 2))


def read_amount(raw: bytes) -> int:
    """Minor units. Raises ZvtError like ``read_digits``."""
    return int(read_digits(raw) or "0")


def write_amount(minor: int) -> bytes:
    """Six bytes of BCD. Raises ZvtError for less than nothing and for more than twelve digits."""
    return write_digits(str(minor), 6)


def read_card_digits(raw: bytes) -> str:
    """A card number or track as text: ``*`` for a masked digit, ``D`` for the separator; the padding is gone.

    Never a number: leading zeros and masked digits matter. Raises ZvtError for any other nibble.
    """
    signs = raw.hex().translate(_CARD_SIGNS).rstrip("F")
    for place, sign in enumerate(signs):
        if sign in "?F":
            raise ZvtError("not a digit of a card", place // 2)
    return signs


def write_card_digits(digits: str) -> bytes:
    """The reverse; an odd count is padded with F. Raises ZvtError for other characters."""
    if digits.strip("0123456789*D"):
        raise ZvtError("not a row of card digits")
    nibbles = digits.translate(_CARD_NIBBLES)
    return bytes.fromhex(nibbles + "f" * (len(nibbles) % 2))


def charset_named(code: int) -> str | None:
    """The character set that tag 14 names with this byte, None for one that does not exist."""
    return _CHARSETS.get(code)


def read_text(raw: bytes, charset: str = CP437) -> str:
    """Text; never raises: what the character set does not know becomes a replacement sign."""
    if charset == ZVT_7_BIT:
        return raw.decode("ascii", "replace").translate(_SEVEN_BIT)
    return raw.decode(charset, "replace")


def write_text(text: str, charset: str = CP437) -> bytes:
    """The reverse; what the character set does not know becomes a question mark."""
    if charset == ZVT_7_BIT:
        return text.translate(_TO_SEVEN_BIT).encode("ascii", "replace")
    return text.encode(charset, "replace")
