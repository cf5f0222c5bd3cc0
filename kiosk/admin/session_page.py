"""Everything that the page of a session shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hardware.admin.base import energy
from hardware.admin.history import command_badge
from hardware.models import Command
from kiosk import pricing, timeline
from kiosk.admin import charts
from kiosk.admin.cells import session_badge
from kiosk.lifecycle import FINAL, State
from kiosk.models import MeterSample, Receipt, Session, TimelineEntry
from payments.admin.cells import authorisation_badge, money, operation_badge, refund_badge
from payments.lifecycle import State as MoneyState
from payments.models import Operation, Refund

_ICONS = {
    TimelineEntry.Source.DRIVER: "person",
    TimelineEntry.Source.TERMINAL: "contactless",
    TimelineEntry.Source.CHARGER: "ev_station",
    TimelineEntry.Source.MONEY: "payments",
    TimelineEntry.Source.STAFF: "support_agent",
    TimelineEntry.Source.SYSTEM: "memory",
}
#: A chart with more points is a smear.
_MOST_POINTS = 240


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the bar that shows what became of the hold."""

    kind: str
    label: str
    amount: str
    #: Where it begins and how long it is, in hundredths of the whole bar, as text for the drawing.
    start: str
    length: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    icon: str
    source: str
    who: str
    text: str


def find(key: str) -> Session | None:
    """The session with everything that the page names."""
    related = ["site", "kiosk", "connector__charge_point", "card", "authorisation__terminal", "authorisation__card"]
    rows = Session.objects.select_related(*related, "transaction", "start_command", "receipt")
    return rows.filter(pk=int(key)).first() if key.isdecimal() else None


def context(session: Session, request: HttpRequest, now: datetime) -> dict[str, Any]:
    """For the template."""
    held = session.authorisation
    operations = list(Operation.objects.filter(authorisation=held).select_related("terminal").order_by("created_at"))
    refunds = list(Refund.objects.filter(authorisation=held).select_related("authorisation", "requested_by"))
    return {
        "session": session,
        "held": held,
        "state_badge": session_badge(session),
        "money_badge": authorisation_badge(held),
        "flags": [timeline.flag_text(flag) for flag in session.flags],
        "is_open": session.state not in FINAL,
        "duration": _duration(session, now),
        "energy": energy(session.energy_wh),
        "parts": _parts(session),
        "prices": _prices(session),
        "moments": _moments(session),
        "operations": [(each, operation_badge(each), _amount(each)) for each in operations],
        "refunds": [(each, refund_badge(each), money(each.amount_minor, held.currency)) for each in refunds],
        "commands": [(each, command_badge(each)) for each in _commands(session)],
        "chart": _chart(session),
        "chart_options": charts.LINES,
        "receipt": Receipt.objects.filter(session=session).first(),
        "buttons": _buttons(session, request, refunds),
    }


def _buttons(session: Session, request: HttpRequest, refunds: Sequence[Refund]) -> dict[str, str]:
    """What this person may do with it now: address by name."""
    may = request.user.has_perm
    held = session.authorisation
    buttons = {}
    if session.state == State.CHARGING and may("kiosk.stop_session"):
        buttons["stop"] = reverse("admin:kiosk_session_stop_session", args=[session.pk])
    if held.state == MoneyState.CAPTURED and held.refundable.amount > 0 and may("payments.give_refund"):
        buttons["refund"] = reverse("admin:payments_authorisation_refund", args=[held.pk])
    if may("payments.decide_doubt"):
        if held.state == MoneyState.IN_DOUBT:
            buttons["decide"] = reverse("admin:payments_authorisation_decide", args=[held.pk])
        elif doubtful := next((each for each in refunds if each.state == Refund.State.IN_DOUBT), None):
            buttons["decide"] = reverse("admin:payments_refund_decide", args=[doubtful.pk])
    return buttons


