"""What energy and time cost: exact decimals, no I/O (reference: ev-charging 4.1).

Prices are multiplied exactly and rounded once, for each VAT rate at the end, half up. Nothing here touches the
database; a session's tariff comes in as the snapshot that was taken when the driver accepted it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from moneyed import Money

from kiosk.tariffs import Bounds, Component, Dimension, Tariff, UnsupportedTariff, parse

__all__ = [
    "Bill",
    "Dimension",
    "Kind",
    "Line",
    "PriceLine",
    "Tariff",
    "Unit",
    "UnsupportedTariff",
    "Usage",
    "Vat",
    "display_prices",
    "parse",
    "price",
]

ZERO, HUNDRED = Decimal(0), Decimal(100)
_WH_PER_KWH, _SECONDS_PER_HOUR = 1000, 3600


class Kind(StrEnum):
    """What a line of a bill or a price list is for."""

    ENERGY = "energy"
    TIME = "time"
    PARKING = "parking"
    SESSION = "session"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    LIMIT = "limit"  # more than is held is never taken


class Unit(StrEnum):
    """What a quantity counts."""

    KWH = "kWh"
    HOUR = "h"
    MINUTE = "min"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used: energy in Wh, time with and without energy in seconds."""

    energy_wh: int
    charging_s: int = 0
    parking_s: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """``quantity`` of ``unit`` at ``price`` (as in the tariff); ``amount`` is exact, as the prices: with VAT or without."""

    kind: Kind
    quantity: Decimal
    unit: Unit
    price: Decimal
    vat: Decimal
    amount: Decimal
    with_vat: Decimal


@dataclass(frozen=True, slots=True)
class Vat:
    """What falls under one VAT rate (percent), rounded to minor units: net + tax = gross."""

    rate: Decimal
    net: Decimal
    gross: Decimal

    @property
    def tax(self) -> Decimal:
        """The tax in it."""
        return self.gross - self.net


@dataclass(frozen=True, slots=True)
class Bill:
    """What is to pay, and how it comes about. ``net_exact`` and ``gross_exact`` are unrounded, before any bound."""

    currency: str
    lines: Sequence[Line] = ()
    vat: Sequence[Vat] = ()
    net_exact: Decimal = ZERO
    gross_exact: Decimal = ZERO

    @property
    def total(self) -> Money:
        """To pay, VAT included, in whole minor units."""
        return Money(sum((each.gross for each in self.vat), ZERO), self.currency)

    @property
    def net(self) -> Money:
        """The total without VAT."""
        return Money(sum((each.net for each in self.vat), ZERO), self.currency)

    @property
    def tax(self) -> Money:
        """The VAT in the total."""
        return Money(sum((each.tax for each in self.vat), ZERO), self.currency)


