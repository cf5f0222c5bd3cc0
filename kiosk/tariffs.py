"""What a tariff says: OCPI tariff objects read into exact decimals, no I/O (reference: ev-charging 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from moneyed import CurrencyDoesNotExist, get_currency


class UnsupportedTariff(ValueError):
    """A tariff that is malformed, or says something that is not priced here (restrictions)."""


class Dimension(StrEnum):
    """OCPI TariffDimensionType."""

    ENERGY = "ENERGY"
    TIME = "TIME"
    PARKING_TIME = "PARKING_TIME"
    FLAT = "FLAT"


@dataclass(frozen=True, slots=True)
class Component:
    """One price, per kWh, hour or session; ``vat`` in percent; ``step`` in Wh or seconds, at least 1."""

    price: Decimal
    vat: Decimal
    step: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """A least or greatest total, before and after taxes; each holds by itself."""

    net: Decimal | None = None
    gross: Decimal | None = None


@dataclass(frozen=True)
class Tariff:
    """The price of each dimension (the first element that has it wins); a missing dimension is free."""

    currency: str
    tax_included: bool
    prices: Mapping[Dimension, Component]
    minimum: Bounds = Bounds()
    maximum: Bounds = Bounds()

    @cached_property
    def smallest(self) -> Decimal:
        """One minor unit."""
        return Decimal(1) / get_currency(self.currency).sub_unit


def parse(snapshot: Mapping[str, Any]) -> Tariff:
    """Read an OCPI Tariff object (2.2.1 or 2.3.0 field names). Raises UnsupportedTariff."""
    try:
        included = snapshot.get("tax_included", "YES")
        prices: dict[Dimension, Component] = {}
        for element in snapshot["elements"]:
            if element.get("restrictions"):
                raise UnsupportedTariff("prices with restrictions cannot be charged yet")
            for component in element["price_components"]:
                prices.setdefault(Dimension(component["type"]), _component(component, taxed=included != "N/A"))
        return Tariff(
            currency=get_currency(snapshot["currency"]).code,
            tax_included=included != "NO",
            prices=prices,
            minimum=_bounds(snapshot.get("min_price")),
            maximum=_bounds(snapshot.get("max_price")),
        )
    except (LookupError, TypeError, AttributeError, ArithmeticError, ValueError, CurrencyDoesNotExist) as error:
        if isinstance(error, UnsupportedTariff):
            raise
        raise UnsupportedTariff(f"not a tariff: {error!r}") from error


def _component(component: Mapping[str, Any], *, taxed: bool) -> Component:
    amount, vat = Decimal(str(component["price"])), Decimal(str(component.get("vat") or 0))
    if amount < 0 or vat < 0:
        raise UnsupportedTariff("a price or a VAT rate is negative")
    # A step of 0 (the free tariff of the specification has one) means no step.
    return Component(amount, vat if taxed else Decimal(0), max(1, int(component.get("step_size") or 1)))


def _bounds(given: Mapping[str, Any] | None) -> Bounds:
    def first(*names: str) -> Decimal | None:
        return next((Decimal(str(given[name])) for name in names if given and given.get(name) is not None), None)

    return Bounds(first("before_taxes", "excl_vat"), first("after_taxes", "incl_vat"))
