"""Cards that were presented, and what was paid with each."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from hardware.admin.base import ReadOnlyAdmin, ReadOnlyInline, link
from hardware.admin.filters import period
from payments.admin.authorisations import AuthorisationAdmin
from payments.models import Authorisation, CardToken


class AuthorisationInline(ReadOnlyInline):
    """What was paid with a card."""

    model = Authorisation
    fields = ["what", "state_badge", "captured_text", "refunded_text", "created_at"]
    readonly_fields = ["what", "state_badge", "captured_text", "refunded_text"]
    per_page = 25

    @admin.display(description=_("reference"))
    def what(self, authorisation: Authorisation) -> str:
        """The reference, leading to its page."""
        return link(authorisation)

    state_badge = AuthorisationAdmin.state_badge
    captured_text = AuthorisationAdmin.captured_text
    refunded_text = AuthorisationAdmin.refunded_text


@admin.register(CardToken)
class CardTokenAdmin(ReadOnlyAdmin):
    """Cards that were presented, by brand and last four digits: more is not kept in a readable form."""

    list_display = ["card", "token_type", "times", "first_seen_at", "last_seen_at"]
    list_filter = ["brand", period("last_seen_at")]
    search_fields = ["=last_four", "brand"]
    fields = [("brand", "last_four"), "token_type", ("first_seen_at", "last_seen_at")]
    inlines = [AuthorisationInline]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of payments."""
        return super().get_queryset(request).annotate(times=Count("authorisations"))

    @admin.display(description=_("card"), ordering="last_four")
    def card(self, card: CardToken) -> str:
        """Brand and last four digits."""
        return str(card)

    @admin.display(description=_("payments"), ordering="times")
    def times(self, card: Any) -> int:
        """How often it was used."""
        return int(card.times)
