"""Form fields in the looks of the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from hardware.redaction import redact


class ReasonField(forms.CharField):
    """Why somebody does it; it is kept with their name, and without the card number that they may have typed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{
                "label": _("Reason"),
                "max_length": 200,
                "widget": UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
                "help_text": _("Kept with your name and shown to colleagues; the driver does not see it."),
                **options,
            }
        )

    def clean(self, value: Any) -> str:
        """The text, without card digits."""
        return redact(super().clean(value) or "")

    def prepare_value(self, value: Any) -> Any:
        """What is shown again when the form comes back."""
        return redact(str(value)) if value else value


class PickField(forms.ChoiceField):
    """One of a few: radio buttons up to four, a list above."""

    def __init__(self, **options: Any) -> None:
        choices = list(options["choices"])
        widget = UnfoldAdminRadioSelectWidget if len(choices) <= 4 else UnfoldAdminSelectWidget
        super().__init__(**{"widget": widget, "initial": choices[0][0] if choices else None, **options})


class Confirmation(forms.Form):
    """Nothing to fill in: sending it is the answer."""
