"""One question to a terminal: written before it is asked, and kept whatever comes of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hardware.models import Terminal
from payments.models.authorisation import Authorisation
from payments.models.card import CardToken


class Operation(models.Model):
    """An intent, its sending and its outcome. Only payments.operations writes its state.

    QUEUED → IN_FLIGHT → one of ANSWERED (a trusted answer), NOT_SENT (provably nothing happened), UNKNOWN
    (in doubt). UNKNOWN → ANSWERED or NOT_SENT when recovery or a late answer tells. QUEUED → CANCELLED.
    """

    class Kind(models.TextChoices):
        AUTHORISE = "authorise", _("authorise")
        READ_TOKEN = "read_token", _("read card token")
        CAPTURE = "capture", _("capture")
        RELEASE = "release", _("release")
        REFUND = "refund", _("refund")
        END_OF_DAY = "end_of_day", _("end of day")

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        IN_FLIGHT = "in_flight", _("under way")
        ANSWERED = "answered", _("answered")
        NOT_SENT = "not_sent", _("not sent")
        UNKNOWN = "unknown", _("in doubt")
        CANCELLED = "cancelled", _("cancelled")

    #: Kinds for which a person stands at the terminal.
    AT_THE_TERMINAL = frozenset({Kind.AUTHORISE, Kind.READ_TOKEN})
    #: Kinds that move no money of anybody: nothing is to be recovered of them.
    MOVES_NO_MONEY = frozenset({Kind.READ_TOKEN, Kind.END_OF_DAY})

    #: The idempotency key.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="operations", verbose_name=_("terminal"))
    authorisation = models.ForeignKey(
        Authorisation, models.PROTECT, null=True, related_name="operations", verbose_name=_("authorisation")
    )
    refund = models.ForeignKey(
        "payments.Refund", models.PROTECT, null=True, related_name="operations", verbose_name=_("refund")
    )
    request_id = models.PositiveIntegerField(_("terminal request id"))
    amount_minor = models.BigIntegerField(_("amount"), default=0)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    language = models.CharField(_("language"), max_length=2, default="en")
    #: hardware.terminal.interface.Reason, for a capture or release.
    reason = models.CharField(_("reason"), max_length=20, blank=True)

    created_at = models.DateTimeField(_("created"))
    #: Not before then: the delay of a retry.
    due_at = models.DateTimeField(_("due"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    started_at = models.DateTimeField(_("asked at"), null=True)
    #: While in flight: the worker that asked renews it, so a lapsed lease means that the worker is dead.
    lease_until = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True)
    #: While in flight: the driver no longer wants it, and the terminal was not asked to stop yet.
    abort_wanted = models.BooleanField(default=False, editable=False)
    #: While in flight: what the terminal says to the cardholder, as the screen shows it.
    display = models.CharField(max_length=120, blank=True, editable=False)

    #: hardware.terminal.interface.Outcome, once answered.
    outcome = models.CharField(_("outcome"), max_length=12, blank=True)
    #: The terminal's or driver's machine word for it, for staff.
    detail = models.CharField(_("details"), max_length=200, blank=True)
    #: The terminal's number of the transaction, by which it is told from others after a restart.
    stan = models.CharField(_("STAN"), max_length=20, blank=True)
    #: The card that was presented.
    card = models.ForeignKey(CardToken, models.PROTECT, null=True, related_name="+", verbose_name=_("card token"))
    #: The terminal's receipt lines, redacted.
    receipt = models.TextField(_("terminal receipt"), blank=True)
    #: For an operation in doubt: how often recovery asked, and when it asks again (null: a person decides).
    recovery_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    recovery_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        ordering = ["-created_at"]
        # The terminal comes first, or SQLite looks for what waits at one among all that it ever did.
        indexes = [
            models.Index(fields=["terminal", "due_at"], condition=Q(state="queued"), name="operation_queued"),
            models.Index(fields=["lease_until"], condition=Q(state="in_flight"), name="operation_in_flight"),
            models.Index(fields=["terminal", "recovery_at"], condition=Q(state="unknown"), name="operation_in_doubt"),
            models.Index(fields=["terminal", "started_at"], name="operation_started"),  # for reconciliation
        ]
        constraints = [
            models.UniqueConstraint(fields=["terminal", "request_id"], name="request_id_once_per_terminal"),
            models.UniqueConstraint(
                fields=["terminal"], condition=Q(state="in_flight"), name="one_operation_in_flight_per_terminal"
            ),
            models.UniqueConstraint(
                fields=["terminal"],
                condition=Q(kind__in=["authorise", "read_token"], state__in=["queued", "in_flight"]),
                name="one_cardholder_per_terminal",
            ),
            models.UniqueConstraint(
                fields=["authorisation"],
                condition=Q(kind__in=["capture", "release"], state__in=["queued", "in_flight", "unknown"])
                | Q(kind__in=["capture", "release"], state="answered", outcome="approved"),
                name="one_settlement_per_authorisation",
            ),
            models.UniqueConstraint(
                fields=["authorisation"], condition=Q(kind="authorise"), name="one_authorise_per_authorisation"
            ),
            models.UniqueConstraint(
                fields=["refund"],
                condition=Q(kind="refund", state__in=["queued", "in_flight", "unknown", "answered"]),
                name="one_operation_per_refund",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["read_token", "end_of_day"], authorisation__isnull=True, refund__isnull=True)
                | Q(kind="refund", authorisation__isnull=False, refund__isnull=False)
                | Q(kind__in=["authorise", "capture", "release"], authorisation__isnull=False, refund__isnull=True),
                name="operation_is_about_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["authorise", "capture", "refund"], amount_minor__gt=0)
                | Q(kind__in=["read_token", "release", "end_of_day"], amount_minor=0),
                name="operation_amount_fits_its_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.request_id}"

    @property
    def terminal_text(self) -> str:
        """What the terminal says to the cardholder now; empty once nobody is asked for a card any more."""
        return self.display if self.state == self.State.IN_FLIGHT else ""
