"""Ends of day: what came of each, looking into what is wrong, and closing a terminal's day from its own page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from moneyed import Money
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from hardware.admin.base import ReadOnlyAdmin, Tone, act_page, action, badge, link, moment, page_of
from hardware.admin.filters import period
from hardware.admin.terminals import TerminalAdmin
from hardware.models import Terminal
from hardware.terminal.interface import Capability
from hardware.terminals import driver
from payments import closing
from payments.admin.cells import money_text
from payments.admin.listing import ExplainForm
from payments.admin.troubles import obstacle_text
from payments.models import DayClosing

State = DayClosing.State

_TONES = {
    State.WAITING: Tone.BUSY,
    State.ASKED: Tone.BUSY,
    State.DONE: Tone.GOOD,
    State.MISSED: Tone.WARNING,
    State.UNKNOWN: Tone.BAD,
}


def closing_badge(row: DayClosing) -> str:
    """How it ended."""
    return (
        badge(_("totals differ"), Tone.BAD) if row.differs else badge(row.get_state_display(), _TONES[State(row.state)])
    )


@admin.register(DayClosing)
class DayClosingAdmin(ReadOnlyAdmin):
    """Every end of day that was asked for."""

    list_display = ["created_at", "terminal", "state_badge", "theirs", "ours", "why", "asked_by", "finished_at"]
    list_filter = [("state", ChoicesDropdownFilter), ("terminal", RelatedDropdownFilter), period("created_at")]
    list_select_related = ["terminal", "requested_by"]
    search_fields = ["terminal__name"]
    fields = [
        ("state_badge", "terminal"),
        ("created_at", "asked_by"),
        ("theirs", "ours"),
        ("since", "finished_at"),
        ("why", "due_at"),
        "question",
        ("seen_at", "seen_by"),
        "note",
    ]
    readonly_fields = ["state_badge", "theirs", "ours", "why", "asked_by", "question"]
    actions_detail = ["look_into"]

    def has_close_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may have days closed, and say what became of one."""
        return request.user.has_perm("payments.close_day")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Something to look into only while something is wrong."""
        row = DayClosing.objects.filter(pk=object_id).first()
        return super().get_actions_detail(request, object_id) if row and row.needs_attention else []

    @action(description=gettext_lazy("Explain"), permissions=["close"], url_path="look-into", icon="edit_note")
    def look_into(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what was found out, once."""
        row = get_object_or_404(DayClosing.objects.select_related("terminal"), pk=object_id)
        form = ExplainForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            note = form.cleaned_data["note"]
            if closing.look_into(row, request.user, note, timezone.now()):  # type: ignore[arg-type]  # logged in
                self.log_change(request, row, f"Looked into: {note}")
                messages.success(request, _("Explained."))
            else:
                messages.info(request, _("There is nothing to explain here any more."))
            return HttpResponseRedirect(page_of(row))
        return act_page(
            self,
            request,
            row,
            title=_("Explain this end of day"),
            form=form,
            submit=_("Explain"),
            explanation=_("Look at the terminal's journal: was the day closed, and with which total?"),
            facts=[
                (_("Terminal"), row.terminal),
                (_("Result"), closing_badge(row)),
                (_("By the terminal"), self.theirs(row)),
                (_("By our books"), self.ours(row)),
                (_("Why"), self.why(row)),
            ],
        )

    @admin.display(description=gettext_lazy("result"), ordering="state")
    def state_badge(self, row: DayClosing) -> str:
        """How it ended."""
        return closing_badge(row)

    @admin.display(description=gettext_lazy("by the terminal"))
    def theirs(self, row: DayClosing) -> str:
        """What the terminal says."""
        return _sum_text(row.their_total, row.their_count)

    @admin.display(description=gettext_lazy("by our books"))
    def ours(self, row: DayClosing) -> str:
        """What our books say."""
        return _sum_text(row.our_total, row.our_count)

    @admin.display(description=gettext_lazy("why"))
    def why(self, row: DayClosing) -> str:
        """Why it waits, was missed or is in doubt."""
        return obstacle_text(row.detail) if row.detail else "—"

    @admin.display(description=gettext_lazy("asked for by"), ordering="requested_by")
    def asked_by(self, row: DayClosing) -> str:
        """A person; otherwise it was its hour, or the terminal demanded it."""
        return str(row.requested_by or _("nobody, by itself"))

    @admin.display(description=gettext_lazy("operation"))
    def question(self, row: DayClosing) -> str:
        """The latest question to the terminal."""
        return link(row.operation) or "—"


admin.site.unregister(Terminal)


@admin.register(Terminal)
class ClosedTerminalAdmin(TerminalAdmin):
    """The terminal's page with its ends of day, which hardware knows nothing of."""

    readonly_fields = [*TerminalAdmin.readonly_fields, "last_closing", "next_closing"]
    actions_detail = ["close_day"]

    def has_close_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may have days closed."""
        return request.user.has_perm("payments.close_day")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only where the terminal has an end of day."""
        terminal = Terminal.objects.filter(pk=object_id).first()
        return super().get_actions_detail(request, object_id) if terminal and _has_end_of_day(terminal) else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The same, and when its day was and will be closed."""
        fieldsets = list(super().get_fieldsets(request, obj))
        if obj is not None and _has_end_of_day(obj):
            fieldsets.insert(1, (_("End of day"), {"fields": [("last_closing", "next_closing")]}))
        return fieldsets

    @action(description=gettext_lazy("Close the day now"), permissions=["close"], url_path="close-day", icon="bedtime")
    def close_day(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have it hand its totals to the bank."""
        terminal = get_object_or_404(Terminal, pk=object_id)
        if request.method == "POST":
            made = closing.close_now(terminal, request.user, timezone.now())  # type: ignore[arg-type]  # logged in
            if made.state == State.MISSED:
                messages.warning(request, _("The day was not closed. %(why)s") % {"why": obstacle_text(made.detail)})
            else:
                messages.info(request, _("The terminal is asked to close its day. This page shows what comes of it."))
            self.log_change(request, terminal, "Asked to close its day")
            return HttpResponseRedirect(page_of(made))
        return act_page(
            self,
            request,
            terminal,
            title=_("Close the day of %(terminal)s") % {"terminal": terminal},
            form=forms.Form(),
            submit=_("Close the day now"),
            explanation=_("The terminal hands its totals to the bank. It serves nobody meanwhile. No money is moved."),
            facts=[
                (_("Last closed"), self.last_closing(terminal)),
                (_("In the way"), obstacle_text(closing.obstacle(terminal)) or _("nothing")),
            ],
        )

    @admin.display(description=gettext_lazy("last end of day"))
    def last_closing(self, terminal: Terminal) -> str:
        """What came of the latest one."""
        row = terminal.closings.order_by("created_at").last()
        return link(row, f"{moment(row.created_at)}: {row.get_state_display()}") if row else str(_("never"))

    @admin.display(description=gettext_lazy("next end of day"))
    def next_closing(self, terminal: Terminal) -> str:
        """When it is due."""
        otherwise = _("when the terminal demands it") if terminal.enabled else _("never")
        return moment(closing.next_closing(terminal, timezone.now())) or str(otherwise)


def _has_end_of_day(terminal: Terminal) -> bool:
    try:
        return Capability.END_OF_DAY in driver(terminal).capabilities
    except ValueError:
        return False


def _sum_text(total: Money | None, count: int | None) -> str:
    told = [money_text(total)] if total is not None else []
    told += [_("%(count)s bookings") % {"count": count}] if count is not None else []
    return ", ".join(told) or "—"
