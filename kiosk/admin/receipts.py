"""Receipts: to be found, shown again and sent."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RelatedDropdownFilter

from hardware.admin.base import ReadOnlyAdmin
from hardware.admin.filters import period
from kiosk.models import Receipt
from payments.admin.cells import money

#: As printed: the site, a dash, and the number within it.
RECEIPT_NUMBER = re.compile(r"(\d{1,9})-(\d{1,9})")


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    """What drivers were given, as it was issued."""

    list_display = ["number", "session", "site", "amount", "issued_at"]
    list_filter = [("site", RelatedDropdownFilter), period("issued_at")]
    list_select_related = ["session__authorisation", "site"]
    search_fields = ["session__authorisation__reference", "=session__card__last_four", "=sequence"]
    search_help_text = gettext_lazy("Receipt number, reference or last four digits")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Also by the whole number, as printed."""
        if number := RECEIPT_NUMBER.fullmatch(search_term.strip()):
            return queryset.filter(site=int(number[1]), sequence=int(number[2])), False
        return super().get_search_results(request, queryset, search_term)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The receipt as the driver has it."""
        if request.method not in {"GET", "HEAD"} or not self.has_view_permission(request):
            raise PermissionDenied
        receipt = get_object_or_404(
            Receipt.objects.select_related("session__authorisation", "site"), pk=unquote(object_id)
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": receipt,
            "title": str(receipt),
            "receipt": receipt,
        }
        return TemplateResponse(request, "admin/kiosk/receipt/page.html", context)

    @admin.display(description=gettext_lazy("number"), ordering="sequence")
    def number(self, receipt: Receipt) -> str:
        """As printed."""
        return str(receipt)

    @admin.display(description=gettext_lazy("amount"))
    def amount(self, receipt: Receipt) -> str:
        """The total."""
        return money(receipt.data["total_minor"], receipt.data["currency"])
