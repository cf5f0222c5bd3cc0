"""The charging session and everything that is remembered about it."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hardware.models import Command, Connector, Transaction
from kiosk.lifecycle import HOLDS_CONNECTOR, OPEN, State
from kiosk.models.kiosk import Kiosk
from kiosk.models.site import Site
from payments.models import Authorisation, CardToken, Operation


def new_public_id() -> str:
    """An id for URLs that cannot be guessed (128 bits)."""
    return secrets.token_urlsafe(16)


class Session(models.Model):
    """One visit, from picking a connector to the receipt. Energy in Wh, amounts in minor units of ``currency``.

    Only kiosk.sessions writes its state.
    """

    class EndReason(models.TextChoices):
        """Why delivery ended, or never began."""

        CARD = "card", _("stopped with the card")
        UNPLUGGED = "unplugged", _("unplugged")
        FULL = "full", _("car is full")
        LIMIT = "limit", _("held amount used up")
        DURATION = "duration", _("longest time reached")
        STAFF = "staff", _("stopped by staff")
        CHARGER = "charger", _("ended by the charge point")
        FAULT = "fault", _("fault of the charge point")
        SILENT = "silent", _("charge point silent")
        NOT_PLUGGED_IN = "not_plugged_in", _("not plugged in in time")
        CANCELLED = "cancelled", _("cancelled by the driver")
        REFUSED = "refused", _("refused by the charge point")
        FUNDS = "funds", _("approved for too little")
        LATE = "late", _("card answer came too late")

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.AUTHORISING)
    site = models.ForeignKey(Site, models.PROTECT, related_name="sessions", verbose_name=_("site"))
    kiosk = models.ForeignKey(Kiosk, models.PROTECT, related_name="sessions", verbose_name=_("kiosk"))
    connector = models.ForeignKey(Connector, models.PROTECT, related_name="sessions", verbose_name=_("connector"))
    authorisation = models.OneToOneField(
        Authorisation, models.PROTECT, related_name="session", verbose_name=_("authorisation")
    )
    card = models.ForeignKey(
        CardToken, models.PROTECT, null=True, related_name="sessions", verbose_name=_("card token")
    )
    start_command = models.OneToOneField(Command, models.PROTECT, null=True, related_name="session")
    transaction = models.OneToOneField(
        Transaction, models.PROTECT, null=True, related_name="session", verbose_name=_("charging transaction")
    )
    language = models.CharField(_("language"), max_length=2, default="en")
    #: The tariff in force when the driver accepted it (kiosk.models.Tariff.snapshot).
    tariff = models.JSONField(_("tariff"))
    currency = models.CharField(_("currency"), max_length=3)

    created_at = models.DateTimeField(_("created"))
    authorised_at = models.DateTimeField(_("money held since"), null=True)
    #: Delivery by the charge point's clock.
    started_at = models.DateTimeField(_("charging since"), null=True)
    ended_at = models.DateTimeField(_("charging ended"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    #: When the present state has lasted too long (the sweep acts on it).
    deadline_at = models.DateTimeField(null=True, editable=False)

    meter_start_wh = models.BigIntegerField(_("meter at start"), null=True)
    #: The last trusted register value.
    meter_wh = models.BigIntegerField(_("meter"), null=True)
    energy_wh = models.BigIntegerField(_("energy"), default=0)
    power_w = models.PositiveIntegerField(_("power"), default=0)
    soc_percent = models.PositiveSmallIntegerField(_("state of charge"), null=True)
    charging_s = models.PositiveIntegerField(_("seconds with energy"), default=0)
    parking_s = models.PositiveIntegerField(_("seconds without energy"), default=0)
    #: The charge point's clock and ours at the last reading.
    metered_at = models.DateTimeField(_("last reading"), null=True)
    heard_at = models.DateTimeField(_("last heard of"), null=True)
    #: Since when the car takes nothing (the charge point's clock).
    idle_since = models.DateTimeField(null=True, editable=False)
    #: What it costs so far, never above what is held.
    cost_minor = models.BigIntegerField(_("cost"), default=0)
    end_reason = models.CharField(_("ended because"), max_length=16, choices=EndReason, blank=True)
    #: Something for a person to look at: machine words, see kiosk.timeline.
    flags = models.JSONField(_("to be looked at"), default=list, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["deadline_at"], condition=Q(state__in=sorted(OPEN)), name="session_open"),
            models.Index(fields=["-created_at"], name="session_newest"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="session_state_known"),
            models.UniqueConstraint(
                fields=["connector"],
                condition=Q(state__in=sorted(HOLDS_CONNECTOR)),
                name="one_open_session_per_connector",
            ),
            models.UniqueConstraint(
                fields=["card", "connector"],
                condition=Q(state__in=sorted(HOLDS_CONNECTOR)),
                name="one_open_session_per_card_and_connector",
            ),
            models.CheckConstraint(
                condition=Q(energy_wh__gte=0, cost_minor__gte=0), name="session_figures_not_negative"
            ),
        ]
        permissions = [("stop_session", _("Can stop sessions"))]

    def __str__(self) -> str:
        return self.authorisation.reference


class StopAttempt(models.Model):
    """A card presented to stop a session, and what came of it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("waiting for a card")
        MATCHED = "matched", _("the card that started it")
        OTHER_SESSION = "other_session", _("the card of another session")
        NO_MATCH = "no_match", _("another card")
        NO_CARD = "no_card", _("no card was presented")
        FAILED = "failed", _("the terminal did not answer")
        TOO_LATE = "too_late", _("the session had ended")

    session = models.ForeignKey(Session, models.PROTECT, related_name="stop_attempts")
    operation = models.OneToOneField(Operation, models.PROTECT, related_name="stop_attempt")
    outcome = models.CharField(_("outcome"), max_length=14, choices=Outcome, default=Outcome.WAITING)
    created_at = models.DateTimeField(_("asked at"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("stop attempt")
        verbose_name_plural = _("stop attempts")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["created_at"], condition=Q(outcome="waiting"), name="stop_attempt_waiting")]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} · {self.created_at:%Y-%m-%d %H:%M}"


class MeterSample(models.Model):
    """One reading as it arrived. ``energy_wh`` is the register; ``distrust`` says why it was not counted."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="samples")
    at = models.DateTimeField(_("read at"))
    received_at = models.DateTimeField(_("received at"))
    energy_wh = models.BigIntegerField(_("register"), null=True)
    power_w = models.PositiveIntegerField(_("power"), null=True)
    soc_percent = models.PositiveSmallIntegerField(_("state of charge"), null=True)
    distrust = models.CharField(_("not counted because"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("meter sample")
        verbose_name_plural = _("meter samples")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.energy_wh} Wh · {self.at:%Y-%m-%d %H:%M:%S}"


class TimelineEntry(models.Model):
    """What someone or something did, in the order it became known. Written by kiosk.timeline, never changed."""

    class Source(models.TextChoices):
        DRIVER = "driver", _("driver")
        TERMINAL = "terminal", _("terminal")
        CHARGER = "charger", _("charge point")
        MONEY = "money", _("money")
        STAFF = "staff", _("staff")
        SYSTEM = "system", _("TapCharge")

    session = models.ForeignKey(Session, models.PROTECT, related_name="timeline")
    at = models.DateTimeField(_("at"))
    source = models.CharField(_("who"), max_length=8, choices=Source)
    #: A machine word; kiosk.timeline has the sentence for it.
    code = models.CharField(_("what"), max_length=40)
    data = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.code} · {self.at:%Y-%m-%d %H:%M:%S}"
