"""What a person should look at now, most urgent first, with the page where something can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hardware.admin.base import page_of
from hardware.chargers import silent_charge_points
from hardware.models import StopReport, Terminal
from kiosk.lifecycle import State
from kiosk.models import Kiosk, Session
from kiosk.offers import closed_because
from kiosk.timeline import Flag, flag_text
from payments import closing
from payments.admin import wording
from payments.admin.troubles import failure, obstacle_text
from payments.lifecycle import OPEN
from payments.lifecycle import State as MoneyState
from payments.models import Authorisation, Difference, Operation, Refund
from payments.models.authorisation import Escalation
from payments.reconciliation import schedule

#: So many of a kind are named one by one; the rest is a number.
_NAMED = 5
_FLAGS_FOR = timedelta(days=14)
_ORPHANS_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to look at. ``tone``: bad (money or a closed kiosk), warning (the rest)."""

    tone: str
    icon: str
    title: str
    text: str
    url: str
    since: datetime | None = None


def matters(now: datetime, may: Callable[[str], bool]) -> list[Matter]:
    """Everything that somebody with these permissions can see and should look at."""
    found: list[Matter] = []
    for permission, look in (
        ("payments.view_authorisation", _in_doubt),
        ("payments.view_refund", _refunds_in_doubt),
        ("payments.view_operation", _settlements_waiting),
        ("payments.view_authorisation", _deadlines),
        ("payments.view_difference", _differences),
        ("payments.view_reconciliation", _nights),
        ("payments.view_dayclosing", _closings),
        ("kiosk.view_kiosk", _closed_kiosks),
        ("hardware.view_terminal", _terminals),
        ("hardware.view_chargepoint", _silent),
        ("hardware.view_stopreport", _orphan_stops),
        ("kiosk.view_session", _flagged),
    ):
        if may(permission):
            found.extend(look(now))
    return sorted(found, key=lambda matter: matter.tone != "bad")


def _in_doubt(now: datetime) -> Iterator[Matter]:
    rows = Authorisation.objects.filter(state=MoneyState.IN_DOUBT).order_by("created_at")
    recovering = set(
        Operation.objects.filter(
            authorisation__in=rows, state=Operation.State.UNKNOWN, recovery_at__isnull=False
        ).values_list("authorisation_id", flat=True)
    )
    for row in rows.select_related("session")[:_NAMED]:
        waits = _("The terminal is being asked what became of it.")
        decide = _("Nobody knows what became of the money. A person decides.")
        yield Matter(
            tone="warning" if row.pk in recovering else "bad",
            icon="help",
            title=_("%(reference)s is in doubt") % {"reference": row.reference},
            text=waits if row.pk in recovering else decide,
            url=page_of(row.session) if hasattr(row, "session") else page_of(row),
            since=row.created_at,
        )
    yield from _more(rows.count(), "payments_authorisation", "state__exact=in_doubt", _("in doubt"))


def _refunds_in_doubt(now: datetime) -> Iterator[Matter]:
    rows = Refund.objects.filter(state=Refund.State.IN_DOUBT).select_related("authorisation").order_by("created_at")
    for row in rows[:_NAMED]:
        yield Matter(
            tone="bad",
            icon="undo",
            title=_("Refund of %(reference)s is in doubt") % {"reference": row.authorisation.reference},
            text=_("The terminal's answer was lost. It is never asked twice; a person decides."),
            url=page_of(row),
            since=row.created_at,
        )


def _settlements_waiting(now: datetime) -> Iterator[Matter]:
    """A capture or release that could not be sent: nothing is lost, but the driver's money is still held."""
    kinds = [Operation.Kind.CAPTURE, Operation.Kind.RELEASE, Operation.Kind.REFUND]
    rows = Operation.objects.filter(kind__in=kinds, state=Operation.State.QUEUED, tries__gt=0)
    for row in rows.select_related("authorisation", "terminal").order_by("created_at")[:_NAMED]:
        yield Matter(
            tone="warning",
            icon="schedule_send",
            title=_("%(kind)s of %(reference)s waits")
            % {"kind": row.get_kind_display(), "reference": row.authorisation},
            text=ngettext(
                "Could not be sent to %(terminal)s, tried %(count)s time. It is tried again.",
                "Could not be sent to %(terminal)s, tried %(count)s times. It is tried again.",
                row.tries,
            )
            % {"terminal": row.terminal, "count": row.tries},
            url=page_of(row),
            since=row.created_at,
        )


def _deadlines(now: datetime) -> Iterator[Matter]:
    """Holds that should have been settled long ago; what is in doubt has an entry of its own above."""
    late = Authorisation.objects.filter(state__in=OPEN - {MoneyState.IN_DOUBT}, escalation__gte=Escalation.WARNED)
    for row in late.order_by("deadline_at")[:_NAMED]:
        yield Matter(
            tone="warning" if row.escalation == Escalation.WARNED else "bad",
            icon="alarm",
            title=_("%(reference)s: %(urgency)s")
            % {"reference": row.reference, "urgency": row.get_escalation_display()},
            text=_("It must be captured or released by %(when)s; after that the bank may let go of the hold.")
            % {"when": date_format(localtime(row.deadline_at), "SHORT_DATETIME_FORMAT")},
            url=page_of(row),
            since=row.authorised_at,
        )
    yield from _more(late.count(), "payments_authorisation", "escalation__gte=1", _("near their deadline"))


