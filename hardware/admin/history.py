"""What was asked of charge points and what they reported: read-only."""

from __future__ import annotations

import json

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from hardware.admin.base import ReadOnlyAdmin, Tone, badge, energy, link
from hardware.admin.filters import OrphanFilter, period
from hardware.models import Command, StopReport, Transaction

_COMMAND_TONES = {
    Command.State.QUEUED: Tone.BUSY,
    Command.State.SENT: Tone.BUSY,
    Command.State.ACCEPTED: Tone.GOOD,
    Command.State.REJECTED: Tone.BAD,
    Command.State.NO_ANSWER: Tone.BAD,
    Command.State.EXPIRED: Tone.WARNING,
    Command.State.CANCELLED: Tone.QUIET,
}
#: Never shown: who knows it can sign in as the charge point.
_SECRET_KEYS = {"AuthorizationKey"}


def without_secrets(payload: dict[str, object]) -> str:
    """What a command says, for people."""
    if payload.get("key") in _SECRET_KEYS:
        payload = {**payload, "value": "***"}
    return json.dumps(payload, ensure_ascii=False) if payload else ""


def command_badge(command: Command) -> str:
    """Where a command is."""
    return badge(command.get_state_display(), _COMMAND_TONES[Command.State(command.state)])


@admin.register(Command)
class CommandAdmin(ReadOnlyAdmin):
    """What was asked of charge points."""

    list_display = ["kind", "charge_point", "connector", "state_badge", "created_at", "answered_at", "tries"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        ("charge_point", RelatedDropdownFilter),
        period("created_at"),
    ]
    list_select_related = ["charge_point", "connector__charge_point"]
    search_fields = ["charge_point__name", "charge_point__identity"]
    fields = [
        ("kind", "state_badge"),
        ("charge_point", "connector"),
        "says",
        "answered",
        ("created_at", "expires_at"),
        ("sent_at", "answered_at"),
        "tries",
    ]
    readonly_fields = ["state_badge", "says", "answered"]

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, command: Command) -> str:
        """The state."""
        return command_badge(command)

    @admin.display(description=_("says"))
    def says(self, command: Command) -> str:
        """The payload without secrets."""
        return without_secrets(command.payload)

    @admin.display(description=_("answer"))
    def answered(self, command: Command) -> str:
        """The charge point's answer."""
        return without_secrets(command.answer)


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    """Charging as the charge points tell it."""

    list_display = ["number", "connector", "started_at", "stopped_at", "delivered", "stop_reason"]
    list_filter = [("charge_point", RelatedDropdownFilter), period("started_at")]
    list_select_related = ["connector__charge_point"]
    search_fields = ["=id", "connector__label", "charge_point__name", "charge_point__identity"]
    fields = [
        ("number", "connector"),
        ("started_at", "received_at"),
        ("stopped_at", "stop_received_at"),
        "stop_reason",
        ("meter_start", "meter_stop", "delivered"),
        "reports",
    ]
    readonly_fields = ["number", "delivered", "meter_start", "meter_stop", "reports"]

    @admin.display(description=_("number"), ordering="pk")
    def number(self, transaction: Transaction) -> str:
        """The OCPP transactionId."""
        return f"#{transaction.pk}"

    @admin.display(description=_("energy"))
    def delivered(self, transaction: Transaction) -> str:
        """What the meter counted between start and stop."""
        stop = transaction.meter_stop_wh
        return "" if stop is None else energy(stop - transaction.meter_start_wh)

    @admin.display(description=_("meter at start"))
    def meter_start(self, transaction: Transaction) -> str:
        """The register."""
        return energy(transaction.meter_start_wh)

    @admin.display(description=_("meter at stop"))
    def meter_stop(self, transaction: Transaction) -> str:
        """The register."""
        return energy(transaction.meter_stop_wh)

    @admin.display(description=_("stop reports"))
    def reports(self, transaction: Transaction) -> str:
        """How many stops arrived for it."""
        return str(transaction.stop_reports.count())


@admin.register(StopReport)
class StopReportAdmin(ReadOnlyAdmin):
    """Every stop that arrived; one that belongs to no transaction of ours needs a person."""

    list_display = ["charge_point", "ocpp_transaction_id", "counts", "at", "received_at", "meter", "reason"]
    list_filter = [OrphanFilter, ("charge_point", RelatedDropdownFilter), period("received_at")]
    list_select_related = ["charge_point"]
    search_fields = ["=ocpp_transaction_id", "charge_point__name", "charge_point__identity"]
    fields = [
        ("charge_point", "ocpp_transaction_id"),
        ("counts", "belongs_to"),
        ("at", "received_at"),
        ("meter", "reason"),
    ]
    readonly_fields = ["counts", "belongs_to", "meter"]

    @admin.display(description=_("counted"), ordering="counted")
    def counts(self, report: StopReport) -> str:
        """Whether it ended a transaction."""
        if report.is_orphan:
            return badge(_("unknown transaction"), Tone.BAD)
        return badge(_("ended it"), Tone.GOOD) if report.counted else badge(_("repeated"), Tone.QUIET)

    @admin.display(description=_("transaction"))
    def belongs_to(self, report: StopReport) -> str:
        """The transaction it is about."""
        return link(report.transaction)

    @admin.display(description=_("meter"))
    def meter(self, report: StopReport) -> str:
        """The register."""
        return energy(report.meter_stop_wh)
