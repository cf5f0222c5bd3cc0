"""What the pages of reconciliation ask for and show: forms for a period and a file, and one difference in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from hardware.admin.base import Tone, badge, link, moment, page_of
from hardware.admin.filters import day_start
from hardware.admin.forms import ReasonField
from hardware.models import Terminal
from hardware.terminal.csv_layout import read_layout
from hardware.terminal.csv_statement import LARGEST_FILE, CsvStatement
from hardware.terminal.statements import StatementUnavailable
from payments.admin import wording
from payments.models import Difference, Reconciliation
from payments.reconciliation import runs


class _Day(UnfoldAdminDateWidget):
    """A day, chosen from the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class CompareForm(forms.Form):
    """Which terminal, and from which day to which."""

    terminal = forms.ModelChoiceField(
        label=gettext_lazy("Payment terminal"),
        queryset=Terminal.objects.none(),
        widget=UnfoldAdminSelectWidget,
        empty_label=None,
    )
    first = forms.DateField(label=gettext_lazy("First day"), widget=_Day)
    last = forms.DateField(label=gettext_lazy("Last day"), widget=_Day)

    def __init__(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        super().__init__(*args, **options)
        self.initial = {"first": today - timedelta(days=1), "last": today}
        self.fields["terminal"].queryset = Terminal.objects.filter(pk__in=self.usable())  # type: ignore[attr-defined]

    def usable(self) -> list[int]:
        """The terminals that can be chosen."""
        return [each.pk for each in Terminal.objects.all() if runs.has_list(each)]

    def clean(self) -> dict[str, Any]:
        """The first day is not after the last."""
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", _("The last day is before the first."))
        return cleaned

    @property
    def period(self) -> tuple[datetime, datetime]:
        """Both days included."""
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        return day_start(first), day_start(last + timedelta(days=1))


class CompareFileForm(CompareForm):
    """The same, and the file."""

    file = forms.FileField(label=gettext_lazy("File (CSV)"), widget=UnfoldAdminFileFieldWidget)

    def usable(self) -> list[int]:
        """Every terminal may have a bank."""
        return [each.pk for each in Terminal.objects.all()]

    def clean(self) -> dict[str, Any]:
        """The file can be read, or it is said where not and what to do."""
        cleaned = super().clean()
        file, terminal = cleaned.get("file"), cleaned.get("terminal")
        if file is None or terminal is None:
            return cleaned
        try:
            layout = read_layout(terminal.statement_layout, time_zone=settings.TIME_ZONE)
            self.statement = CsvStatement(file.name, file.read(LARGEST_FILE + 1), layout)
        except (ValueError, StatementUnavailable) as error:
            self.add_error("file", str(error))
        return cleaned


class ExplainForm(forms.Form):
    """Why two sides differ."""

    note = ReasonField(
        label=gettext_lazy("How it comes about"),
        max_length=500,
        help_text=gettext_lazy("It is kept with your name and cannot be changed. It moves no money."),
    )


def days_text(run: Reconciliation) -> str:
    """The period in days, where it is whole days, else to the minute."""
    since, until = timezone.localtime(run.since), timezone.localtime(run.until)
    if since.time() == until.time() == time.min:
        first, last = date_format(since, "j M Y"), date_format(until - timedelta(days=1), "j M Y")
        return first if first == last else f"{first} – {last}"
    return f"{date_format(since, 'j M Y H:i')} – {date_format(until, 'j M Y H:i')}"


@dataclass(frozen=True, slots=True)
class Shown:
    """One difference as the page of a comparison shows it."""

    row: Difference
    badge: str
    payment: str
    ours: str
    theirs: str
    at: str
    advice: str
    explanation: str
    url: str


def difference_badge(row: Difference) -> str:
    """What differs; quiet once it has ended."""
    return badge(row.get_what_display(), Tone.QUIET if row.resolved_at else Tone.BAD)


def explanation_of(row: Difference) -> str:
    """How it ended, if it has."""
    if not row.resolution:
        return ""
    if row.resolution == Difference.Resolution.GONE:
        return _("No longer found since %(at)s.") % {"at": moment(row.resolved_at)}
    told = {"user": row.resolved_by, "at": moment(row.resolved_at), "note": row.note}
    return _("Explained by %(user)s, %(at)s: %(note)s") % told


def shown(row: Difference) -> Shown:
    """``row`` in words."""
    return Shown(
        row=row,
        badge=difference_badge(row),
        payment=link(row.authorisation) or _("no payment of ours"),
        ours=wording.ours(row),
        theirs=wording.theirs(row),
        at=moment(row.at),
        advice=wording.advice(row),
        explanation=explanation_of(row),
        url=page_of(row),
    )
