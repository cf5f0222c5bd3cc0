"""Finding rows by an amount."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from moneyed import CURRENCIES

from hardware.admin.base import ReadOnlyAdmin


class FoundByAmount(ReadOnlyAdmin):
    """Search that also understands amounts."""

    amount_fields: tuple[str, ...] = ()
    currency_field = "currency"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What Django finds, and rows of that amount."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        amount = amount_is(search_term.strip(), *self.amount_fields, currency=self.currency_field)
        if amount is not None:
            found |= queryset.filter(amount)
        return found, may_repeat


def amount_is(term: str, *fields: str, currency: str = "currency") -> Q | None:
    """Rows in which one of ``fields`` (minor units) is the amount that somebody typed: "12.30", "12,30", "40"."""
    if not re.fullmatch(r"\d{1,9}([.,]\d{1,3})?", term):
        return None
    amount = Decimal(term.replace(",", "."))
    found = Q(pk__in=[])
    for sub_unit, codes in _codes_by_sub_unit().items():
        minor = amount * sub_unit
        if minor == minor.to_integral_value():
            for field in fields:
                found |= Q(**{f"{currency}__in": codes, field: int(minor)})
    return found


def _codes_by_sub_unit() -> dict[int, list[str]]:
    codes: defaultdict[int, list[str]] = defaultdict(list)
    for code, known in CURRENCIES.items():
        if known.sub_unit <= 1000:
            codes[known.sub_unit].append(code)
    return codes
