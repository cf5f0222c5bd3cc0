"""Deciding what became of money in doubt: the evidence, the decision, the reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from moneyed import Money

from hardware.admin.base import Admin, Table, act_page, action, moment
from payments import decisions
from payments.admin.cells import home, money, money_text, operation_badge
from payments.admin.forms import DecideForm, DecideRefundForm
from payments.errors import NotInDoubt
from payments.lifecycle import Event, State
from payments.models import Authorisation, Operation, Refund

if TYPE_CHECKING:
    Base = Admin
else:
    Base = object


class _Deciding(Base):
    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person answers for money in doubt."""
        return request.user.has_perm("payments.decide_doubt")


class DecidingAuthorisations(_Deciding):
    """The button of an authorisation in doubt."""

    @action(description=gettext_lazy("Decide"), permissions=["decide"], url_path="decide", icon="gavel")
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what became of the hold."""
        authorisation = get_object_or_404(Authorisation.objects.select_related("card", "terminal"), pk=object_id)
        if authorisation.state != State.IN_DOUBT:
            messages.info(request, _("There is nothing in doubt here any more."))
            return HttpResponseRedirect(home(authorisation))
        form = DecideForm(authorisation, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                self._decide(request, authorisation, form)
            except NotInDoubt:
                messages.info(request, _("Somebody else, or the terminal, was faster. Nothing was changed."))
                return HttpResponseRedirect(home(authorisation))
            except ValueError:
                form.add_error("amount", _amount_error(authorisation))
            else:
                messages.success(request, _("Decided. The session goes on from there."))
                return HttpResponseRedirect(home(authorisation))
        operations = authorisation.operations.select_related("terminal").order_by("created_at")
        return act_page(
            self,
            request,
            authorisation,
            title=_("What became of the money of %(reference)s?") % {"reference": authorisation.reference},
            form=form,
            submit=_("Decide"),
            explanation=_(
                "The terminal was asked and no trustworthy answer came. Look at the terminal's own list or the acquirer's "
                "report for the request id or STAN below, then say what you found. It cannot be taken back."
            ),
            facts=_about(authorisation),
            table=evidence(operations),
            danger=True,
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
        row = get_object_or_404(Refund.objects.select_related("authorisation__card"), pk=object_id)
        if row.state != Refund.State.IN_DOUBT:
            messages.info(request, _("There is nothing in doubt here any more."))
            return HttpResponseRedirect(home(row.authorisation))
        form = DecideRefundForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            done, note = form.cleaned_data["event"] == "done", form.cleaned_data["note"]
            try:
                decisions.decide_refund(row, done=done, user=request.user, note=note, now=timezone.now())  # type: ignore[arg-type]
            except NotInDoubt:
                messages.info(request, _("Somebody else, or the terminal, was faster. Nothing was changed."))
            else:
                self.log_change(request, row, f"Decided {form.cleaned_data['event']}: {note}")
                messages.success(request, _("Decided."))
            return HttpResponseRedirect(home(row.authorisation))
        return act_page(
            self,
            request,
            row,
            title=_("What became of the refund of %(amount)s?") % {"amount": money_text(row.amount)},
            form=form,
            submit=_("Decide"),
            explanation=_(
                "The terminal was asked to refund and no trustworthy answer came. Look at the terminal's own list or the "
                "acquirer's report, then say what you found. It cannot be taken back."
            ),
            facts=_about(row.authorisation),
            table=evidence(row.operations.order_by("created_at")),
            danger=True,
        )


def evidence(operations: Iterable[Operation]) -> Table:
    """What is known about the questions to the terminal."""
    headers = [_("Operation"), _("State"), _("Amount"), _("Asked at"), _("Request id"), _("Details")]
    return Table(
        headers,
        [
            [
                each.get_kind_display(),
                operation_badge(each),
                money(each.amount_minor, each.currency) if each.amount_minor else "—",
                moment(each.started_at) or _("not yet"),
                each.request_id,
                each.detail or "—",
            ]
            for each in operations
        ],
    )


def _about(authorisation: Authorisation) -> list[tuple[str, object]]:
    return [
        (_("Reference"), authorisation.reference),
        (_("Card"), authorisation.card or "—"),
        (_("STAN"), authorisation.stan or "—"),
        (_("Asked for"), money_text(authorisation.requested)),
        (_("Held"), money_text(authorisation.authorised)),
    ]


def _amount_error(authorisation: Authorisation) -> str:
    most = authorisation.authorised if authorisation.authorised_minor else authorisation.requested
    return _("Type what was taken: above zero and at most %(most)s.") % {"most": money_text(most)}
