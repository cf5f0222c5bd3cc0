"""The journal of money: what happened to it, when, through whom, and what it came to."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from hardware.admin.base import ReadOnlyAdmin, ReadOnlyInline, link, moment
from hardware.admin.filters import period
from payments.admin.cells import money
from payments.lifecycle import Event, State
from payments.models import JournalEntry

_CAUSES: dict[str, Promise] = {
    "requested": _("card asked"),
    Event.APPROVED: _("approved"),
    Event.DECLINED: _("declined"),
    Event.NOTHING_HELD: _("nothing held"),
    Event.AUTHORISE_LOST: _("answer to the hold lost"),
    Event.CAPTURE: _("capture asked"),
    Event.CAPTURED: _("captured"),
    Event.CAPTURE_REFUSED: _("capture refused"),
    Event.CAPTURE_LOST: _("answer to the capture lost"),
    Event.RELEASE: _("release asked"),
    Event.RELEASED: _("released"),
    Event.RELEASE_REFUSED: _("release refused"),
    Event.RELEASE_LOST: _("answer to the release lost"),
    Event.OVERDUE: _("not settled in time"),
    Event.FOUND_HELD: _("found: held"),
    Event.FOUND_DECLINED: _("found: declined"),
    Event.FOUND_NOTHING: _("found: nothing held"),
    Event.FOUND_CAPTURED: _("found: captured"),
    Event.FOUND_RELEASED: _("found: released"),
    "refund_reserved": _("refund asked"),
    "refund_done": _("refunded"),
    "refund_refused": _("refund refused"),
    "refund_in_doubt": _("answer to the refund lost"),
}


def cause(entry: JournalEntry) -> str:
    """What happened, in words; the word of another version as it is."""
    return str(_CAUSES.get(entry.cause, entry.cause))


class _Cells:
    """The columns that the list and the table on an authorisation's page share."""

    @admin.display(description=_("at"), ordering="at")
    def when(self, entry: JournalEntry) -> str:
        """To the second."""
        return moment(entry.at)

    @admin.display(description=_("what"), ordering="cause")
    def what(self, entry: JournalEntry) -> str:
        """What happened."""
        return cause(entry)

    @admin.display(description=_("who"))
    def who(self, entry: JournalEntry) -> str:
        """Through whom."""
        return str(entry.user) if entry.user else entry.get_actor_display()

    @admin.display(description=_("state"))
    def change(self, entry: JournalEntry) -> str:
        """The state before and after."""
        after = State(entry.state).label
        return f"{State(entry.was_state).label} → {after}" if entry.was_state not in ("", entry.state) else str(after)

    @admin.display(description=_("held"))
    def held(self, entry: JournalEntry) -> str:
        """What the bank held, all in all."""
        return self._amount(entry, "authorised_minor")

    @admin.display(description=_("captured"))
    def captured(self, entry: JournalEntry) -> str:
        """What of it was taken."""
        return self._amount(entry, "captured_minor")

    @admin.display(description=_("released"))
    def released(self, entry: JournalEntry) -> str:
        """What of it was given up."""
        return self._amount(entry, "released_minor")

    @admin.display(description=_("still held"))
    def still_open(self, entry: JournalEntry) -> str:
        """What of it the bank still holds."""
        return _shown(entry.open_minor, entry.currency)

    @admin.display(description=_("refunded"))
    def refunded(self, entry: JournalEntry) -> str:
        """What of the captured went back, or is on its way."""
        return self._amount(entry, "refunded_minor")

    def _amount(self, entry: JournalEntry, name: str) -> str:
        """The amount; where it changed, what it was before."""
        before, after = getattr(entry, f"was_{name}"), getattr(entry, name)
        shown = _shown(after, entry.currency)
        return shown if before == after or not before else f"{_shown(before, entry.currency)} → {shown}"


def _shown(minor: int, currency: str) -> str:
    return money(minor, currency) if minor else "—"


_BALANCE = ["held", "captured", "released", "still_open", "refunded"]


class JournalInline(_Cells, ReadOnlyInline):
    """Everything that happened to a hold. Held is captured, released and open, in every line."""

    model = JournalEntry
    hide_title = True
    fields = ["when", "what", "who", "change", *_BALANCE]
    readonly_fields = ["when", "what", "who", "change", *_BALANCE]
    ordering = ["number"]
    verbose_name_plural = _("journal")

    def get_queryset(self, request: Any) -> Any:
        """With the people in it."""
        return super().get_queryset(request).select_related("user")


@admin.register(JournalEntry)
class JournalEntryAdmin(_Cells, ReadOnlyAdmin):
    """Every change to money. Nobody can change it here or in the database (manage.py verify_journal)."""

    list_display = ["when", "payment", "what", "who", "change", *_BALANCE]
    list_display_links = ["when"]
    list_filter = [("actor", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter), period("at")]
    list_select_related = ["authorisation", "user"]
    search_fields = ["authorisation__reference", "=cause", "user__username"]
    fields = [
        ("payment", "number"),
        ("what", "change"),
        ("who", "when"),
        ("asked", "held"),
        ("captured", "released"),
        ("still_open", "refunded"),
        ("operation", "refund"),
        "decision",
        "hash",
    ]
    readonly_fields = ["payment", "when", "what", "who", "change", "asked", *_BALANCE]

    @admin.display(description=_("payment"), ordering="authorisation__reference")
    def payment(self, entry: JournalEntry) -> str:
        """Whose chain it belongs to."""
        return link(entry.authorisation)

    @admin.display(description=_("asked for"))
    def asked(self, entry: JournalEntry) -> str:
        """What was asked of the card."""
        return _shown(entry.requested_minor, entry.currency)
