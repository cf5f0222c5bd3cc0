"""Tariffs in OCPI's shape, as rows that an operator edits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from kiosk.fields import ScaledDecimalField

_NOT_NEGATIVE = [MinValueValidator(Decimal(0))]


class Tariff(models.Model):
    """A price list. A session keeps a copy of it (``snapshot``), so editing one never changes a running session."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    tax_included = models.BooleanField(_("prices include VAT"), default=True)
    min_price = ScaledDecimalField(
        _("least total"),
        null=True,
        blank=True,
        validators=_NOT_NEGATIVE,
        help_text=_("With VAT. Never applied to a session without energy."),
    )
    max_price = ScaledDecimalField(
        _("greatest total"), null=True, blank=True, validators=_NOT_NEGATIVE, help_text=_("With VAT.")
    )

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def snapshot(self) -> dict[str, Any]:
        """The tariff as an OCPI 2.3.0 Tariff object (the fields that bear on cost), decimals as strings."""
        elements: dict[int, list[dict[str, Any]]] = {}
        for component in self.components.all():
            elements.setdefault(component.element, []).append(component.as_ocpi())
        tariff: dict[str, Any] = {
            "id": str(self.pk),
            "name": self.name,
            "currency": self.currency,
            "tax_included": "YES" if self.tax_included else "NO",
            "elements": [{"price_components": components} for _, components in sorted(elements.items())],
        }
        for name in ("min_price", "max_price"):
            if (price := getattr(self, name)) is not None:
                tariff[name] = {"after_taxes": str(price)}
        return tariff


class PriceComponent(models.Model):
    """One price of a tariff."""

    class Dimension(models.TextChoices):
        """OCPI TariffDimensionType."""

        ENERGY = "ENERGY", _("per kWh")
        TIME = "TIME", _("per hour of charging")
        PARKING_TIME = "PARKING_TIME", _("per hour plugged in without charging")
        FLAT = "FLAT", _("per session")

    tariff = models.ForeignKey(Tariff, models.CASCADE, related_name="components")
    element = models.PositiveSmallIntegerField(
        _("element"), default=1, help_text=_("The first element that has a price for a dimension wins.")
    )
    dimension = models.CharField(_("for"), max_length=12, choices=Dimension)
    price = ScaledDecimalField(_("price"), validators=_NOT_NEGATIVE)
    vat = ScaledDecimalField(
        _("VAT %"), places=2, default=Decimal(21), validators=[*_NOT_NEGATIVE, MaxValueValidator(Decimal(100))]
    )
    step_size = models.PositiveIntegerField(
        _("step"), default=1, help_text=_("Billed in steps of so many Wh or seconds.")
    )

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["element", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tariff", "element", "dimension"], name="one_price_per_dimension"),
        ]

    def __str__(self) -> str:
        return f"{self.price} {self.get_dimension_display()}"

    def as_ocpi(self) -> dict[str, Any]:
        """This price as an OCPI PriceComponent."""
        return {
            "type": self.dimension,
            "price": str(self.price),
            "vat": str(self.vat),
            "step_size": self.step_size,
        }
