"""What a register said about itself, which the terminal keeps to until the log-off."""

from __future__ import annotations

from dataclasses import dataclass

from moneyed import CURRENCIES

from hardware.terminal.zvt.bmp_table import CONTAINER
from hardware.terminal.zvt.encodings import CP437, charset_named, read_digits
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.flags import Config
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.simulator.profiles import Profile

_PRINT_BLOCK = b"\x06\xd3"
_NUMBERS = {code: currency.numeric for code, currency in CURRENCIES.items() if currency.numeric}
_CODES = {number: code for code, number in _NUMBERS.items()}


class WrongCurrency(Exception):
    """The terminal has no such currency."""


@dataclass(frozen=True, slots=True)
class Registration:
    """``config`` says who prints and whether intermediate status is wanted, ``tlv`` whether TLV may be sent.

    ``currency`` is a code, empty where none was named: EUR, and not told. ``blocks``: receipts as 06 D3.
    """

    config: Config
    currency: str = ""
    tlv: bool = False
    blocks: bool = False
    charset: str = CP437

    @property
    def prints(self) -> bool:
        """Whether receipts go to the register, line by line."""
        return Config.WE_PRINT_PAYMENTS | Config.PRINT_LINES in self.config


def read_registration(message: Message, profile: Profile) -> Registration:
    """Read 06 00. Raises WrongCurrency."""
    config = Config((message.position("config_byte") or b"\0")[0])
    currency = code_of(message.position("cc"), profile)
    permitted = [each.value for each in message.objects(0x26, 0x0A)]
    charset = message.object_value(0x14)
    return Registration(
        config,
        currency,
        tlv=any(bmp.tag == CONTAINER for bmp in message.bmps),
        blocks=_PRINT_BLOCK in permitted,
        charset=(charset_named(charset[0]) if charset else None) or profile.charset,
    )


def code_of(number: bytes | None, profile: Profile) -> str:
    """The currency's code, an empty text for none. Raises WrongCurrency."""
    if number is None:
        return ""
    try:
        code = _CODES.get(read_digits(number)[1:], "")
    except ZvtError:
        code = ""
    if not code or (profile.euro_only and code != "EUR"):
        raise WrongCurrency
    return code


def number_of(code: str) -> str:
    """The currency's number, three digits."""
    return str(_NUMBERS[code])
