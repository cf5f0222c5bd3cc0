"""Money between the database (whole minor units) and code (``moneyed.Money``)."""

from __future__ import annotations

from decimal import Decimal

from moneyed import Money, get_currency


def from_minor(minor: int, currency: str) -> Money:
    """``minor`` units of the ISO 4217 ``currency`` as money. Raises CurrencyDoesNotExist."""
    known = get_currency(currency)
    return Money(Decimal(minor) / known.sub_unit, known)


def to_minor(money: Money) -> int:
    """``money`` as whole minor units. Raises ValueError for a fraction of one: rounding is a decision, not a cast."""
    minor = money.amount * money.currency.sub_unit
    if minor != minor.to_integral_value():
        raise ValueError(f"{money} is not a whole number of minor units")
    return int(minor)
