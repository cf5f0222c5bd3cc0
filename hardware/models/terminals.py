"""The payment terminal as an installer records it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from hardware.terminal.csv_layout import read_layout
from hardware.terminal.interface import Capability, Readiness
from hardware.terminal.registry import open_terminal


class Terminal(models.Model):
    """A payment terminal behind one URL, and what it last said of itself."""

    class State(models.TextChoices):
        UNKNOWN = "unknown", _("not asked yet")
        READY = Readiness.READY, _("ready")
        BUSY = Readiness.BUSY, _("busy")
        ATTENTION = Readiness.ATTENTION, _("needs attention")
        UNREACHABLE = Readiness.UNREACHABLE, _("unreachable")

    name = models.CharField(_("name"), max_length=60, unique=True)
    url = models.CharField(
        _("URL"),
        max_length=300,
        help_text=_(
            "How to reach it, for example payproxy+http://10.0.0.5:8080. The part before :// picks the driver."
        ),
    )
    profile = models.JSONField(
        _("profile"),
        default=dict,
        blank=True,
        help_text=_("Settings of this driver that differ from its defaults; docs/terminals lists them."),
    )
    statement_layout = models.JSONField(
        _("layout of the bank's files"),
        default=dict,
        blank=True,
        help_text=_("How the CSV files are written that its payments are compared with; docs/reconciliation.md."),
    )
    close_at = models.TimeField(
        _("day is closed at"),
        null=True,
        blank=True,
        help_text=_("A time of day at which nobody charges. Empty: only when the terminal demands it."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)

    state = models.CharField(_("state"), max_length=12, choices=State, default=State.UNKNOWN, editable=False)
    state_detail = models.CharField(_("in its own words"), max_length=120, blank=True, editable=False)
    state_at = models.DateTimeField(_("asked at"), null=True, editable=False)
    #: The last terminal request id that was handed out; only hardware.terminals writes it.
    last_request_id = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("payment terminal")
        verbose_name_plural = _("payment terminals")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an hour for what it cannot do, a layout that cannot be meant, and a URL or profile that no driver can be opened with, in the driver's own words."""
        try:
            device = open_terminal(self.url, self.profile)
            device.close()
            read_layout(self.statement_layout)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if self.close_at is not None and Capability.END_OF_DAY not in device.capabilities:
            raise ValidationError({"close_at": _("This terminal has no end of day, or it is switched off.")})
