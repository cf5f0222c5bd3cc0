"""Money and energy for people, in the language of the moment."""

from __future__ import annotations

from decimal import Decimal

from babel.core import Locale
from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language, to_locale
from moneyed import Money


def money_text(money: Money) -> str:
    """``money`` as people write it, for example "€ 12,40"."""
    return format_currency(money.amount, money.currency.code, locale=_locale())


def energy_text(energy_wh: int) -> str:
    """Watt-hours as kilowatt-hours with two decimal places, for example "7,41 kWh"."""
    return f"{format_decimal(Decimal(energy_wh).scaleb(-3), format='#,##0.00', locale=_locale())} kWh"


def _locale() -> Locale:
    return Locale.parse(to_locale(get_language() or "en"))
