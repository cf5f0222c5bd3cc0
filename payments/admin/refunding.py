"""Giving money back from the admin: amount and reason, then a second look, then once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hardware.admin.base import Admin, act_page, action, page_of
from payments import refunds
from payments.admin.cells import home, money_text
from payments.admin.forms import RefundForm
from payments.errors import RefundRefused
from payments.lifecycle import State
from payments.models import Authorisation, Refund

if TYPE_CHECKING:
    Base = Admin
else:
    Base = object

#: What to tell the agent, by RefundRefused.code.
REFUSALS = {
    "stale": gettext_lazy(
        "Meanwhile something else was refunded, so nothing was refunded now. Look at what is left and try again."
    ),
    "too_much": gettext_lazy("That is more than can still be refunded. Nothing was refunded."),
    "nothing": gettext_lazy("Nothing would be refunded."),
    "currency": gettext_lazy("The amount is in another currency. Nothing was refunded."),
    "in_doubt": gettext_lazy(
        "It is not known yet whether money was taken, so nothing can be refunded. Decide that first."
    ),
    "not_captured": gettext_lazy("No money was taken, so there is nothing to refund."),
    "unsupported": gettext_lazy("This terminal cannot refund; use the acquirer's own portal. Nothing was refunded."),
    "misconfigured": gettext_lazy("The terminal's record is wrong, so it cannot be asked. Nothing was refunded."),
    "other": gettext_lazy("This form was used for another refund. Nothing was refunded now."),
}


class Refunding(Base):
    """The refund button of an authorisation's page."""

    def has_refund_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may give money back."""
        return request.user.has_perm("payments.give_refund")

    @action(description=gettext_lazy("Refund"), permissions=["refund"], url_path="refund", icon="undo")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form, the second look, and the refund."""
        authorisation = get_object_or_404(Authorisation.objects.select_related("card", "terminal"), pk=object_id)
        if authorisation.state != State.CAPTURED or authorisation.refundable.amount <= 0:
            messages.error(request, _("There is nothing to refund here."))
            return HttpResponseRedirect(home(authorisation))
        if request.method != "POST":
            form = RefundForm(authorisation, initial=_first_values(authorisation))
            return self._refund_page(request, authorisation, form)
        form = RefundForm(authorisation, request.POST)
        if not form.is_valid():
            return self._refund_page(request, authorisation, form)
        if not form.cleaned_data["confirmed"]:
            form.hide()
            return self._refund_page(request, authorisation, form, sure=True)
        return self._give_back(request, authorisation, form)

    def _give_back(self, request: HttpRequest, authorisation: Authorisation, form: RefundForm) -> HttpResponse:
        known = Refund.objects.filter(pk=form.cleaned_data["refund_id"]).exists()
        try:
            row = refunds.refund(
                authorisation=authorisation,
                amount=form.cleaned_data["amount"],
                quoted_refundable=form.quoted,
                reason=form.cleaned_data["reason"],
                user=request.user if request.user.is_authenticated else None,
                refund_id=form.cleaned_data["refund_id"],
                now=timezone.now(),
            )
        except RefundRefused as refusal:
            messages.error(request, REFUSALS.get(refusal.code, str(refusal)))
            return HttpResponseRedirect(request.path if refusal.code in {"stale", "too_much"} else home(authorisation))
        if not known:
            self.log_change(request, authorisation, f"Refund of {row.amount}: {row.reason}")
        return HttpResponseRedirect(page_of(row))

    def _refund_page(
        self, request: HttpRequest, authorisation: Authorisation, form: RefundForm, sure: bool = False
    ) -> HttpResponse:
        facts: list[tuple[str, object]] = [
            (_("Reference"), authorisation.reference),
            (_("Card"), authorisation.card or "—"),
            (_("Taken"), money_text(authorisation.captured)),
            (_("Refunded or under way"), money_text(authorisation.captured - authorisation.refundable)),
            (_("Can still be refunded"), money_text(authorisation.refundable)),
        ]
        if sure:
            facts = [
                (_("Back to the driver"), money_text(form.cleaned_data["amount"])),
                (_("To the card"), authorisation.card or "—"),
                (_("Reason"), form.cleaned_data["reason"]),
                (_("Reference"), authorisation.reference),
            ]
        return act_page(
            self,
            request,
            authorisation,
            title=_("Is this right?") if sure else _("Refund"),
            form=form,
            submit=_("Refund now") if sure else _("Continue"),
            explanation=(
                _("The terminal is asked to send the money back. That cannot be undone.")
                if sure
                else _("The money goes back to the card that paid. Banks take a few days to show it.")
            ),
            facts=facts,
            danger=sure,
        )


def _first_values(authorisation: Authorisation) -> dict[str, object]:
    """All that is left, as a proposal, and the id that makes a double click one refund."""
    refundable = authorisation.refundable
    return {
        "amount": f"{refundable.amount:.{_places(refundable.currency.sub_unit)}f}",
        "quoted_minor": authorisation.captured_minor - authorisation.refunded_minor,
        "refund_id": uuid4(),
    }


def _places(sub_unit: int) -> int:
    return len(str(sub_unit)) - 1
