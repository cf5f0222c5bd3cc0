"""Deciding what became of money in doubt: the evidence, the decision, the reason. Once, whoever presses first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from moneyed import Money

from hardware.admin.base import Admin, action, page_of
from payments import decisions, evidence
from payments.admin import evidence as shown
from payments.admin.cells import home, money_text
from payments.admin.forms import DecideForm, DecideRefundForm
from payments.errors import NotInDoubt
from payments.lifecycle import Event, State
from payments.models import Authorisation, Refund

if TYPE_CHECKING:
    Base = Admin
else:
    Base = object


class _Deciding(Base):
    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person answers for money in doubt."""
        return request.user.has_perm("payments.decide_doubt")

    def _ask_the_list(self, request: HttpRequest, authorisation: Authorisation) -> HttpResponse:
        """Have the terminal's list asked for; the page shows it as soon as it is there."""
        evidence.ask(authorisation, timezone.now(), user=request.user)
        return HttpResponseRedirect(request.path)

    def _too_late(
        self, request: HttpRequest, authorisation: Authorisation, refund: Refund | None = None
    ) -> HttpResponse:
        """It is decided: say by whom, and that nothing more was done."""
        authorisation.refresh_from_db()
        told = shown.decided(authorisation, refund)
        settled = _("There is nothing in doubt here any more.")
        messages.info(request, f"{settled} {told}")
        return HttpResponseRedirect(home(authorisation))

    def _page(
        self,
        request: HttpRequest,
        record: Authorisation | Refund,
        form: forms.Form,
        known: dict[str, Any],
        *,
        title: str,
        explanation: str,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": record,
            "title": title,
            "form": form,
            "explanation": explanation,
            "back": page_of(record),
            **known,
        }
        return TemplateResponse(request, "admin/payments/decide.html", context)


class DecidingAuthorisations(_Deciding):
    """The button of an authorisation in doubt."""

    @action(description=gettext_lazy("Decide"), permissions=["decide"], url_path="decide", icon="gavel")
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what became of the hold."""
        authorisation = get_object_or_404(Authorisation.objects.select_related("card", "terminal"), pk=object_id)
        if authorisation.state != State.IN_DOUBT:
            return self._too_late(request, authorisation)
        if request.method == "POST" and "ask_list" in request.POST:
            return self._ask_the_list(request, authorisation)
        form = DecideForm(authorisation, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                self._decide(request, authorisation, form)
            except NotInDoubt:
                return self._too_late(request, authorisation)
            except ValueError:
                form.add_error("amount", _amount_error(authorisation))
            else:
                messages.success(request, _("Decided. The session goes on from there."))
                return HttpResponseRedirect(home(authorisation))
        return self._page(
            request,
            authorisation,
            form,
            shown.context(authorisation),
            title=_("What became of the money of %(reference)s?") % {"reference": authorisation.reference},
            explanation=_(
                "The terminal was asked and no trustworthy answer came. Look at what is known, then say what you found. "
                "It cannot be taken back."
            ),
        )

    def _decide(self, request: HttpRequest, authorisation: Authorisation, form: forms.Form) -> None:
        event = Event(form.cleaned_data["event"])
        nothing = Money(0, authorisation.currency)
        decisions.decide(
            authorisation,
            event,
            amount=(form.cleaned_data["amount"] or nothing) if event is Event.FOUND_CAPTURED else nothing,
            user=request.user,  # type: ignore[arg-type]  # admin_view let nobody in without logging in
            note=form.cleaned_data["note"],
            now=timezone.now(),
        )
        self.log_change(request, authorisation, f"Decided {event}: {form.cleaned_data['note']}")


class DecidingRefunds(_Deciding):
    """The button of a refund in doubt."""

    @action(description=gettext_lazy("Decide"), permissions=["decide"], url_path="decide", icon="gavel")
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what became of the refund."""
        related = ["authorisation__card", "authorisation__terminal"]
        row = get_object_or_404(Refund.objects.select_related(*related), pk=object_id)
        if row.state != Refund.State.IN_DOUBT:
            return self._too_late(request, row.authorisation, row)
        if request.method == "POST" and "ask_list" in request.POST:
            return self._ask_the_list(request, row.authorisation)
        form = DecideRefundForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            done, note = form.cleaned_data["event"] == "done", form.cleaned_data["note"]
            try:
                decisions.decide_refund(row, done=done, user=request.user, note=note, now=timezone.now())  # type: ignore[arg-type]
            except NotInDoubt:
                return self._too_late(request, row.authorisation, row)
            self.log_change(request, row, f"Decided {form.cleaned_data['event']}: {note}")
            messages.success(request, _("Decided."))
            return HttpResponseRedirect(home(row.authorisation))
        return self._page(
            request,
            row,
            form,
            shown.context(row.authorisation, row),
            title=_("What became of the refund of %(amount)s?") % {"amount": money_text(row.amount)},
            explanation=_(
                "The terminal was asked to refund and no trustworthy answer came. Look at what is known, then say what "
                "you found. It cannot be taken back."
            ),
        )


def _amount_error(authorisation: Authorisation) -> str:
    most = authorisation.authorised if authorisation.authorised_minor else authorisation.requested
    return _("Type what was taken: above zero and at most %(most)s.") % {"most": money_text(most)}