@dataclass(frozen=True, slots=True)
class _Total:
    net: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One price for a driver to read, VAT included, not rounded."""

    kind: Kind
    price: Decimal
    unit: Unit


def price(tariff: Tariff, usage: Usage, at_most: Money | None = None) -> Bill:
    """What ``usage`` costs, and never more than ``at_most`` (what is held). Without energy nothing costs anything."""
    if usage.energy_wh <= 0:
        return Bill(tariff.currency)
    lines = _lines(tariff, usage)
    groups = _per_rate(tariff, lines)
    exact = _sum(groups)
    bounded = _bound(tariff, lines, exact, Kind.MINIMUM, tariff.minimum, max)
    bounded = _bound(tariff, lines, bounded, Kind.MAXIMUM, tariff.maximum, min)
    vat = _spread(tariff, groups, exact, bounded)
    if tariff.maximum.gross is not None and _sum(vat).gross > tariff.maximum.gross:
        vat = _spread(tariff, groups, exact, bounded, exactly=True)
    if at_most is not None and _sum(vat).gross > at_most.amount:
        limited = _bound(tariff, lines, bounded, Kind.LIMIT, Bounds(gross=at_most.amount), min)
        vat = _spread(tariff, groups, exact, limited, exactly=True)
    return Bill(tariff.currency, tuple(lines), tuple(vat), exact.net, exact.gross)


def display_prices(tariff: Tariff) -> list[PriceLine]:
    """The prices to show before the card, VAT included, in the order of AFIR Article 5: kWh, minute, session, other.

    What is free is left out, so an empty list means that charging is free.
    """
    shown = [
        (Kind.ENERGY, Dimension.ENERGY, Unit.KWH, 1),
        (Kind.TIME, Dimension.TIME, Unit.MINUTE, 60),
        (Kind.PARKING, Dimension.PARKING_TIME, Unit.MINUTE, 60),
        (Kind.SESSION, Dimension.FLAT, Unit.SESSION, 1),
    ]
    lines = [
        PriceLine(kind, _with_vat(tariff, component.price, component.vat) / parts, unit)
        for kind, dimension, unit, parts in shown
        if (component := tariff.prices.get(dimension)) and component.price
    ]
    for kind, bounds in ((Kind.MINIMUM, tariff.minimum), (Kind.MAXIMUM, tariff.maximum)):
        bound = bounds.gross if bounds.gross is not None else bounds.net
        if bound:
            lines.append(PriceLine(kind, bound, Unit.SESSION))
    return lines


def _lines(tariff: Tariff, usage: Usage) -> list[Line]:
    """One line for each price that was used. The step of time goes to the last of charging and parking only."""
    energy, charging = tariff.prices.get(Dimension.ENERGY), tariff.prices.get(Dimension.TIME)
    parking, session = tariff.prices.get(Dimension.PARKING_TIME), tariff.prices.get(Dimension.FLAT)
    parked = bool(parking and usage.parking_s)
    lines = []
    if energy:
        lines.append(_line(tariff, Kind.ENERGY, Unit.KWH, energy, _stepped(usage.energy_wh, energy.step), _WH_PER_KWH))
    if charging and usage.charging_s:
        seconds = usage.charging_s if parked else _stepped(usage.charging_s, charging.step)
        lines.append(_line(tariff, Kind.TIME, Unit.HOUR, charging, seconds, _SECONDS_PER_HOUR))
    if parking and parked:
        seconds = _stepped(usage.parking_s, parking.step)
        lines.append(_line(tariff, Kind.PARKING, Unit.HOUR, parking, seconds, _SECONDS_PER_HOUR))
    if session:
        lines.append(_line(tariff, Kind.SESSION, Unit.SESSION, session, 1, 1))
    return lines


def _line(tariff: Tariff, kind: Kind, unit: Unit, component: Component, quantity: int, parts: int) -> Line:
    """``quantity`` parts of a unit. Divided last, so that a third of an hour costs a third of the price."""
    amount = component.price * quantity / parts
    with_vat = _with_vat(tariff, amount, component.vat)
    return Line(kind, Decimal(quantity) / parts, unit, component.price, component.vat, amount, with_vat)


def _stepped(quantity: int, step: int) -> int:
    return -(-quantity // step) * step


def _with_vat(tariff: Tariff, amount: Decimal, rate: Decimal) -> Decimal:
    return amount if tariff.tax_included else amount * (1 + rate / HUNDRED)


def _per_rate(tariff: Tariff, lines: Iterable[Line]) -> list[Vat]:
    """The exact amounts under each VAT rate, in the order of the lines."""
    amounts: dict[Decimal, Decimal] = {}
    for line in lines:
        amounts[line.vat] = amounts.get(line.vat, ZERO) + line.amount
    if tariff.tax_included:
        return [Vat(rate, amount / (1 + rate / HUNDRED), amount) for rate, amount in amounts.items()]
    return [Vat(rate, amount, amount * (1 + rate / HUNDRED)) for rate, amount in amounts.items()]


def _sum(groups: Iterable[Vat]) -> _Total:
    groups = list(groups)
    return _Total(sum((each.net for each in groups), ZERO), sum((each.gross for each in groups), ZERO))


def _bound(
    tariff: Tariff,
    lines: list[Line],
    total: _Total,
    kind: Kind,
    bounds: Bounds,
    pick: Callable[[Decimal, Decimal], Decimal],
) -> _Total:
    """``total`` within ``bounds``, with a line for what that changes.

    Where only one side is bounded the other follows in proportion.
    """
    rate = lines[0].vat if lines else ZERO
    net = total.net if bounds.net is None else pick(total.net, bounds.net)
    gross = total.gross if bounds.gross is None else pick(total.gross, bounds.gross)
    if bounds.net is None and gross != total.gross:
        net = total.net * gross / total.gross if total.gross else gross / (1 + rate / HUNDRED)
    if bounds.gross is None and net != total.net:
        gross = total.gross * net / total.net if total.net else net * (1 + rate / HUNDRED)
    if (net, gross) != (total.net, total.gross):
        with_vat = gross - total.gross
        difference = with_vat if tariff.tax_included else net - total.net
        lines.append(Line(kind, Decimal(1), Unit.SESSION, difference, ZERO, difference, with_vat))
    return _Total(net, gross)


def _spread(
    tariff: Tariff, groups: Sequence[Vat], exact: _Total, wanted: _Total, *, exactly: bool = False
) -> list[Vat]:
    """``wanted`` over the VAT rates in proportion, each rounded.

    What a bound decided, or ``exactly``, adds up to the rounded ``wanted``: the greatest rate takes the difference.
    """
    if not exact.gross:
        rate = groups[0].rate if groups else ZERO
        return [Vat(rate, _rounded(wanted.net, tariff), _rounded(wanted.gross, tariff))]
    if wanted == exact and not exactly:
        return [Vat(each.rate, _rounded(each.net, tariff), _rounded(each.gross, tariff)) for each in groups]
    spread = [
        Vat(
            each.rate,
            _rounded(each.net * wanted.net / exact.net, tariff),
            _rounded(each.gross * wanted.gross / exact.gross, tariff),
        )
        for each in groups
    ]
    total = _sum(spread)
    net_left, gross_left = _rounded(wanted.net, tariff) - total.net, _rounded(wanted.gross, tariff) - total.gross
    at = max(range(len(spread)), key=lambda index: spread[index].gross)
    greatest = spread[at]
    spread[at] = Vat(greatest.rate, greatest.net + net_left, greatest.gross + gross_left)
    return spread


def _rounded(amount: Decimal, tariff: Tariff) -> Decimal:
    return (amount / tariff.smallest).quantize(Decimal(1), ROUND_HALF_UP) * tariff.smallest
