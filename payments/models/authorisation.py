"""The hold on a card, from the first question to its one fate."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from hardware.models import Terminal
from payments.lifecycle import FINAL, OPEN, State
from payments.models.amounts import CapitalLetters, Holding
from payments.models.card import CardToken
from payments.money import from_minor


def new_reference() -> str:
    """A reference that people read to each other on the phone: 8 characters, none that look alike."""
    return "".join(secrets.choice("ABCDEFGHJKMNPQRSTUVWXYZ23456789") for _ in range(8))


class Escalation(models.IntegerChoices):
    """How urgent it is that an open hold is settled (payments.deadlines)."""

    NONE = 0, _("in time")
    WARNED = 1, _("deadline comes near")
    RAISED = 2, _("deadline is near")
    LAST_CALL = 3, _("last call")
    PASSED = 4, _("deadline has passed")


class Authorisation(Holding):
    """One hold. Amounts in minor units of ``currency``; only payments.authorisations writes its state and amounts."""

    reference = models.CharField(_("reference"), max_length=12, unique=True, default=new_reference, editable=False)
    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="authorisations", verbose_name=_("terminal"))
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PENDING)
    currency = models.CharField(_("currency"), max_length=3)
    requested_minor = models.BigIntegerField(_("asked for"))
    #: What the bank holds or held; 0 until approved, less than asked for at a partial approval.
    authorised_minor = models.BigIntegerField(_("held"), default=0)
    captured_minor = models.BigIntegerField(_("captured"), default=0)
    #: What of the hold was given up: the rest at a capture, all of it at a release. What was never held, when found out.
    released_minor = models.BigIntegerField(_("released"), default=0)
    #: Refunds done and refunds under way.
    refunded_minor = models.BigIntegerField(_("refunded"), default=0)
    card = models.ForeignKey(
        CardToken, models.PROTECT, null=True, related_name="authorisations", verbose_name=_("card token")
    )
    #: What the terminal needs back, encrypted (payments.secrets).
    sealed_handle = models.TextField(blank=True, editable=False)
    stan = models.CharField(_("STAN"), max_length=20, blank=True)
    #: A machine word for why it was declined, failed or is in doubt.
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created"))
    authorised_at = models.DateTimeField(_("held since"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    #: By then it must be captured or released.
    deadline_at = models.DateTimeField(_("to be settled by"))
    escalation = models.PositiveSmallIntegerField(_("urgency"), choices=Escalation, default=Escalation.NONE)

    class Meta:
        verbose_name = _("authorisation")
        verbose_name_plural = _("authorisations")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["deadline_at"], condition=Q(state__in=sorted(OPEN)), name="authorisation_open"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="authorisation_state_known"),
            models.CheckConstraint(condition=Q(requested_minor__gt=0), name="authorisation_asks_for_something"),
            models.CheckConstraint(
                condition=Q(authorised_minor__gte=0, authorised_minor__lte=F("requested_minor")),
                name="authorised_at_most_requested",
            ),
            models.CheckConstraint(
                condition=Q(captured_minor__gte=0, captured_minor__lte=F("authorised_minor")),
                name="captured_at_most_authorised",
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("captured_minor")),
                name="refunded_at_most_captured",
            ),
            models.CheckConstraint(
                condition=Q(captured_minor=0) | Q(state=State.CAPTURED), name="captured_amount_only_when_captured"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.CAPTURED) | Q(captured_minor__gt=0), name="captured_is_something"
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(FINAL), authorised_minor=F("captured_minor") + F("released_minor"))
                | Q(state__in=sorted(OPEN), released_minor=0),
                name="closed_means_nothing_is_held",
            ),
            models.CheckConstraint(condition=CapitalLetters("currency"), name="authorisation_currency_is_a_code"),
        ]

    def __str__(self) -> str:
        return self.reference

    def money(self, minor: int) -> Money:
        """``minor`` units of this authorisation's currency."""
        return from_minor(minor, self.currency)

    @property
    def requested(self) -> Money:
        """What was asked for."""
        return self.money(self.requested_minor)

    @property
    def authorised(self) -> Money:
        """What the bank holds or held."""
        return self.money(self.authorised_minor)

    @property
    def captured(self) -> Money:
        """What was taken."""
        return self.money(self.captured_minor)

    @property
    def released(self) -> Money:
        """What was given up."""
        return self.money(self.released_minor)

    @property
    def refundable(self) -> Money:
        """What can still be given back."""
        return self.money(self.captured_minor - self.refunded_minor)
