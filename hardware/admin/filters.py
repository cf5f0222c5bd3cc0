"""Filters of lists."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.admin import SimpleListFilter as RadioFilter
else:
    from unfold.contrib.filters.admin import RadioFilter


class PeriodFilter(RadioFilter):
    """The days that people ask about. ``field`` is the time that counts."""

    title = _("period")
    parameter_name = "period"
    field = "created_at"
    _DAYS = {"today": (0, 1), "yesterday": (-1, 0), "week": (-6, 1), "month": (-29, 1)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [
            ("today", _("Today")),
            ("yesterday", _("Yesterday")),
            ("week", _("Last 7 days")),
            ("month", _("Last 30 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows between the midnights of the active time zone."""
        days = self._DAYS.get(self.value() or "")
        if days is None:
            return queryset
        start, end = (day_start(timezone.localdate() + timedelta(days=count)) for count in days)
        return queryset.filter(**{f"{self.field}__gte": start, f"{self.field}__lt": end})


def period(name: str) -> type[PeriodFilter]:
    """A PeriodFilter over the time field ``name``."""
    return type("PeriodFilter", (PeriodFilter,), {"field": name})


def day_start(day: Any) -> datetime:
    """Midnight at the beginning of ``day`` in the active time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


class OrphanFilter(RadioFilter):
    """Stop reports that belong to no transaction of ours."""

    title = _("transaction")
    parameter_name = "orphan"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("1", _("Unknown to us")), ("0", _("Known"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The reports asked for."""
        if self.value() not in {"0", "1"}:
            return queryset
        return queryset.filter(transaction__isnull=self.value() == "1")
