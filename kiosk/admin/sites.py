"""Sites: who sells, on what terms, at which connectors."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from hardware.admin.base import Admin, Inline, Tone, badge
from kiosk.admin.forms import OfferFormSet, SiteForm
from kiosk.models import Offer, Site
from kiosk.offers import Availability, availability, held_connectors

_AVAILABILITY = {
    Availability.FREE: (_("free"), Tone.GOOD),
    Availability.PLUGGED_IN: (_("free, a car is plugged in"), Tone.GOOD),
    Availability.OCCUPIED: (_("in use"), Tone.BUSY),
    Availability.OFFLINE: (_("offline"), Tone.BAD),
    Availability.FAULT: (_("fault"), Tone.BAD),
    Availability.OUT_OF_SERVICE: (_("out of service"), Tone.WARNING),
}


class OfferInline(Inline):
    """What is sold here. Every kiosk of the site shows it."""

    model = Offer
    formset = OfferFormSet
    extra = 0
    fields = ["connector", "tariff", "state"]
    readonly_fields = ["state"]

    def get_queryset(self, request: Any) -> Any:
        """With what the rows name."""
        return super().get_queryset(request).select_related("connector__charge_point", "tariff")

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Connectors with the name of their charge point, in one query."""
        if db_field.name == "connector":
            kwargs["queryset"] = db_field.remote_field.model.objects.select_related("charge_point")
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            field.choices = list(cast(Any, field).choices)  # asked once for all rows
        return field

    @cached_property
    def _held(self) -> frozenset[int]:
        """The connectors that sessions hold, asked once for all rows; an inline lives as long as its request."""
        return held_connectors(list(Offer.objects.values_list("connector_id", flat=True)))

    @admin.display(description=_("now"))
    def state(self, offer: Offer) -> str:
        """Whether a driver could buy it now."""
        if not offer.pk:
            return ""
        text, tone = _AVAILABILITY[availability(offer, timezone.now(), self._held)]
        return badge(text, tone)


@admin.register(Site)
class SiteAdmin(Admin):
    """One place with one operator."""

    form = SiteForm
    list_display = ["name", "operator_name", "address", "currency", "help_phone"]
    search_fields = ["name", "address", "operator_name"]
    inlines = [OfferInline]
    fieldsets = [
        (None, {"fields": ["name", "address", ("currency", "time_zone"), "help_phone"]}),
        (_("On the receipt"), {"fields": ["operator_name", "operator_address", "vat_id"]}),
        (_("What is held"), {"fields": ["hold_choices", ("hold_minimum_minor", "hold_maximum_minor")]}),
        (
            _("When a session ends by itself"),
            {
                "fields": [
                    ("plug_in_s", "maximum_duration_s"),
                    ("full_after_s", "latency_s"),
                    ("stop_grace_s", "silent_limit_s"),
                ]
            },
        ),
    ]
