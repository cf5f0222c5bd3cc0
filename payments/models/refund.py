"""Money given back by support staff."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from payments.models.authorisation import Authorisation
from payments.money import from_minor


class Refund(models.Model):
    """One refund of a captured authorisation. Only payments.refunds writes its state."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("under way")
        DONE = "done", _("refunded")
        REFUSED = "refused", _("refused")
        IN_DOUBT = "in_doubt", _("in doubt")

    #: Made by the form, so that a double click and a repeated request refund once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authorisation = models.ForeignKey(
        Authorisation, models.PROTECT, related_name="refunds", verbose_name=_("authorisation")
    )
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.REQUESTED)
    amount_minor = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=200)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("requested by")
    )
    created_at = models.DateTimeField(_("requested"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    #: The terminal's word for a refusal, for staff.
    detail = models.CharField(_("details"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_is_something"),
        ]
        permissions = [("give_refund", _("Can give refunds"))]

    def __str__(self) -> str:
        return f"{self.authorisation} {self.amount}"

    @property
    def amount(self) -> Money:
        """What is given back."""
        return from_minor(self.amount_minor, self.authorisation.currency)
