"""Runs of reconciliation, what they found, and what a list said about money in doubt."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hardware.models import Terminal
from payments.models.authorisation import Authorisation
from payments.models.operation import Operation
from payments.reconciliation.compare import What


class Reconciliation(models.Model):
    """One comparison of our operations with a list. Only payments.reconciliation.runs writes it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("under way")
        AGREES = "agrees", _("agrees")
        DIFFERS = "differs", _("differs")
        FAILED = "failed", _("failed")

    class Source(models.TextChoices):
        TERMINAL = "terminal", _("the terminal's list")
        FILE = "file", _("the bank's file")

    #: Somebody is at it, or will be.
    OPEN = frozenset({State.WAITING, State.RUNNING})
    #: It said something.
    TOLD = frozenset({State.AGREES, State.DIFFERS})

    terminal = models.ForeignKey(
        Terminal, models.PROTECT, related_name="reconciliations", verbose_name=_("payment terminal")
    )
    source = models.CharField(_("compared with"), max_length=10, choices=Source)
    #: Host and path, or the name of the file.
    origin = models.CharField(_("list"), max_length=120, blank=True)
    state = models.CharField(_("result"), max_length=10, choices=State, default=State.WAITING)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("up to"))
    nightly = models.BooleanField(_("nightly"), default=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("asked for by")
    )
    created_at = models.DateTimeField(_("asked for"))
    started_at = models.DateTimeField(_("begun"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    #: Why it failed: a machine word, and what to do.
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    detail = models.CharField(_("details"), max_length=300, blank=True)
    entries = models.PositiveIntegerField(_("ours"), default=0)
    lines = models.PositiveIntegerField(_("theirs"), default=0)
    #: payments.reconciliation.totals
    totals = models.JSONField(default=list, editable=False)
    differences = models.ManyToManyField("payments.Difference", related_name="runs", verbose_name=_("differences"))

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(since__lt=F("until")), name="reconciliation_of_a_period"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running"], finished_at__isnull=True)
                | Q(state__in=["agrees", "differs", "failed"], finished_at__isnull=False),
                name="reconciliation_finished_with_a_result",
            ),
            models.UniqueConstraint(
                fields=["terminal", "source"],
                condition=Q(state__in=["waiting", "running"]),
                name="one_reconciliation_at_a_time",
            ),
        ]
        permissions = [("run_reconciliation", _("Can compare our operations with a list"))]

    def __str__(self) -> str:
        return f"{self.terminal} {self.since:%Y-%m-%d}"


class Difference(models.Model):
    """Something that the two sides do not agree on, for as long as they do not.

    Found again it stays the same row; it ends when a later comparison no longer finds it, or when a person explains it.
    """

    class Resolution(models.TextChoices):
        GONE = "gone", _("no longer found")
        EXPLAINED = "explained", _("explained")

    terminal = models.ForeignKey(
        Terminal, models.PROTECT, related_name="differences", verbose_name=_("payment terminal")
    )
    source = models.CharField(_("compared with"), max_length=10, choices=Reconciliation.Source)
    what = models.CharField(_("difference"), max_length=20, choices=What)
    #: What it is about, as a text that is the same every night.
    matter = models.CharField(max_length=100, editable=False)
    operation = models.ForeignKey(
        Operation, models.PROTECT, null=True, related_name="differences", verbose_name=_("operation")
    )
    authorisation = models.ForeignKey(
        Authorisation, models.PROTECT, null=True, related_name="differences", verbose_name=_("authorisation")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Operation.Kind)
    #: When it happened.
    at = models.DateTimeField(_("happened"))
    #: payments.reconciliation.compare.Fate, and hardware.terminal.interface.Outcome; empty where that side knows nothing.
    our_fate = models.CharField(max_length=12, blank=True)
    their_outcome = models.CharField(max_length=12, blank=True)
    our_minor = models.BigIntegerField(_("our amount"), null=True)
    our_currency = models.CharField(max_length=3, blank=True)
    their_minor = models.BigIntegerField(_("their amount"), null=True)
    their_currency = models.CharField(max_length=3, blank=True)
    request_id = models.PositiveIntegerField(_("terminal request id"), null=True)
    stan = models.CharField(_("STAN"), max_length=20, blank=True)
    #: Where their line stands.
    place = models.CharField(_("where"), max_length=60, blank=True)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))
    resolution = models.CharField(_("ended"), max_length=10, choices=Resolution, blank=True)
    resolved_at = models.DateTimeField(_("ended at"), null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("explained by")
    )
    note = models.CharField(_("because"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ["-first_seen_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["terminal", "source", "matter"],
                condition=Q(resolved_at__isnull=True),
                name="one_open_difference_per_matter",
            ),
            models.CheckConstraint(
                condition=Q(resolution="", resolved_at__isnull=True, resolved_by__isnull=True, note="")
                | Q(resolution="gone", resolved_at__isnull=False, resolved_by__isnull=True, note="")
                | (Q(resolution="explained", resolved_at__isnull=False, resolved_by__isnull=False) & ~Q(note="")),
                name="difference_ends_once_and_says_how",
            ),
        ]
        permissions = [("resolve_difference", _("Can explain a difference"))]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.get_kind_display()} {self.request_id or self.stan}".strip()


class Evidence(models.Model):
    """What a list says about one operation of an authorisation or refund in doubt: evidence for who decides."""

    reconciliation = models.ForeignKey(
        Reconciliation, models.PROTECT, related_name="evidence", verbose_name=_("reconciliation")
    )
    authorisation = models.ForeignKey(
        Authorisation, models.PROTECT, related_name="evidence", verbose_name=_("authorisation")
    )
    #: Null for a line that no operation of ours asked for.
    operation = models.ForeignKey(
        Operation, models.PROTECT, null=True, related_name="evidence", verbose_name=_("operation")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Operation.Kind)
    request_id = models.PositiveIntegerField(_("terminal request id"), null=True)
    #: hardware.terminal.interface.Outcome; empty: there is no line.
    outcome = models.CharField(_("outcome"), max_length=12, blank=True)
    amount_minor = models.BigIntegerField(_("amount"), default=0)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    at = models.DateTimeField(_("at"), null=True)
    stan = models.CharField(_("STAN"), max_length=20, blank=True)
    place = models.CharField(_("where"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(outcome="") | Q(at__isnull=False), name="evidence_of_a_line_has_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.request_id or self.stan}: {self.outcome or '—'}"
