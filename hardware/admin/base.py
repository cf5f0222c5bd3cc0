"""What every page of the admin is made of: read-only lists, badges, figures, and pages that ask before they act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from babel.core import Locale
from babel.numbers import format_decimal
from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale
from unfold.decorators import action as unfold_action

if TYPE_CHECKING:

    class Admin(admin.ModelAdmin[Any]):
        """unfold's ModelAdmin, which has no types."""

        def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
            """The buttons above a record."""

    Inline = admin.TabularInline[Any, Any]
else:
    from unfold.admin import ModelAdmin as Admin
    from unfold.admin import TabularInline as Inline

View = TypeVar("View", bound=Callable[..., Any])


class Tone(StrEnum):
    """How a badge is meant; its words say the same to those who do not see colours."""

    GOOD = "good"
    BUSY = "busy"
    QUIET = "quiet"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Table:
    """A small table on a page."""

    headers: Sequence[object]
    rows: Sequence[Sequence[object]]


class Untouchable:
    """Permissions of what nobody may add, change or delete, not even by POST, not even a superuser."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False


class ReadOnlyAdmin(Untouchable, Admin):
    """A record of what happened: to be looked at, found and filtered."""

    show_full_result_count = False
    list_per_page = 50
    list_filter_submit = True
    compressed_fields = True


class ReadOnlyInline(Untouchable, Inline):
    """The same, below the record it belongs to."""

    extra = 0
    can_delete = False


def action(**options: Any) -> Callable[[View], View]:
    """unfold's ``action`` with a type: a button above a record, and the view behind it."""
    decorate: Callable[[View], View] = unfold_action(**options)
    return decorate


def badge(text: object, tone: Tone) -> SafeString:
    """A state, in words and in colour."""
    return format_html('<span class="bo-badge bo-{}">{}</span>', tone, text)


def link(record: Model | None, text: object = "") -> SafeString | str:
    """``record`` as a link to its page."""
    if record is None:
        return ""
    return format_html('<a class="bo-link" href="{}">{}</a>', page_of(record), text or record)


def page_of(record: Model) -> str:
    """The address of a record's page in the admin."""
    options = record._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[record.pk])


def energy(energy_wh: int | None) -> str:
    """Watt-hours as kilowatt-hours."""
    return "" if energy_wh is None else f"{number(Decimal(energy_wh).scaleb(-3), '#,##0.00')} kWh"


def number(value: Decimal, pattern: str = "#,##0.##") -> str:
    """A number as it is written in the active language."""
    return format_decimal(value, format=pattern, locale=locale())


def locale() -> Locale:
    """Babel's name for the active language."""
    return Locale.parse(to_locale(get_language() or "en"))


def moment(at: datetime | None) -> str:
    """A time to the second, in the time zone of the site."""
    return "" if at is None else date_format(timezone.localtime(at), "j M Y H:i:s")


def act_page(
    model_admin: Admin,
    request: HttpRequest,
    record: Model | None,
    *,
    title: str,
    form: forms.Form,
    submit: str,
    explanation: str = "",
    facts: Sequence[tuple[str, object]] = (),
    table: Table | None = None,
    danger: bool = False,
    multipart: bool = False,
) -> TemplateResponse:
    """The page that says what is about to happen and asks; its form posts to the same address."""
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "original": record,
        "title": title,
        "form": form,
        "submit": submit,
        "explanation": explanation,
        "facts": facts,
        "table": table,
        "danger": danger,
        "multipart": multipart,
        "back": page_of(record) if record is not None else "..",
    }
    return TemplateResponse(request, "admin/act.html", context)
