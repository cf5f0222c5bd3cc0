"""The receipt: what was sold, frozen at the moment it was issued."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from kiosk.models.session import Session
from kiosk.models.site import Site


def new_receipt_code() -> str:
    """What the QR code ends with; cannot be guessed (120 bits)."""
    return secrets.token_urlsafe(15)


class Receipt(models.Model):
    """One receipt of one finished session. Only kiosk.receipts writes it."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="receipt")
    site = models.ForeignKey(Site, models.PROTECT, related_name="receipts")
    #: Counts up without gaps within a site.
    sequence = models.PositiveIntegerField(_("number"))
    code = models.CharField(max_length=24, unique=True, default=new_receipt_code, editable=False)
    issued_at = models.DateTimeField(_("issued"))
    #: Everything on it: seller, lines, VAT per rate, amounts, card (brand and last four).
    data = models.JSONField(_("content"))

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["-issued_at"]
        constraints = [
            models.UniqueConstraint(fields=["site", "sequence"], name="receipt_number_once_per_site"),
        ]

    def __str__(self) -> str:
        return f"{self.site_id}-{self.sequence:06d}"
