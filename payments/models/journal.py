"""What happened to money, written down for good: one chain of entries for each authorisation, and seals over them all."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.lifecycle import State
from payments.models.amounts import Holding
from payments.models.authorisation import Authorisation
from payments.models.decision import Decision
from payments.models.operation import Operation
from payments.models.refund import Refund


class Actor(models.TextChoices):
    """Who brought a change about."""

    SYSTEM = "system", _("TapCharge")
    TERMINAL = "terminal", _("terminal")
    RECOVERY = "recovery", _("recovery")
    PERSON = "person", _("person")


class JournalEntry(Holding):
    """One change to the money of an authorisation. Only payments.journal writes it; nobody changes or deletes it.

    The amounts, in minor units of ``currency``, are those after the change; ``was_*`` are those before it. ``hash``
    covers every other field and the hash of the entry before (payments.journal.hashing).
    """

    #: The unique constraint below is also the index by which a chain is read.
    authorisation = models.ForeignKey(
        Authorisation, models.PROTECT, related_name="journal", db_index=False, verbose_name=_("authorisation")
    )
    #: 1, 2, 3 … without a gap within the authorisation.
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"))
    #: ``requested``, an event of payments.lifecycle, or a step of a refund: ``refund_`` and its state.
    cause = models.CharField(_("what"), max_length=24)
    actor = models.CharField(_("who"), max_length=10, choices=Actor)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("person")
    )
    #: What it came from, where that is known.
    operation = models.ForeignKey(
        Operation, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("operation")
    )
    refund = models.ForeignKey(
        Refund, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("refund")
    )
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("decision")
    )
    currency = models.CharField(_("currency"), max_length=3)
    #: Empty, like the amounts before it, in the entry that begins a chain.
    was_state = models.CharField(_("state before"), max_length=12, choices=State, blank=True)
    was_authorised_minor = models.BigIntegerField(_("held before"))
    was_captured_minor = models.BigIntegerField(_("captured before"))
    was_released_minor = models.BigIntegerField(_("released before"))
    was_refunded_minor = models.BigIntegerField(_("refunded before"))
    state = models.CharField(_("state"), max_length=12, choices=State)
    requested_minor = models.BigIntegerField(_("asked for"))
    authorised_minor = models.BigIntegerField(_("held"))
    captured_minor = models.BigIntegerField(_("captured"))
    released_minor = models.BigIntegerField(_("released"))
    refunded_minor = models.BigIntegerField(_("refunded"))
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["authorisation", "number"], name="journal_number_once"),
            models.CheckConstraint(
                condition=Q(
                    authorised_minor__lte=F("requested_minor"),
                    captured_minor__gte=0,
                    released_minor__gte=0,
                    authorised_minor__gte=F("captured_minor") + F("released_minor"),
                    refunded_minor__gte=0,
                    refunded_minor__lte=F("captured_minor"),
                ),
                name="journal_entry_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authorisation_id}-{self.number}"


class JournalSeal(models.Model):
    """Closes everything that was written to the journal since the seal before. Only payments.journal writes it.

    What is covered can no longer be taken away without a trace, not even a whole chain or the end of one.
    """

    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"))
    #: Covers the entries above the highest id of the seal before, up to this one.
    highest_id = models.BigIntegerField(_("up to entry"))
    count = models.PositiveIntegerField(_("entries"))
    #: SHA-256 over the hashes of the entries, by their ids.
    digest = models.CharField(_("digest"), max_length=64)
    #: SHA-256 over the fields above and the hash of the seal before.
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("seal of the journal")
        verbose_name_plural = _("seals of the journal")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="seal_number_once"),
            models.CheckConstraint(condition=Q(count__gt=0), name="seal_covers_something"),
        ]

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"
