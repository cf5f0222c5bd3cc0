"""Figures for people, and the QR code of a receipt."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import segno
from babel.core import Locale
from babel.numbers import format_currency, format_decimal
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, to_locale

from kiosk.formats import money_text
from payments.money import from_minor

register = template.Library()

register.filter("money", money_text)


@register.filter
def minor(amount: int, currency: str) -> str:
    """``amount`` minor units of ``currency`` as people write it."""
    return money_text(from_minor(amount, currency))


@register.filter
def price(amount: Decimal | str, currency: str) -> str:
    """A price with the decimal places of its currency, and up to four where it has them."""
    exact = round(Decimal(amount), 4).normalize()
    return format_currency(exact, currency, locale=_locale(), decimal_quantization=False)


@register.filter
def kwh(energy_wh: int) -> str:
    """Watt-hours as kilowatt-hours with two decimal places, without the unit."""
    return format_decimal(Decimal(energy_wh).scaleb(-3), format="#,##0.00", locale=_locale())


@register.filter
def kilowatts(power_w: int) -> str:
    """Watts as kilowatts with at most one decimal place, without the unit."""
    return format_decimal(Decimal(power_w).scaleb(-3), format="#,##0.#", locale=_locale())


@register.filter
def decimal(value: Decimal | str) -> str:
    """A plain number as people write it, at most three decimal places."""
    return format_decimal(Decimal(value), format="#,##0.###", locale=_locale())


@register.filter
def epoch(moment: datetime | None) -> str:
    """Milliseconds since 1970, for the clock of the page; empty without a moment."""
    return str(round(moment.timestamp() * 1000)) if moment else ""


@register.filter
def minutes(seconds: int) -> int:
    """Whole minutes, rounded up."""
    return -(-seconds // 60)


@register.simple_tag
def age(moment: datetime) -> SafeString:
    """How long ago ``moment`` was, counted by the page itself: the HTML stays the same while nothing happens."""
    return format_html('<span class="figure-age" data-age="{}">–</span>', epoch(moment))


@register.simple_tag
def qr(text: str) -> SafeString:
    """``text`` as a QR code, an SVG that scales."""
    return mark_safe(segno.make(text, error="m").svg_inline(omitsize=True, border=2, svgclass="qr"))  # noqa: S308


def _locale() -> Locale:
    return Locale.parse(to_locale(get_language() or "en"))
