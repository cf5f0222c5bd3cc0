"""What a person decided about money in doubt. Written once, never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.models.authorisation import Authorisation
from payments.models.operation import Operation
from payments.models.refund import Refund


class Decision(models.Model):
    """One decision by one person, with their reason. Only payments.decisions writes it."""

    authorisation = models.ForeignKey(
        Authorisation, models.PROTECT, related_name="decisions", verbose_name=_("authorisation")
    )
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, related_name="decisions", verbose_name=_("refund"))
    operation = models.ForeignKey(
        Operation, models.PROTECT, null=True, related_name="decisions", verbose_name=_("operation")
    )
    #: An event of payments.lifecycle, or what became of the refund.
    event = models.CharField(_("decided"), max_length=20)
    amount_minor = models.BigIntegerField(_("amount"), default=0)
    note = models.CharField(_("because"), max_length=500)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["operation"], name="operation_decided_once"),
            models.CheckConstraint(condition=~Q(note=""), name="decision_has_a_reason"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="decision_amount_not_negative"),
        ]
        permissions = [("decide_doubt", _("Can decide what became of money in doubt"))]

    def __str__(self) -> str:
        return f"{self.authorisation} {self.event}"
