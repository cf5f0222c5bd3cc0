"""Charge points and their connectors: what an installer records, and what they last reported."""

from __future__ import annotations

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class ChargePoint(models.Model):
    """A charge point that dials in to us over OCPP, or hangs on a line of ours."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    identity = models.CharField(
        _("identity"),
        max_length=48,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9._:*-]+$", _("Letters, digits and . _ : * - only."))],
        help_text=_("The last part of the address that the charge point dials, and its user name."),
    )
    key_hash = models.CharField(max_length=256, blank=True, editable=False)
    enabled = models.BooleanField(_("enabled"), default=True)
    sample_interval_s = models.PositiveIntegerField(
        _("seconds between meter values"), default=10, validators=[MinValueValidator(1)]
    )
    silent_after_s = models.PositiveIntegerField(
        _("silent after seconds"), default=90, help_text=_("Without a sign of life for this long it counts as silent.")
    )

    #: Identifies the socket that speaks for the charge point now; empty when there is none. Newest wins.
    connection = models.CharField(max_length=32, blank=True, editable=False)
    connected_at = models.DateTimeField(_("connected since"), null=True, editable=False)
    disconnected_at = models.DateTimeField(_("disconnected at"), null=True, editable=False)
    last_seen_at = models.DateTimeField(_("last heard of"), null=True, editable=False)
    booted_at = models.DateTimeField(_("last boot"), null=True, editable=False)
    vendor = models.CharField(_("vendor"), max_length=50, blank=True, editable=False)
    model = models.CharField(_("model"), max_length=50, blank=True, editable=False)
    serial_number = models.CharField(_("serial number"), max_length=50, blank=True, editable=False)
    firmware_version = models.CharField(_("firmware"), max_length=50, blank=True, editable=False)
    meter_type = models.CharField(_("meter"), max_length=50, blank=True, editable=False)
    #: What the charge point answered to each configuration key that we set at boot: {key: answer}.
    configuration = models.JSONField(_("configuration"), default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = _("charge point")
        verbose_name_plural = _("charge points")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_connected(self) -> bool:
        """Whether a socket speaks for it now."""
        return bool(self.connection)


class Connector(models.Model):
    """One cable or socket of a charge point: what a driver picks."""

    class Status(models.TextChoices):
        """OCPP 1.6 StatusNotification."""

        UNKNOWN = "Unknown", _("unknown")
        AVAILABLE = "Available", _("free")
        PREPARING = "Preparing", _("plugged in")
        CHARGING = "Charging", _("charging")
        SUSPENDED_EVSE = "SuspendedEVSE", _("paused by the charger")
        SUSPENDED_EV = "SuspendedEV", _("paused by the car")
        FINISHING = "Finishing", _("finishing")
        RESERVED = "Reserved", _("reserved")
        UNAVAILABLE = "Unavailable", _("out of service")
        FAULTED = "Faulted", _("fault")

    class Plug(models.TextChoices):
        TYPE_2 = "type2", "Type 2"
        CCS = "ccs", "CCS"
        CHADEMO = "chademo", "CHAdeMO"
        SCHUKO = "schuko", "Schuko"

    charge_point = models.ForeignKey(ChargePoint, models.CASCADE, related_name="connectors")
    number = models.PositiveSmallIntegerField(
        _("number"), validators=[MinValueValidator(1)], help_text=_("The connectorId of the charge point, from 1.")
    )
    label = models.CharField(_("label"), max_length=12, help_text=_("What the driver reads on the charge point."))
    plug = models.CharField(_("plug"), max_length=12, choices=Plug, default=Plug.TYPE_2)
    max_power_w = models.PositiveIntegerField(_("greatest power in W"), default=11_000)
    enabled = models.BooleanField(_("enabled"), default=True)

    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.UNKNOWN, editable=False)
    error_code = models.CharField(_("error"), max_length=40, blank=True, editable=False)
    status_info = models.CharField(_("details"), max_length=120, blank=True, editable=False)
    status_at = models.DateTimeField(_("status since"), null=True, editable=False)

    class Meta:
        verbose_name = _("connector")
        verbose_name_plural = _("connectors")
        ordering = ["charge_point__name", "number"]
        constraints = [
            models.UniqueConstraint(fields=["charge_point", "number"], name="connector_number_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="connector_number_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.charge_point} · {self.label}"
