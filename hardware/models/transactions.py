"""Charging transactions as the charge points report them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from hardware.models.chargers import ChargePoint, Connector
from hardware.models.commands import Command


class Transaction(models.Model):
    """One StartTransaction that we accepted; the row's id is the OCPP transactionId. Energy in Wh."""

    charge_point = models.ForeignKey(ChargePoint, models.PROTECT, related_name="transactions")
    connector = models.ForeignKey(Connector, models.PROTECT, related_name="transactions")
    command = models.OneToOneField(Command, models.PROTECT, related_name="started")
    meter_start_wh = models.BigIntegerField(_("meter at start"))
    started_at = models.DateTimeField(_("started at"), help_text=_("By the charge point's clock."))
    received_at = models.DateTimeField(_("start received at"))

    meter_stop_wh = models.BigIntegerField(_("meter at stop"), null=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, help_text=_("By the charge point's clock."))
    stop_received_at = models.DateTimeField(_("stop received at"), null=True)
    stop_reason = models.CharField(_("reason"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("charging transaction")
        verbose_name_plural = _("charging transactions")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stopped_at__isnull=True, meter_stop_wh__isnull=True)
                | models.Q(stopped_at__isnull=False, meter_stop_wh__isnull=False),
                name="transaction_stop_is_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.connector} #{self.pk}"


class StopReport(models.Model):
    """Every StopTransaction that arrived: the first valid one ends its transaction, later ones and orphans are kept."""

    charge_point = models.ForeignKey(ChargePoint, models.PROTECT, related_name="stop_reports")
    transaction = models.ForeignKey(Transaction, models.PROTECT, null=True, related_name="stop_reports")
    ocpp_transaction_id = models.BigIntegerField(_("transactionId"))
    meter_stop_wh = models.BigIntegerField(_("meter at stop"))
    at = models.DateTimeField(_("stopped at"))
    reason = models.CharField(_("reason"), max_length=20)
    received_at = models.DateTimeField(_("received at"))
    #: True for the one report that ended the transaction.
    counted = models.BooleanField(_("counted"), default=False)

    class Meta:
        verbose_name = _("stop report")
        verbose_name_plural = _("stop reports")
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["transaction"], condition=models.Q(counted=True), name="transaction_stops_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.charge_point} #{self.ocpp_transaction_id}"

    @property
    def is_orphan(self) -> bool:
        """Whether it belongs to no transaction of ours, and so needs a person."""
        return self.transaction_id is None
