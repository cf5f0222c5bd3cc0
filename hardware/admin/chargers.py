"""Charge points and their connectors, as an installer records them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from hardware.admin.base import Admin, Inline, Tone, badge, moment
from hardware.admin.charger_actions import ChargerActions
from hardware.models import ChargePoint, Connector

_CONNECTOR_TONES = {
    Connector.Status.UNKNOWN: Tone.QUIET,
    Connector.Status.AVAILABLE: Tone.GOOD,
    Connector.Status.UNAVAILABLE: Tone.WARNING,
    Connector.Status.FAULTED: Tone.BAD,
}
_ANSWER_TONES = {"Accepted": Tone.GOOD, "RebootRequired": Tone.WARNING, "NotSupported": Tone.QUIET}


def charge_point_badge(charge_point: ChargePoint, now: datetime) -> str:
    """Whether it speaks to us."""
    if not charge_point.enabled:
        return badge(_("switched off"), Tone.QUIET)
    if charge_point.last_seen_at is None:
        return badge(_("never seen"), Tone.WARNING)
    if now - charge_point.last_seen_at > timedelta(seconds=charge_point.silent_after_s):
        return badge(_("silent"), Tone.BAD)
    return badge(_("online"), Tone.GOOD) if charge_point.is_connected else badge(_("disconnected"), Tone.WARNING)


def connector_badge(connector: Connector) -> str:
    """What the charge point last said of it."""
    if not connector.enabled:
        return badge(_("switched off"), Tone.QUIET)
    return badge(connector.get_status_display(), _CONNECTOR_TONES.get(Connector.Status(connector.status), Tone.BUSY))


class ConnectorInline(Inline):
    """The cables and sockets of a charge point."""

    model = Connector
    extra = 0
    fields = ["number", "label", "plug", "max_power_w", "enabled", "state", "trouble"]
    readonly_fields = ["state", "trouble"]

    @admin.display(description=_("state"))
    def state(self, connector: Connector) -> str:
        """What it is doing."""
        return connector_badge(connector) if connector.pk else ""

    @admin.display(description=_("trouble"))
    def trouble(self, connector: Connector) -> str:
        """The error it reports."""
        words = [word for word in (connector.error_code, connector.status_info) if word and word != "NoError"]
        return " · ".join(words)


@admin.register(ChargePoint)
class ChargePointAdmin(ChargerActions, Admin):
    """What it is, how it is, and what an installer can ask of it."""

    list_display = ["name", "identity", "state_badge", "connector_badges", "last_heard", "hardware", "enabled"]
    search_fields = ["name", "identity", "serial_number", "connectors__label"]
    inlines = [ConnectorInline]
    readonly_fields = [
        "state_badge",
        "last_heard",
        "connected_at",
        "booted_at",
        "hardware",
        "serial_number",
        "firmware_version",
        "meter_type",
        "has_key",
        "settings_taken",
    ]
    actions_detail = ["new_key", {"title": _("Ask the charge point"), "items": ["unlock", "trigger", "reset"]}]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the connectors that the list shows."""
        return super().get_queryset(request).prefetch_related("connectors")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The record, and below it what the charge point says of itself."""
        record = (None, {"fields": [("name", "identity"), "enabled", ("sample_interval_s", "silent_after_s")]})
        if obj is None:
            return [record]
        now = {"fields": [("state_badge", "last_heard"), ("connected_at", "booted_at"), "has_key"]}
        about = {"fields": [("hardware", "serial_number"), ("firmware_version", "meter_type"), "settings_taken"]}
        return [(_("The charge point now"), now), record, (_("In its own words"), about)]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Identities are typed into the charge point, so no browser completes or corrects them."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, forms.CharField):
            field.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        return field

    @admin.display(description=_("state"), ordering="last_seen_at")
    def state_badge(self, charge_point: ChargePoint) -> str:
        """How it is."""
        return charge_point_badge(charge_point, timezone.now())

    @admin.display(description=_("connectors"))
    def connector_badges(self, charge_point: ChargePoint) -> str:
        """Each connector with its state."""
        rows = ((each.label, connector_badge(each)) for each in charge_point.connectors.all())
        return format_html_join(" ", '<span class="bo-pair"><b>{}</b> {}</span>', rows)

    @admin.display(description=_("last heard of"), ordering="last_seen_at")
    def last_heard(self, charge_point: ChargePoint) -> str:
        """Its last sign of life."""
        return moment(charge_point.last_seen_at) or str(_("never"))

    @admin.display(description=_("device"))
    def hardware(self, charge_point: ChargePoint) -> str:
        """Vendor and model."""
        return " ".join(word for word in (charge_point.vendor, charge_point.model) if word)

    @admin.display(description=_("key"))
    def has_key(self, charge_point: ChargePoint) -> str:
        """Whether it can sign in at all; the key itself is not kept."""
        if charge_point.key_hash:
            return badge(_("set"), Tone.GOOD)
        return badge(_("none yet: it cannot sign in"), Tone.BAD)

    @admin.display(description=_("settings after boot"))
    def settings_taken(self, charge_point: ChargePoint) -> str:
        """What it answered to each setting that we sent when it booted."""
        rows = (
            (key, badge(answer, _ANSWER_TONES.get(str(answer), Tone.BAD)))
            for key, answer in sorted(charge_point.configuration.items())
        )
        table = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', rows)
        return format_html_join("", '<table class="bo-answers">{}</table>', [(table,)]) if table else "—"
