"""Charging sessions: the list that answers the phone, the page of one session, and stopping it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from hardware.admin.base import ReadOnlyAdmin, Tone, act_page, action, badge, energy, moment, page_of
from hardware.admin.filters import period
from kiosk import visits
from kiosk.admin import session_page
from kiosk.admin.cells import FlagFilter, session_badge
from kiosk.admin.forms import StopForm
from kiosk.admin.receipts import RECEIPT_NUMBER
from kiosk.models import Session
from kiosk.refusals import Refused
from payments.admin.cells import DELIVERIES, SUBJECTS, money
from payments.admin.search import amount_is
from payments.models import Authorisation


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    """Every visit."""

    list_display = [
        "reference",
        "state_badge",
        "created_at",
        "connector",
        "card_text",
        "energy_text",
        "amount",
        "ended",
        "look_at",
    ]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        period("created_at"),
        FlagFilter,
        ("kiosk", RelatedDropdownFilter),
        ("connector", RelatedDropdownFilter),
        ("end_reason", ChoicesDropdownFilter),
    ]
    list_select_related = ["authorisation", "card", "connector__charge_point", "kiosk"]
    search_fields = [
        "authorisation__reference",
        "=card__last_four",
        "=connector__label",
        "=connector__charge_point__identity",
    ]
    search_help_text = gettext_lazy(
        "Reference, last four digits, amount (12.30), receipt number (1-000123) or connector"
    )
    actions_detail = ["stop_session"]

    def has_stop_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may stop a session."""
        return request.user.has_perm("kiosk.stop_session")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What Django finds, and sessions of that amount or receipt number."""
        term = search_term.strip().lstrip("#")
        found, may_repeat = super().get_search_results(request, queryset, term)
        further = (
            amount_is(term, "cost_minor", "authorisation__captured_minor", "authorisation__requested_minor") or Q()
        )
        if receipt := RECEIPT_NUMBER.fullmatch(term):
            further |= Q(receipt__site=int(receipt[1]), receipt__sequence=int(receipt[2]))
        return (found | queryset.filter(further), may_repeat) if further else (found, may_repeat)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of one session."""
        if request.method not in {"GET", "HEAD"} or not self.has_view_permission(request):
            raise PermissionDenied
        session = session_page.find(unquote(object_id))
        if session is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": session,
            "title": str(session),
            **session_page.context(session, request, timezone.now()),
        }
        return TemplateResponse(request, "admin/kiosk/session/page.html", context)

    @action(description=gettext_lazy("Stop"), permissions=["stop"], url_path="stop", icon="stop_circle")
    def stop_session(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the reason, then stop."""
        session = get_object_or_404(
            Session.objects.select_related("authorisation", "connector__charge_point"), pk=object_id
        )
        form = StopForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            note = form.cleaned_data["reason"]
            try:
                visits.stop_by_staff(session, user=request.user, note=note, now=timezone.now())  # type: ignore[arg-type]
            except Refused:
                messages.error(request, _("The session is not charging, so there was nothing to stop."))
            else:
                self.log_change(request, session, f"Stopped: {note}")
                messages.success(
                    request, _("The charge point is asked to stop. The driver pays for what was delivered.")
                )
            return HttpResponseRedirect(page_of(session))
        return act_page(
            self,
            request,
            session,
            title=_("Stop session %(reference)s?") % {"reference": session},
            form=form,
            submit=_("Stop the session"),
            explanation=_(
                "Charging ends, the driver pays for what was delivered, and the rest of the hold is released."
            ),
            facts=[
                (_("Connector"), session.connector),
                (_("State"), session_badge(session)),
                (_("Energy"), energy(session.energy_wh)),
                (_("Cost so far"), money(session.cost_minor, session.currency)),
            ],
            danger=True,
        )

    @admin.display(description=gettext_lazy("reference"), ordering="authorisation__reference")
    def reference(self, session: Session) -> str:
        """What the driver reads out."""
        return session.authorisation.reference

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_badge(self, session: Session) -> str:
        """The state."""
        return session_badge(session)

    @admin.display(description=gettext_lazy("card"), ordering="card__last_four")
    def card_text(self, session: Session) -> str:
        """The card that started it."""
        return str(session.card) if session.card else "—"

    @admin.display(description=gettext_lazy("energy"), ordering="energy_wh")
    def energy_text(self, session: Session) -> str:
        """What was delivered."""
        return energy(session.energy_wh) if session.energy_wh else "—"

    @admin.display(description=gettext_lazy("amount"), ordering="cost_minor")
    def amount(self, session: Session) -> str:
        """What was taken, or the cost so far."""
        minor = session.authorisation.captured_minor or session.cost_minor
        return money(minor, session.currency) if minor else "—"

    @admin.display(description=gettext_lazy("ended because"), ordering="end_reason")
    def ended(self, session: Session) -> str:
        """Why it ended."""
        return session.get_end_reason_display() or "—"

    @admin.display(description=gettext_lazy("look at"))
    def look_at(self, session: Session) -> str:
        """Whether a person should look."""
        return badge(_("%(count)s to look at") % {"count": len(session.flags)}, Tone.WARNING) if session.flags else ""


def _sold(authorisation: Authorisation) -> Session | None:
    return Session.objects.filter(authorisation=authorisation).select_related("authorisation").first()


SUBJECTS.append(_sold)


def _delivered(authorisation: Authorisation) -> list[tuple[str, str]]:
    """For whoever decides about the money: what the driver got, and what that costs."""
    session = Session.objects.filter(authorisation=authorisation).select_related("connector__charge_point").first()
    if session is None:
        return []
    return [
        (_("State"), session_badge(session)),
        (_("Connector"), str(session.connector)),
        (_("Energy"), energy(session.energy_wh)),
        (_("Cost"), money(session.cost_minor, session.currency)),
        (_("Began"), moment(session.started_at) or _("never began")),
        (_("Ended"), moment(session.ended_at) or "—"),
    ]


DELIVERIES.append(_delivered)
