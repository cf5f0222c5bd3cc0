"""The forms of the kiosk's admin."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _
from moneyed import CurrencyDoesNotExist, get_currency
from unfold.forms import PaginationInlineFormSet

from hardware.admin.forms import ReasonField


class StopForm(forms.Form):
    """Why staff stops a session."""

    reason = ReasonField()


class TariffForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A tariff in a currency that exists."""

    def clean_currency(self) -> str:
        """Known to ISO 4217."""
        return _currency(self.cleaned_data["currency"])


class SiteForm(forms.ModelForm):  # type: ignore[type-arg]
    """A site whose amounts, currency and time zone make sense together."""

    def clean_currency(self) -> str:
        """Known to ISO 4217."""
        return _currency(self.cleaned_data["currency"])

    def clean_time_zone(self) -> str:
        """Known to the time zone database."""
        name: str = self.cleaned_data["time_zone"]
        if name not in available_timezones():
            raise forms.ValidationError(_("There is no such time zone; an example is Europe/Amsterdam."))
        return name

    def clean(self) -> dict[str, Any]:
        """Bounds in order, and every offered amount between them."""
        data = {**self.cleaned_data}
        smallest, largest = data.get("hold_minimum_minor"), data.get("hold_maximum_minor")
        if smallest is None or largest is None:
            return data
        if not 0 < smallest <= largest:
            self.add_error("hold_maximum_minor", _("The largest hold is below the smallest."))
            return data
        choices = data.get("hold_choices")
        if choices is None:
            return data
        if not isinstance(choices, list) or not choices or not all(type(each) is int for each in choices):
            self.add_error("hold_choices", _("Type a list of whole cents, for example [2000, 4000]."))
        elif not all(smallest <= each <= largest for each in choices):
            self.add_error("hold_choices", _("Every amount must lie between the smallest and the largest hold."))
        return data


class OfferFormSet(PaginationInlineFormSet):
    """Tariffs of offers are in the currency of their site."""

    def clean(self) -> None:
        """Name the tariff that is not."""
        super().clean()
        for form in self.forms:
            tariff = form.cleaned_data.get("tariff") if form.is_valid() else None
            if tariff and not form.cleaned_data.get("DELETE") and tariff.currency != self.instance.currency:
                form.add_error("tariff", _("This tariff is in another currency than the site."))


def _currency(code: str) -> str:
    try:
        return get_currency(code.upper()).code
    except CurrencyDoesNotExist:
        raise forms.ValidationError(_("There is no such currency; an example is EUR.")) from None
