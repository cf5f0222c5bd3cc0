"""Refunds, and decisions about money in doubt: to be found and read, never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from hardware.admin.base import ReadOnlyAdmin, link
from hardware.admin.filters import period
from payments.admin.cells import (
    money,
    money_text,
    refund_badge,
    subject,
)
from payments.admin.deciding import DecidingRefunds
from payments.admin.search import FoundByAmount
from payments.models import Decision, Refund


@admin.register(Refund)
class RefundAdmin(DecidingRefunds, FoundByAmount):
    """Money given back, by whom, why, and what became of it."""

    list_display = ["payment", "amount_text", "state_badge", "reason", "requested_by", "created_at", "finished_at"]
    list_filter = [("state", ChoicesDropdownFilter), period("created_at")]
    list_select_related = ["authorisation__card", "requested_by"]
    search_fields = ["authorisation__reference", "=authorisation__card__last_four", "reason"]
    amount_fields = ("amount_minor",)
    currency_field = "authorisation__currency"
    fields = [
        ("payment_link", "paid_for"),
        ("amount_text", "state_badge"),
        "reason",
        ("requested_by", "created_at", "finished_at"),
        "detail",
    ]
    readonly_fields = ["payment_link", "paid_for", "amount_text", "state_badge"]
    actions_detail = ["decide"]
    change_form_before_template = "admin/refund_news.html"

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Something to decide only while it is in doubt."""
        doubtful = Refund.objects.filter(pk=object_id, state=Refund.State.IN_DOUBT).exists()
        return super().get_actions_detail(request, object_id) if doubtful else []

    @admin.display(description=_("payment"), ordering="authorisation__reference")
    def payment(self, refund: Refund) -> str:
        """The reference and the card."""
        return f"{refund.authorisation} · {refund.authorisation.card or '—'}"

    @admin.display(description=_("payment"))
    def payment_link(self, refund: Refund) -> str:
        """The payment it belongs to."""
        return link(refund.authorisation, self.payment(refund))

    @admin.display(description=_("paid for"))
    def paid_for(self, refund: Refund) -> str:
        """What was bought."""
        return link(subject(refund.authorisation)) or "—"

    @admin.display(description=_("amount"), ordering="amount_minor")
    def amount_text(self, refund: Refund) -> str:
        """What goes back."""
        return money_text(refund.amount)

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, refund: Refund) -> str:
        """The state."""
        return refund_badge(refund)


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """Who decided what about money in doubt, and how they knew."""

    list_display = ["authorisation", "event", "amount", "note", "user", "at"]
    list_filter = [period("at")]
    list_select_related = ["authorisation", "user"]
    search_fields = ["authorisation__reference", "note", "user__username"]
    fields = [("authorisation", "operation", "refund"), ("event", "amount"), "note", ("user", "at")]
    readonly_fields = ["amount"]

    @admin.display(description=_("amount"))
    def amount(self, decision: Decision) -> str:
        """What was taken, where something was."""
        return money(decision.amount_minor, decision.authorisation.currency) if decision.amount_minor else "—"
