"""Tariffs, with what the driver will see and what visits will cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from hardware.admin.base import Admin, Inline
from kiosk import pricing
from kiosk.admin.forms import TariffForm
from kiosk.models import PriceComponent, Tariff
from payments.admin.cells import money_text

#: Energy in Wh of the worked examples, the power at which the car takes it, and the seconds it then stays plugged in.
_EXAMPLES_WH = (10_000, 30_000, 60_000)
_POWER_W = 11_000
_STAYS_S = 1800


@dataclass(frozen=True, slots=True)
class Example:
    """What one visit costs when the driver leaves at once, and when they stay for half an hour more."""

    kwh: int
    hours: int
    minutes: int
    leaves: str
    stays: str


class PriceInline(Inline):
    """The prices of a tariff."""

    model = PriceComponent
    extra = 0
    fields = ["dimension", "price", "vat", "step_size", "element"]


@admin.register(Tariff)
class TariffAdmin(Admin):
    """Price lists. A session keeps a copy of its own, so a change counts from the next driver on."""

    form = TariffForm
    list_display = ["name", "currency", "sees", "tax_included"]
    search_fields = ["name"]
    inlines = [PriceInline]
    readonly_fields = ["preview"]

    def get_queryset(self, request: Any) -> Any:
        """With the prices that the list shows."""
        return super().get_queryset(request).prefetch_related("components")

    def get_fieldsets(self, request: Any, obj: Any = None) -> Any:
        """The preview is of what is saved, so a new tariff has none yet."""
        fields = {"fields": ["name", ("currency", "tax_included"), ("min_price", "max_price")]}
        shown = [(_("What the driver sees, as saved"), {"fields": ["preview"]})] if obj else []
        return [*shown, (None, fields)]

    @admin.display(description=_("prices"))
    def sees(self, tariff: Tariff) -> str:
        """The prices in one line."""
        return " · ".join(
            f"{each.price.normalize():f} {each.get_dimension_display()}" for each in tariff.components.all()
        )

    @admin.display(description=_("preview"))
    def preview(self, tariff: Tariff) -> str:
        """The price list of the kiosk, and worked examples."""
        try:
            parsed = pricing.parse(tariff.snapshot())
        except pricing.UnsupportedTariff as error:
            return render_to_string("admin/kiosk/tariff/preview.html", {"error": error})
        context = {
            "prices": pricing.display_prices(parsed),
            "currency": tariff.currency,
            "examples": [example(parsed, energy_wh) for energy_wh in _EXAMPLES_WH],
            "power_kw": _POWER_W // 1000,
            "stays": _STAYS_S // 60,
        }
        return render_to_string("admin/kiosk/tariff/preview.html", context)


def example(tariff: pricing.Tariff, energy_wh: int) -> Example:
    """What ``energy_wh`` cost at the power of the examples."""
    charging_s = energy_wh * 3600 // _POWER_W
    leaves = pricing.price(tariff, pricing.Usage(energy_wh, charging_s))
    stays = pricing.price(tariff, pricing.Usage(energy_wh, charging_s, _STAYS_S))
    return Example(
        kwh=energy_wh // 1000,
        hours=charging_s // 3600,
        minutes=charging_s % 3600 // 60,
        leaves=money_text(leaves.total),
        stays=money_text(stays.total),
    )
