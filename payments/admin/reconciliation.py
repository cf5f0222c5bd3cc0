"""Comparisons with the lists of terminals and banks: the runs, the page of one, and asking for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from hardware.admin.base import ReadOnlyAdmin, Tone, act_page, action, badge, moment, page_of
from hardware.admin.filters import period
from payments.admin.cells import money_text
from payments.admin.listing import CompareFileForm, CompareForm, days_text, shown
from payments.admin.troubles import failure
from payments.models import Reconciliation
from payments.reconciliation import runs
from payments.reconciliation.totals import read_totals

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

State = Reconciliation.State

_TONES = {
    State.WAITING: Tone.BUSY,
    State.RUNNING: Tone.BUSY,
    State.AGREES: Tone.GOOD,
    State.DIFFERS: Tone.BAD,
    State.FAILED: Tone.WARNING,
}


def reconciliation_badge(run: Reconciliation) -> str:
    """How it ended."""
    return badge(run.get_state_display(), _TONES[State(run.state)])


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """Every comparison of our operations with a list."""

    list_display = ["days", "terminal", "state_badge", "count", "source_text", "asked_by", "finished_at"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("terminal", RelatedDropdownFilter),
        ("source", ChoicesDropdownFilter),
        period("created_at"),
    ]
    list_select_related = ["terminal", "requested_by"]
    search_fields = ["terminal__name", "origin"]
    actions_list = ["compare_now", "compare_file"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of differences that are still open."""
        still_open = Count("differences", filter=Q(differences__resolved_at__isnull=True))
        rows: QuerySet[Any] = super().get_queryset(request).annotate(still_open=still_open)
        return rows

    def has_compare_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may have lists compared."""
        return request.user.has_perm("payments.run_reconciliation")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of one comparison: both sides, and what differs."""
        if request.method not in {"GET", "HEAD"} or not self.has_view_permission(request):
            raise PermissionDenied
        key = unquote(object_id)
        rows = Reconciliation.objects.select_related("terminal", "requested_by")
        run = rows.filter(pk=int(key)).first() if key.isdecimal() else None
        if run is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        related = ["authorisation", "operation", "resolved_by"]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": run,
            "title": str(run),
            "run": run,
            "badge": reconciliation_badge(run),
            "days": days_text(run),
            "finished": moment(run.finished_at),
            "why": failure(run),
            "is_open": run.state in Reconciliation.OPEN,
            "totals": [
                (row, money_text(row.our_amount), money_text(row.their_amount)) for row in read_totals(run.totals)
            ],
            "differences": [shown(each) for each in run.differences.select_related(*related).order_by("at")],
        }
        return TemplateResponse(request, "admin/payments/reconciliation/page.html", context)

    @action(description=gettext_lazy("Compare now"), permissions=["compare"], url_path="compare", icon="compare_arrows")
    def compare_now(self, request: HttpRequest) -> HttpResponse:
        """Ask a terminal for its list of a period."""
        form = CompareForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            since, until = form.period
            run = runs.request(form.cleaned_data["terminal"], since, until, timezone.now(), user=person(request))
            return HttpResponseRedirect(page_of(run))
        return self._ask(
            request,
            form,
            title=_("Compare with the terminal's list"),
            explanation=_("The terminal is asked for its list of these days. Nothing is moved, whatever comes of it."),
        )

    @action(
        description=gettext_lazy("Compare a file"), permissions=["compare"], url_path="compare-file", icon="upload_file"
    )
    def compare_file(self, request: HttpRequest) -> HttpResponse:
        """Compare a file of the bank, which is read and not kept."""
        form = CompareFileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            since, until = form.period
            terminal, source = form.cleaned_data["terminal"], form.statement
            run = runs.compare_with(terminal, source, runs.Source.FILE, since, until, user=person(request))
            return HttpResponseRedirect(page_of(run))
        return self._ask(
            request,
            form,
            title=_("Compare a file of the bank"),
            explanation=_(
                "A CSV file with one payment a row. It is read as the terminal's record says and is not kept; card "
                "numbers in it are cut down before anything is stored. Nothing is moved, whatever comes of it."
            ),
        )

    def _ask(self, request: HttpRequest, form: CompareForm, *, title: str, explanation: str) -> HttpResponse:
        if not form.fields["terminal"].queryset.exists():  # type: ignore[attr-defined]
            messages.info(request, _("No payment terminal has a list that could be asked for."))
            return HttpResponseRedirect(reverse("admin:payments_reconciliation_changelist"))
        return act_page(
            self, request, None, title=title, form=form, submit=_("Compare"), explanation=explanation, multipart=True
        )

    @admin.display(description=gettext_lazy("period"), ordering="since")
    def days(self, run: Reconciliation) -> str:
        """From when to when."""
        return days_text(run)

    @admin.display(description=gettext_lazy("result"), ordering="state")
    def state_badge(self, run: Reconciliation) -> str:
        """How it ended."""
        return reconciliation_badge(run)

    @admin.display(description=gettext_lazy("open differences"))
    def count(self, run: Any) -> str:
        """What it found and nobody has explained since."""
        return str(run.still_open or "—")

    @admin.display(description=gettext_lazy("compared with"), ordering="source")
    def source_text(self, run: Reconciliation) -> str:
        """The kind of list, and which."""
        return f"{run.get_source_display()}: {run.origin}" if run.origin else run.get_source_display()

    @admin.display(description=gettext_lazy("asked for by"), ordering="requested_by")
    def asked_by(self, run: Reconciliation) -> str:
        """A person, or the night."""
        return str(run.requested_by or (_("every night") if run.nightly else "—"))


def person(request: HttpRequest) -> AbstractBaseUser | None:
    """Who asks."""
    return request.user if request.user.is_authenticated else None
