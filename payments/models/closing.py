"""The end of a terminal's day: asked for by a person or the clock, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from moneyed import Money

from hardware.models import Terminal
from payments.models.operation import Operation
from payments.money import from_minor


class DayClosing(models.Model):
    """One end of day, however often it takes to be free for it. Only payments.closing writes it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ASKED = "asked", _("under way")
        DONE = "done", pgettext_lazy("end of day", "closed")
        MISSED = "missed", _("not closed")
        UNKNOWN = "unknown", _("in doubt")

    #: Somebody is at it, or will be.
    OPEN = frozenset({State.WAITING, State.ASKED})

    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="closings", verbose_name=_("payment terminal"))
    state = models.CharField(_("result"), max_length=10, choices=State, default=State.WAITING)
    #: The latest question, once the terminal was free for it.
    operation = models.OneToOneField(
        Operation, models.PROTECT, null=True, related_name="closing", verbose_name=_("operation")
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("asked for by")
    )
    created_at = models.DateTimeField(_("asked for"))
    #: Not before then; and after ``until`` not any more.
    due_at = models.DateTimeField(_("next try"))
    until = models.DateTimeField(_("tried until"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    #: A machine word for why it waits, was missed or is in doubt.
    detail = models.CharField(_("details"), max_length=120, blank=True)
    #: From then on our side counts: the closing before, where that is known to have been done.
    since = models.DateTimeField(_("counted from"), null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    their_count = models.PositiveIntegerField(_("bookings by the terminal"), null=True)
    their_minor = models.BigIntegerField(_("total by the terminal"), null=True)
    our_count = models.PositiveIntegerField(_("bookings by our books"), null=True)
    our_minor = models.BigIntegerField(_("total by our books"), null=True)
    #: Somebody has looked into what is wrong with it.
    seen_at = models.DateTimeField(_("looked into"), null=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("looked into by")
    )
    note = models.CharField(_("because"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("end of day")
        verbose_name_plural = _("ends of day")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["terminal", "created_at"], name="closing_by_terminal"),
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="closing_waiting"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["terminal"], condition=Q(state__in=["waiting", "asked"]), name="one_closing_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "asked"], finished_at__isnull=True)
                | Q(state__in=["done", "missed", "unknown"], finished_at__isnull=False),
                name="closing_finished_with_a_result",
            ),
        ]
        permissions = [("close_day", _("Can close a terminal's day"))]

    def __str__(self) -> str:
        return f"{self.terminal} {self.created_at:%Y-%m-%d}"

    @property
    def their_total(self) -> Money | None:
        """What the terminal says was captured less what was refunded."""
        return None if self.their_minor is None else from_minor(self.their_minor, self.currency)

    @property
    def our_total(self) -> Money | None:
        """What our books say of the same time, where that can be told."""
        return None if self.our_minor is None else from_minor(self.our_minor, self.currency)

    @property
    def differs(self) -> bool:
        """Whether both sides say what was done, and not the same."""
        pairs = ((self.their_minor, self.our_minor), (self.their_count, self.our_count))
        return any(None not in pair and pair[0] != pair[1] for pair in pairs)

    @property
    def needs_attention(self) -> bool:
        """Whether a person should look into it and has not."""
        wrong = self.state in (self.State.MISSED, self.State.UNKNOWN) or self.differs
        return wrong and self.seen_at is None