def _differences(now: datetime) -> Iterator[Matter]:
    rows = Difference.objects.filter(resolved_at__isnull=True).order_by("first_seen_at")
    for row in rows.select_related("authorisation", "terminal")[:_NAMED]:
        yield Matter(
            tone="bad",
            icon="difference",
            title=f"{row.authorisation or row.terminal}: {row.get_what_display()}",
            text=f"{capfirst(row.get_kind_display())}. {wording.sides(row)}",
            url=page_of(row),
            since=row.first_seen_at,
        )
    yield from _more(rows.count(), "payments_difference", "open=1", _("differences"))


def _nights(now: datetime) -> Iterator[Matter]:
    """Terminals whose list could not be compared with our books, and why, if that is known."""
    for night in schedule.nights(now):
        if night.failed or night.overdue:
            yield Matter(
                tone="warning",
                icon="compare_arrows",
                title=_("%(terminal)s was not reconciled") % {"terminal": night.terminal},
                text=failure(night.last)
                if night.last and night.failed
                else _("No list was compared for more than a night."),
                url=page_of(night.last or night.terminal),
                since=night.last.finished_at if night.last else None,
            )


def _closings(now: datetime) -> Iterator[Matter]:
    """Terminals whose last end of day was missed, is in doubt, or told other totals than our books."""
    for row in closing.wrong():
        yield Matter(
            tone="warning" if row.state == row.State.MISSED else "bad",
            icon="bedtime",
            title=_("%(terminal)s: end of day") % {"terminal": row.terminal},
            text=_("Its totals are not those of our books.") if row.differs else obstacle_text(row.detail),
            url=page_of(row),
            since=row.finished_at,
        )


def _closed_kiosks(now: datetime) -> Iterator[Matter]:
    for kiosk in Kiosk.objects.filter(enabled=True).select_related("terminal"):
        if why := closed_because(kiosk, now):
            yield Matter(
                "bad", "desktop_access_disabled", _("%(kiosk)s is closed") % {"kiosk": kiosk}, why, page_of(kiosk)
            )


def _terminals(now: datetime) -> Iterator[Matter]:
    trouble = Q(state__in=[Terminal.State.ATTENTION, Terminal.State.UNREACHABLE])
    for row in Terminal.objects.filter(trouble, enabled=True):
        yield Matter(
            tone="warning",
            icon="point_of_sale",
            title=_("%(terminal)s: %(state)s") % {"terminal": row, "state": row.get_state_display()},
            text=row.state_detail,
            url=page_of(row),
            since=row.state_at,
        )


def _silent(now: datetime) -> Iterator[Matter]:
    for row in silent_charge_points(now)[:_NAMED]:
        yield Matter(
            tone="warning",
            icon="wifi_off",
            title=_("%(charge_point)s is silent") % {"charge_point": row},
            text=_("Never heard of.") if row.last_seen_at is None else _("No sign of life."),
            url=page_of(row),
            since=row.last_seen_at,
        )


def _orphan_stops(now: datetime) -> Iterator[Matter]:
    rows = StopReport.objects.filter(transaction__isnull=True, received_at__gte=now - _ORPHANS_FOR)
    if count := rows.count():
        yield Matter(
            tone="warning",
            icon="link_off",
            title=ngettext("%(count)s stop without a start", "%(count)s stops without a start", count)
            % {"count": count},
            text=_("A charge point reported the end of a transaction that we never accepted."),
            url=reverse("admin:hardware_stopreport_changelist") + "?orphan=1",
        )


def _flagged(now: datetime) -> Iterator[Matter]:
    """Money in doubt has an entry of its own above."""
    rows = Session.objects.filter(created_at__gte=now - _FLAGS_FOR).exclude(flags=[]).exclude(state=State.IN_DOUBT)
    for row in rows.select_related("authorisation").order_by("-created_at")[:_NAMED]:
        flags = [flag for flag in row.flags if flag != Flag.MONEY_IN_DOUBT]
        if flags:
            yield Matter(
                tone="warning",
                icon="flag",
                title=_("%(reference)s: look at it") % {"reference": row.authorisation.reference},
                text=" ".join(flag_text(flag) for flag in flags),
                url=page_of(row),
                since=row.created_at,
            )
    yield from _more(rows.count(), "kiosk_session", "flagged=1", _("to look at"))


def _more(count: int, page: str, query: str, what: str) -> Iterator[Matter]:
    if count > _NAMED:
        title = _("%(count)s more %(what)s") % {"count": count - _NAMED, "what": what}
        yield Matter("warning", "more_horiz", title, "", f"{reverse(f'admin:{page}_changelist')}?{query}")
