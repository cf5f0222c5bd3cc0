"""Holds on cards and every question to a terminal: to be found and read, never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from hardware.admin.base import ReadOnlyInline, link
from hardware.admin.filters import period
from payments.admin.cells import (
    authorisation_badge,
    money,
    money_text,
    operation_badge,
    subject,
)
from payments.admin.deciding import DecidingAuthorisations
from payments.admin.journal import JournalInline
from payments.admin.refunding import Refunding
from payments.admin.search import FoundByAmount
from payments.lifecycle import State
from payments.models import Authorisation, Operation


class OperationInline(ReadOnlyInline):
    """What was asked of the terminal about it."""

    model = Operation
    fields = ["what", "state_badge", "amount", "request_id", "started_at", "finished_at", "detail"]
    readonly_fields = ["what", "state_badge", "amount"]
    ordering = ["created_at"]

    @admin.display(description=_("operation"))
    def what(self, operation: Operation) -> str:
        """Its kind, leading to its page."""
        return link(operation, operation.get_kind_display())

    @admin.display(description=_("state"))
    def state_badge(self, operation: Operation) -> str:
        """The state."""
        return operation_badge(operation)

    @admin.display(description=_("amount"))
    def amount(self, operation: Operation) -> str:
        """What it is about."""
        return money(operation.amount_minor, operation.currency) if operation.amount_minor else ""


@admin.register(Authorisation)
class AuthorisationAdmin(Refunding, DecidingAuthorisations, FoundByAmount):
    """Holds on cards, and what became of each."""

    list_display = [
        "reference",
        "state_badge",
        "card_text",
        "held",
        "captured_text",
        "refunded_text",
        "created_at",
        "terminal",
    ]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("escalation", ChoicesDropdownFilter),
        ("terminal", RelatedDropdownFilter),
        period("created_at"),
    ]
    list_select_related = ["card", "terminal"]
    search_fields = ["reference", "=card__last_four", "=stan"]
    amount_fields = ("requested_minor", "captured_minor")
    inlines = [OperationInline, JournalInline]
    fields = [
        ("reference", "state_badge"),
        ("card_link", "paid_for"),
        ("asked", "held"),
        ("captured_text", "refunded_text"),
        ("terminal", "stan"),
        "reason",
        ("created_at", "authorised_at"),
        ("deadline_at", "escalation"),
        "closed_at",
    ]
    readonly_fields = ["state_badge", "card_link", "asked", "held", "captured_text", "refunded_text", "paid_for"]
    actions_detail = ["refund", "decide"]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The buttons that fit the state."""
        state = Authorisation.objects.filter(pk=object_id).values_list("state", flat=True).first()
        fitting = {State.CAPTURED: "refund", State.IN_DOUBT: "decide"}.get(State(state)) if state else None
        return [each for each in super().get_actions_detail(request, object_id) if each.path == fitting]

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, authorisation: Authorisation) -> str:
        """The state."""
        return authorisation_badge(authorisation)

    @admin.display(description=_("card"), ordering="card__last_four")
    def card_text(self, authorisation: Authorisation) -> str:
        """The card that was presented."""
        return str(authorisation.card) if authorisation.card else "—"

    @admin.display(description=_("card"))
    def card_link(self, authorisation: Authorisation) -> str:
        """The same, leading to its page."""
        return link(authorisation.card) or "—"

    @admin.display(description=_("asked for"))
    def asked(self, authorisation: Authorisation) -> str:
        """What was asked of the card."""
        return money_text(authorisation.requested)

    @admin.display(description=_("held"), ordering="authorised_minor")
    def held(self, authorisation: Authorisation) -> str:
        """What the bank held."""
        return money_text(authorisation.authorised) if authorisation.authorised_minor else "—"

    @admin.display(description=_("captured"), ordering="captured_minor")
    def captured_text(self, authorisation: Authorisation) -> str:
        """What was taken."""
        return money_text(authorisation.captured) if authorisation.captured_minor else "—"

    @admin.display(description=_("refunded"), ordering="refunded_minor")
    def refunded_text(self, authorisation: Authorisation) -> str:
        """What went back, or is on its way."""
        minor = authorisation.refunded_minor
        return money(minor, authorisation.currency) if minor else "—"

    @admin.display(description=_("paid for"))
    def paid_for(self, authorisation: Authorisation) -> str:
        """What was bought."""
        return link(subject(authorisation)) or "—"


@admin.register(Operation)
class OperationAdmin(FoundByAmount):
    """Every question to a terminal and its outcome."""

    list_display = ["request_id", "kind", "state_badge", "amount", "authorisation", "terminal", "created_at", "detail"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        ("terminal", RelatedDropdownFilter),
        period("created_at"),
    ]
    list_select_related = ["authorisation", "terminal"]
    search_fields = ["=request_id", "authorisation__reference"]
    amount_fields = ("amount_minor",)
    fields = [
        ("kind", "state_badge"),
        ("terminal", "request_id"),
        ("authorisation", "amount"),
        ("outcome", "detail"),
        ("created_at", "started_at", "finished_at"),
        ("tries", "due_at"),
        "terminal_receipt",
    ]
    readonly_fields = ["state_badge", "amount", "terminal_receipt"]

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, operation: Operation) -> str:
        """The state."""
        return operation_badge(operation)

    @admin.display(description=_("amount"), ordering="amount_minor")
    def amount(self, operation: Operation) -> str:
        """What it is about."""
        return money(operation.amount_minor, operation.currency) if operation.amount_minor else "—"

    @admin.display(description=_("terminal receipt"))
    def terminal_receipt(self, operation: Operation) -> str:
        """What the terminal printed, with card numbers masked."""
        return format_html('<pre class="bo-receipt">{}</pre>', operation.receipt) if operation.receipt else "—"
