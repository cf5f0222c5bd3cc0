"""What identifies a card: never its number, never its token, only keyed fingerprints."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CardToken(models.Model):
    """A card that was presented. Only payments.cards writes it.

    A plastic card and the same card in a phone have different tokens; ``par_fingerprint`` joins them where the
    scheme gives a Payment Account Reference.
    """

    token_type = models.CharField(_("token type"), max_length=8)
    fingerprint = models.CharField(_("fingerprint"), max_length=80, editable=False)
    par_fingerprint = models.CharField(_("PAR fingerprint"), max_length=80, blank=True, db_index=True, editable=False)
    brand = models.CharField(_("brand"), max_length=20, blank=True)
    last_four = models.CharField(_("last four"), max_length=4, blank=True)
    #: The newer record of the same card: two were made while processes knew different keys.
    same_as = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", editable=False)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("card token")
        verbose_name_plural = _("card tokens")
        ordering = ["-last_seen_at"]
        constraints = [
            models.UniqueConstraint(fields=["token_type", "fingerprint"], name="card_token_once"),
        ]

    def __str__(self) -> str:
        return f"{self.brand or _('card')} ···· {self.last_four or '????'}"
