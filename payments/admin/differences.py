"""What two books do not agree on: the list of what is open, the page of one, and explaining it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from hardware.admin.base import ReadOnlyAdmin, act_page, action, link, moment, page_of
from hardware.admin.filters import period
from payments.admin import wording
from payments.admin.cells import subject
from payments.admin.listing import ExplainForm, difference_badge, explanation_of
from payments.models import Difference
from payments.reconciliation import keeping

if TYPE_CHECKING:
    from django.contrib.admin import SimpleListFilter as RadioFilter
else:
    from unfold.contrib.filters.admin import RadioFilter


class OpenFilter(RadioFilter):
    """What is still to be explained, unless somebody asks for all of it."""

    title = gettext_lazy("still open")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("1", gettext_lazy("Open")), ("0", gettext_lazy("Ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows asked for."""
        if self.value() not in {"0", "1"}:
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "1")


@admin.register(Difference)
class DifferenceAdmin(ReadOnlyAdmin):
    """Each difference once, for as long as it is there."""

    list_display = ["what_badge", "payment", "kind", "ours", "theirs", "at", "terminal", "first_seen_at", "ended"]
    list_filter = [
        OpenFilter,
        ("what", ChoicesDropdownFilter),
        ("terminal", RelatedDropdownFilter),
        ("source", ChoicesDropdownFilter),
        period("at"),
    ]
    list_select_related = ["authorisation", "terminal", "resolved_by"]
    search_fields = ["authorisation__reference", "=request_id", "=stan"]
    fields = [
        ("what_badge", "kind"),
        ("payment", "paid_for"),
        ("ours", "theirs"),
        ("request_id", "stan"),
        ("at", "place"),
        ("terminal", "source"),
        ("first_seen_at", "last_seen_at"),
        "todo",
        "ended",
    ]
    readonly_fields = ["what_badge", "payment", "paid_for", "ours", "theirs", "todo", "ended"]
    actions_detail = ["explain"]

    def has_explain_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may say why two sides differ."""
        return request.user.has_perm("payments.resolve_difference")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Something to explain only while it is open."""
        still_open = Difference.objects.filter(pk=object_id, resolved_at__isnull=True).exists()
        return super().get_actions_detail(request, object_id) if still_open else []

    @action(description=gettext_lazy("Explain"), permissions=["explain"], url_path="explain", icon="edit_note")
    def explain(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say why it is so, once."""
        row = get_object_or_404(Difference.objects.select_related("authorisation", "resolved_by"), pk=object_id)
        form = ExplainForm(request.POST or None)
        if row.resolved_at is not None:
            messages.info(request, explanation_of(row))
            return HttpResponseRedirect(page_of(row))
        if request.method == "POST" and form.is_valid():
            note = form.cleaned_data["note"]
            if keeping.explain(row, user=request.user, note=note, now=timezone.now()):  # type: ignore[arg-type]  # logged in
                self.log_change(request, row, f"Explained: {note}")
                messages.success(request, _("Explained. If it looks different one day, it is reported again."))
            else:
                row.refresh_from_db()
                messages.info(request, explanation_of(row))
            return HttpResponseRedirect(page_of(row))
        return act_page(
            self,
            request,
            row,
            title=_("Explain this difference"),
            form=form,
            submit=_("Explain"),
            explanation=wording.advice(row),
            facts=[
                (_("Difference"), difference_badge(row)),
                (_("Payment"), row.authorisation or _("no payment of ours")),
                (_("Here"), wording.ours(row)),
                (_("There"), wording.theirs(row)),
                (_("Happened"), moment(row.at)),
                (_("Request id"), row.request_id or "—"),
            ],
        )

    @admin.display(description=gettext_lazy("difference"), ordering="what")
    def what_badge(self, row: Difference) -> str:
        """What differs."""
        return difference_badge(row)

    @admin.display(description=gettext_lazy("payment"), ordering="authorisation__reference")
    def payment(self, row: Difference) -> str:
        """The payment it is about."""
        return link(row.authorisation) or _("no payment of ours")

    @admin.display(description=gettext_lazy("paid for"))
    def paid_for(self, row: Difference) -> str:
        """What was bought."""
        return (link(subject(row.authorisation)) if row.authorisation else "") or "—"

    @admin.display(description=gettext_lazy("here"))
    def ours(self, row: Difference) -> str:
        """What our books say."""
        return wording.ours(row)

    @admin.display(description=gettext_lazy("there"))
    def theirs(self, row: Difference) -> str:
        """What the list says."""
        return wording.theirs(row)

    @admin.display(description=gettext_lazy("what to do"))
    def todo(self, row: Difference) -> str:
        """Advice."""
        return wording.advice(row)

    @admin.display(description=gettext_lazy("ended"), ordering="resolved_at")
    def ended(self, row: Difference) -> str:
        """How it ended."""
        return explanation_of(row) or "—"
