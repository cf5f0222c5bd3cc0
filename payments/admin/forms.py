"""The forms with which a person moves or explains money."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from moneyed import Money
from unfold.widgets import UnfoldAdminTextInputWidget

from hardware.admin.forms import PickField, ReasonField
from payments.lifecycle import Event
from payments.models import Authorisation
from payments.money import from_minor, to_minor

#: What a person can find out: events of a hold, and what became of a refund.
_FOUND: dict[str, Any] = {
    Event.FOUND_CAPTURED: _("Money was taken"),
    Event.FOUND_RELEASED: _("The hold was released, nothing was taken"),
    Event.FOUND_HELD: _("The money is still held; ask the terminal again to settle it"),
    Event.FOUND_DECLINED: _("The card was declined, nothing was held"),
    Event.FOUND_NOTHING: _("Nothing ever happened, no money was held"),
    "done": _("It was carried out: the driver has the money back"),
    "refused": _("It was not carried out"),
}


class AmountField(forms.CharField):
    """An amount of one currency, as people type it: "12.30" or "12,30". Cleans to Money."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        self.currency = currency
        widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**{"label": _("Amount"), "max_length": 12, "widget": widget, **options})

    def clean(self, value: Any) -> Any:
        """Money in whole minor units, or None where nothing was typed and nothing is needed."""
        text = super().clean(value).strip()
        if not text:
            return None
        if not re.fullmatch(r"\d{1,9}([.,]\d{1,3})?", text):
            raise forms.ValidationError(_("Type an amount such as 12.30."))
        amount = Money(Decimal(text.replace(",", ".")), self.currency)
        try:
            to_minor(amount)
        except ValueError:
            raise forms.ValidationError(_("This currency has no such small parts.")) from None
        return amount


class RefundForm(forms.Form):
    """How much goes back and why. What can be refunded is quoted back, so that a stale page refunds nothing."""

    def __init__(self, authorisation: Authorisation, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.authorisation = authorisation
        self.fields["amount"] = AmountField(currency=authorisation.currency)
        self.fields["reason"] = ReasonField()
        self.fields["quoted_minor"] = forms.IntegerField(widget=forms.HiddenInput)
        self.fields["refund_id"] = forms.UUIDField(widget=forms.HiddenInput)
        self.fields["confirmed"] = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @property
    def quoted(self) -> Money:
        """What could be refunded when the page was made."""
        return from_minor(self.cleaned_data["quoted_minor"], self.authorisation.currency)

    def clean_amount(self) -> Money:
        """Something, and no more than there is."""
        amount: Money = self.cleaned_data["amount"]
        if amount.amount <= 0:
            raise forms.ValidationError(_("Nothing would be refunded."))
        if amount > self.authorisation.captured:
            raise forms.ValidationError(_("That is more than was taken from the card."))
        return amount

    def hide(self) -> None:
        """Make every field invisible, for the page that asks whether it is right."""
        for field in self.fields.values():
            field.widget = forms.HiddenInput()
        self.data = {**{name: self.data.get(name, "") for name in self.fields}, "confirmed": "on"}


class DecideForm(forms.Form):
    """What a person found out about money in doubt."""

    def __init__(self, authorisation: Authorisation, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["event"] = PickField(
            label=_("What became of the money"), choices=choices(authorisation), initial=None
        )
        self.fields["amount"] = AmountField(
            currency=authorisation.currency,
            required=False,
            label=_("Amount that was taken"),
            help_text=_("Only if money was taken."),
        )
        self.fields["note"] = ReasonField(
            label=_("How you know"),
            max_length=500,
            help_text=_(
                "For example the acquirer's report and its date. It is kept with your name and cannot be changed."
            ),
        )


class DecideRefundForm(forms.Form):
    """The same for a refund."""

    event = PickField(
        label=_("What became of the refund"),
        choices=[(event, _FOUND[event]) for event in ("done", "refused")],
        initial=None,
    )
    note = ReasonField(
        label=_("How you know"), max_length=500, help_text=_("It is kept with your name and cannot be changed.")
    )


def choices(authorisation: Authorisation) -> list[tuple[str, Any]]:
    """What can have become of it: a hold that was confirmed was not declined, and without a handle none can be used."""
    every = [Event.FOUND_CAPTURED, Event.FOUND_RELEASED]
    if authorisation.sealed_handle:
        every.append(Event.FOUND_HELD)
    if authorisation.authorised_at is None:
        every += [Event.FOUND_DECLINED, Event.FOUND_NOTHING]
    return [(event.value, _FOUND[event]) for event in every]


def found_text(event: str) -> str:
    """A decision in the words of its form."""
    return str(_FOUND.get(event, event))
