"""What we ask a charge point to do: a row first, so that a lost wake-up or a reboot loses no command."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from hardware.models.chargers import ChargePoint, Connector


class Command(models.Model):
    """One command to a charge point. Only hardware.chargers writes its state."""

    class Kind(models.TextChoices):
        START = "start", _("start")
        STOP = "stop", _("stop")
        UNLOCK = "unlock", _("unlock")
        TRIGGER = "trigger", _("ask for a message")
        CONFIGURE = "configure", _("configure")
        RESET = "reset", _("reset")

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        SENT = "sent", _("sent")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")
        NO_ANSWER = "no_answer", _("no answer")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")

    #: Also the OCPP message id.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    charge_point = models.ForeignKey(ChargePoint, models.CASCADE, related_name="commands")
    connector = models.ForeignKey(Connector, models.CASCADE, null=True, related_name="commands")
    transaction = models.ForeignKey("hardware.Transaction", models.CASCADE, null=True, related_name="commands")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    #: For a start: the random single-use tag that ties the transaction to it (20 characters, never card data).
    id_tag = models.CharField(max_length=20, null=True, unique=True, editable=False)
    payload = models.JSONField(_("payload"), default=dict)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    answer = models.JSONField(_("answer"), default=dict)
    created_at = models.DateTimeField(_("asked at"))
    #: A start that was not sent by then is never sent; null: it stays valid.
    expires_at = models.DateTimeField(_("valid until"), null=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)

    class Meta:
        verbose_name = _("charge point command")
        verbose_name_plural = _("charge point commands")
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["charge_point", "created_at"],
                condition=models.Q(state__in=["queued", "sent"]),
                name="command_open",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="start", id_tag__isnull=False, connector__isnull=False)
                | (~models.Q(kind="start") & models.Q(id_tag__isnull=True)),
                name="command_start_has_a_tag",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.charge_point}"