def _parts(session: Session) -> list[Part]:
    """What became of the hold, in stretches that add up to it."""
    held = session.authorisation
    whole = held.authorised_minor
    if not whole:
        return []
    kept = held.captured_minor - held.refunded_minor
    rest = whole - held.captured_minor
    settled = held.state in {MoneyState.CAPTURED, MoneyState.RELEASED}
    running = 0 if settled else min(session.cost_minor, rest)
    rows = [
        ("charged", _("Charged"), kept),
        ("refunded", _("Refunded"), held.refunded_minor),
        ("running", _("Cost so far"), running),
        ("released", _("Released"), rest) if settled else ("held", _("Still held"), rest - running),
    ]
    if held.state == MoneyState.IN_DOUBT:
        rows = [("doubt", _("In doubt"), whole)]
    parts, start = [], 0
    for kind, label, minor in rows:
        if minor:
            amount = money(minor, held.currency)
            parts.append(Part(kind, str(label), amount, _hundredths(start, whole), _hundredths(minor, whole)))
        start += minor
    return parts


def _hundredths(minor: int, whole: int) -> str:
    return str(round(Decimal(minor * 100) / whole, 2))


def _prices(session: Session) -> list[tuple[str, Decimal, str]]:
    try:
        tariff = pricing.parse(session.tariff)
    except pricing.UnsupportedTariff:
        return []
    return [
        (line.kind, line.price, _("session") if line.unit == pricing.Unit.SESSION else line.unit)
        for line in pricing.display_prices(tariff)
    ]


def _moments(session: Session) -> list[Moment]:
    return [
        Moment(
            at=entry.at,
            icon=_ICONS.get(TimelineEntry.Source(entry.source), "circle"),
            source=entry.source,
            who=str(entry.get_source_display()),
            text=timeline.sentence(entry),
        )
        for entry in session.timeline.order_by("at", "pk")
    ]


def _commands(session: Session) -> list[Command]:
    rows = Command.objects.filter(transaction=session.transaction) if session.transaction else Command.objects.none()
    if session.start_command_id:
        rows = rows | Command.objects.filter(pk=session.start_command_id)
    return list(rows.order_by("created_at"))


def _amount(operation: Operation) -> str | SafeString:
    return money(operation.amount_minor, operation.currency) if operation.amount_minor else "—"


def _duration(session: Session, now: datetime) -> timedelta | None:
    if session.started_at is None:
        return None
    end = session.ended_at or (now if session.state not in FINAL else session.closed_at) or now
    return max(timedelta(0), end - session.started_at)


def _chart(session: Session) -> str:
    """The trusted meter values as JSON for unfold's chart, or nothing below two of them."""
    samples = list(
        MeterSample.objects.filter(session=session, distrust="", energy_wh__isnull=False).order_by("at", "pk")
    )
    if len(samples) < 2:
        return ""
    step = -(-len(samples) // _MOST_POINTS)
    shown = samples[::step]
    start = session.meter_start_wh or shown[0].energy_wh or 0
    first = shown[0].at
    return json.dumps(
        {
            "labels": [_clock(each.at - first) for each in shown],
            "datasets": [
                _line(
                    _("Energy in kWh"),
                    "--color-primary-500",
                    [_thousandth((each.energy_wh or 0) - start) for each in shown],
                ),
                _line(_("Power in kW"), "--bo-amber", [_thousandth(each.power_w or 0) for each in shown], axis="power"),
            ],
        }
    )


def _line(label: str, colour: str, values: list[str], axis: str = "y") -> dict[str, Any]:
    return {
        "yAxisID": axis,
        "label": label,
        "data": values,
        "borderColor": f"var({colour})",
        "borderWidth": 2,
        "pointRadius": 0,
        "tension": 0.3,
        "borderDash": [4, 4] if axis == "power" else [],
    }


def _clock(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02}"


def _thousandth(value: int) -> str:
    return str(Decimal(value).scaleb(-3))
