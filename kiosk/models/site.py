"""The site: who sells, on what terms, at which connectors."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hardware.models import Connector
from kiosk.models.tariff import Tariff


def default_hold_choices() -> list[int]:
    """20, 40 and 60 of a currency with two decimal places."""
    return [2000, 4000, 6000]


class Site(models.Model):
    """One place with one operator. Amounts in minor units of ``currency``."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    address = models.CharField(_("address"), max_length=200)
    operator_name = models.CharField(_("operator"), max_length=120, help_text=_("The seller on the receipt."))
    operator_address = models.CharField(_("operator's address"), max_length=200)
    vat_id = models.CharField(_("VAT number"), max_length=20, blank=True)
    help_phone = models.CharField(_("help line"), max_length=30, help_text=_("Shown on every screen."))
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Amsterdam")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")

    hold_choices = models.JSONField(
        _("amounts to hold"),
        default=default_hold_choices,
        help_text=_("Offered to the driver, in cents, for example [2000, 4000]."),
    )
    hold_minimum_minor = models.PositiveIntegerField(_("smallest hold"), default=1000)
    hold_maximum_minor = models.PositiveIntegerField(_("largest hold"), default=15000)
    plug_in_s = models.PositiveIntegerField(
        _("seconds to plug in"), default=90, help_text=_("After that the hold is released and nothing is charged.")
    )
    maximum_duration_s = models.PositiveIntegerField(
        _("longest session in seconds"), default=12 * 3600, validators=[MinValueValidator(60)]
    )
    full_after_s = models.PositiveIntegerField(
        _("full after seconds"),
        default=900,
        help_text=_("The car has taken nothing for so long: the session ends. 0: never."),
    )
    stop_grace_s = models.PositiveIntegerField(
        _("seconds to wait for a stop"), default=120, help_text=_("Then the last trusted meter value is settled.")
    )
    silent_limit_s = models.PositiveIntegerField(
        _("settle a silent charger after seconds"),
        default=3600,
        help_text=_(
            "A session whose charge point stays silent for so long is settled on its last trusted meter value."
        ),
    )
    latency_s = models.PositiveIntegerField(
        _("seconds until a stop takes effect"),
        default=15,
        help_text=_("Delivery stops so much before the hold is used up."),
    )

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hold_minimum_minor__gt=0, hold_minimum_minor__lte=F("hold_maximum_minor")),
                name="site_hold_bounds",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Offer(models.Model):
    """A connector on sale at a site, at a tariff. Every kiosk of the site shows it."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="offers", verbose_name=_("site"))
    connector = models.OneToOneField(Connector, models.CASCADE, related_name="offer", verbose_name=_("connector"))
    tariff = models.ForeignKey(Tariff, models.PROTECT, related_name="offers", verbose_name=_("tariff"))

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["connector__label"]

    def __str__(self) -> str:
        return f"{self.connector} · {self.tariff}"
