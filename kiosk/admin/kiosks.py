"""Kiosks, and the browsers that may act as one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hardware.admin.base import Admin, ReadOnlyAdmin, ReadOnlyInline, Tone, act_page, action, badge, page_of
from hardware.admin.forms import Confirmation
from hardware.admin.terminals import terminal_badge
from kiosk import enrolment
from kiosk.models import Enrolment, Kiosk
from kiosk.offers import closed_because


def enrolment_badge(row: Enrolment) -> str:
    """Whether the browser may still act."""
    return badge(_("revoked"), Tone.QUIET) if row.revoked_at else badge(_("may act"), Tone.GOOD)


class EnrolmentInline(ReadOnlyInline):
    """The browsers of a kiosk."""

    model = Enrolment
    fields = ["browser", "state", "created_at", "last_seen_at", "revoke"]
    readonly_fields = ["state", "revoke"]
    per_page = 20

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Enrolment) -> str:
        """Whether it may still act."""
        return enrolment_badge(row)

    @admin.display(description="")
    def revoke(self, row: Enrolment) -> str:
        """The way to end it."""
        if row.revoked_at:
            return ""
        url = reverse("admin:kiosk_enrolment_revoke", args=[row.pk])
        return format_html('<a class="bo-link" href="{}">{}</a>', url, _("Revoke"))


@admin.register(Kiosk)
class KioskAdmin(Admin):
    """A screen beside a terminal: whether it is open, and who may be it."""

    list_display = ["name", "state", "site", "terminal", "enabled"]
    list_select_related = ["site", "terminal"]
    search_fields = ["name", "site__name"]
    inlines = [EnrolmentInline]
    readonly_fields = ["state", "terminal_state"]
    actions_detail = ["new_code"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whether it is open comes first."""
        now = [(gettext_lazy("The kiosk now"), {"fields": [("state", "terminal_state")]})] if obj else []
        return [*now, (None, {"fields": ["name", ("site", "terminal"), ("language", "enabled")]})]

    def has_enrol_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may enrol browsers."""
        return request.user.has_perm("kiosk.add_enrolmentcode")

    @admin.display(description=gettext_lazy("state"))
    def state(self, kiosk: Kiosk) -> str:
        """Open, or why not."""
        if why := closed_because(kiosk, timezone.now()):
            return format_html('{} <span class="bo-why">{}</span>', badge(_("closed"), Tone.BAD), why)
        return badge(_("open"), Tone.GOOD)

    @admin.display(description=gettext_lazy("payment terminal"))
    def terminal_state(self, kiosk: Kiosk) -> str:
        """How its terminal is."""
        return terminal_badge(kiosk.terminal)

    @action(description=gettext_lazy("New enrolment code"), permissions=["enrol"], url_path="code", icon="add_to_queue")
    def new_code(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a code and show it, this once."""
        kiosk = get_object_or_404(Kiosk, pk=object_id)
        title = _("Enrol a browser as %(kiosk)s") % {"kiosk": kiosk}
        where = request.build_absolute_uri(reverse("kiosk:enrol"))
        if request.method != "POST":
            return act_page(
                self,
                request,
                kiosk,
                title=title,
                form=Confirmation(),
                submit=_("Show a code"),
                explanation=_("Open %(address)s in the browser of the kiosk, then type the code there.")
                % {"address": where},
            )
        now = timezone.now()
        code = enrolment.new_code(kiosk, request.user, now)  # type: ignore[arg-type]  # nobody anonymous gets here
        self.log_change(request, kiosk, "New enrolment code.")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": kiosk,
            "title": title,
            "secret": f"{code[:4]} {code[4:]}",
            "minutes": int(enrolment.CODE_LIFE.total_seconds()) // 60,
            "until": timezone.localtime(now + enrolment.CODE_LIFE),
            "explanation": _("Type it at %(address)s in the browser of the kiosk.") % {"address": where},
            "warning": _("It is shown only now, and works for one browser."),
            "back": page_of(kiosk),
        }
        return TemplateResponse(request, "admin/shown_once.html", context)


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnlyAdmin):
    """Browsers that act, or acted, as a kiosk."""

    list_display = ["kiosk", "browser", "state", "created_at", "last_seen_at", "revoked_at"]
    list_select_related = ["kiosk"]
    list_filter = ["kiosk"]
    fields = ["kiosk", "browser", "state", ("created_at", "last_seen_at", "revoked_at")]
    readonly_fields = ["state"]
    actions_detail = ["revoke"]

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may end it."""
        return request.user.has_perm("kiosk.change_enrolment")

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Enrolment) -> str:
        """Whether it may still act."""
        return enrolment_badge(row)

    @action(description=gettext_lazy("Revoke"), permissions=["revoke"], url_path="revoke", icon="block")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End it; the browser shows a polite refusal at once."""
        row = get_object_or_404(Enrolment.objects.select_related("kiosk"), pk=object_id)
        if request.method == "POST":
            if enrolment.revoke(row, timezone.now()):
                self.log_change(request, row, "Revoked.")
                messages.success(request, _("Revoked. That browser is no kiosk any more."))
            return HttpResponseRedirect(page_of(row.kiosk))
        return act_page(
            self,
            request,
            row,
            title=_("Revoke this browser?"),
            form=Confirmation(),
            submit=_("Revoke"),
            explanation=_("It cannot start or stop anything from now on. Sessions that run go on."),
            facts=[(_("Kiosk"), row.kiosk), (_("Browser"), row.browser or "—")],
            danger=True,
        )
