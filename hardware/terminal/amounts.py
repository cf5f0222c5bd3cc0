"""Money and minor units, for drivers and simulators: exact, or ValueError. No float, no Django."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import get_currency_precision
from moneyed import Money


def to_number(money: Money) -> Decimal:
    """Return the amount with exactly the decimals of its currency. Raises ValueError where that would lose anything."""
    precision = get_currency_precision(money.currency.code)
    exact = money.amount.quantize(Decimal(1).scaleb(-precision))
    if exact != money.amount:
        raise ValueError(f"an amount in {money.currency.code} has at most {precision} decimals")
    return exact


def to_minor(money: Money) -> int:
    """Return the amount in minor units. Raises ValueError like ``to_number``."""
    return int(to_number(money).scaleb(get_currency_precision(money.currency.code)))


def from_minor(minor: int, currency: str) -> Money:
    """Return minor units as money."""
    return Money(Decimal(minor).scaleb(-get_currency_precision(currency)), currency)
