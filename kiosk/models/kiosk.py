"""Kiosks and the browsers that may act as one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hardware.models import Terminal
from kiosk.models.site import Site


class Kiosk(models.Model):
    """A screen beside a payment terminal."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    site = models.ForeignKey(Site, models.PROTECT, related_name="kiosks", verbose_name=_("site"))
    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="kiosks", verbose_name=_("payment terminal"))
    language = models.CharField(_("first language"), max_length=2, choices=settings.LANGUAGES, default="en")
    enabled = models.BooleanField(_("enabled"), default=True)

    class Meta:
        verbose_name = _("kiosk")
        verbose_name_plural = _("kiosks")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class EnrolmentCode(models.Model):
    """A short-lived code, shown once in the admin, with which one browser becomes a kiosk."""

    kiosk = models.ForeignKey(Kiosk, models.CASCADE, related_name="enrolment_codes")
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("valid until"))
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        verbose_name = _("enrolment code")
        verbose_name_plural = _("enrolment codes")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kiosk} · {self.created_at:%Y-%m-%d %H:%M}"


class Enrolment(models.Model):
    """A browser that acts as a kiosk, until it is revoked."""

    kiosk = models.ForeignKey(Kiosk, models.CASCADE, related_name="enrolments")
    browser = models.CharField(_("browser"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("enrolled"))
    last_seen_at = models.DateTimeField(_("last seen"))
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        verbose_name = _("enrolled browser")
        verbose_name_plural = _("enrolled browsers")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kiosk} · {self.created_at:%Y-%m-%d %H:%M}"
