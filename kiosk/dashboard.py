"""The first page of the admin: today's figures, what needs attention, the last sessions, the last fortnight."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hardware.admin.base import energy, number
from kiosk import attention, figures
from kiosk.admin import charts
from kiosk.admin.cells import session_badge
from kiosk.figures import Amounts, Day, Today
from kiosk.models import Session
from payments.admin.cells import money
from payments.lifecycle import State
from payments.models import Authorisation, Difference
from payments.money import from_minor

_LAST_SESSIONS = 8


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure. ``tone`` is empty, good or bad."""

    label: str
    value: str
    note: str
    url: str
    icon: str
    tone: str = ""


def environment_label(request: HttpRequest) -> list[str]:
    """What kind of installation this is, for the label beside the title."""
    return [_("Demo"), "warning"] if settings.DEMO else [_("Production"), "danger"]


def doubts_badge(request: HttpRequest) -> str:
    """How many payments are in doubt, for the navigation; nothing when there are none."""
    return str(Authorisation.objects.filter(state=State.IN_DOUBT).count() or "")


def differences_badge(request: HttpRequest) -> str:
    """The same for differences that nobody has explained."""
    return str(Difference.objects.filter(resolved_at__isnull=True).count() or "")


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what this person may see to the context of the first page."""
    now = timezone.now()
    may = request.user.has_perm
    context |= {"title": _("Today"), "now": timezone.localtime(now), "matters": attention.matters(now, may)}
    if may("kiosk.view_session") and may("payments.view_authorisation"):
        days = figures.fortnight(now)
        context |= {
            "tiles": _tiles(figures.today(now)),
            "chart_options": charts.BARS,
            "energy_chart": _energy_chart(days),
            "money_chart": _money_chart(days),
            "last_sessions": [_line(session) for session in _last()],
        }
    return context


def _tiles(today: Today) -> list[Tile]:
    sessions = reverse("admin:kiosk_session_changelist")
    holds = reverse("admin:payments_authorisation_changelist")
    percent = today.success_percent
    charging = ngettext("%(count)s charging now", "%(count)s charging now", today.charging) % {"count": today.charging}
    rate = _("%(good)s of %(all)s, without cancelled ones") % {"good": today.finished, "all": today.judged}
    held = ngettext("on %(count)s card", "on %(count)s cards", today.held_count) % {"count": today.held_count}
    doubt = ngettext("%(count)s payment", "%(count)s payments", today.in_doubt_count) % {"count": today.in_doubt_count}
    return [
        Tile(_("Sessions today"), number(Decimal(today.sessions)), charging, f"{sessions}?period=today", "ev_station"),
        Tile(
            _("Success rate"),
            "—" if percent is None else f"{percent} %",
            rate if today.judged else _("nothing closed yet"),
            f"{sessions}?period=today",
            "check_circle",
            "" if percent is None or percent >= 90 else "bad",
        ),
        Tile(
            _("Energy today"),
            number(Decimal(today.energy_wh).scaleb(-3), "#,##0.0"),
            _("kWh delivered"),
            f"{sessions}?period=today",
            "bolt",
        ),
        Tile(_("Held now"), _amounts(today.held), held, f"{holds}?state__exact=authorised", "lock"),
        Tile(
            _("Captured today"),
            _amounts(today.captured),
            _("VAT included"),
            f"{holds}?state__exact=captured",
            "payments",
        ),
        Tile(
            _("Refunded today"),
            _amounts(today.refunded),
            _("confirmed by the terminal"),
            reverse("admin:payments_refund_changelist") + "?period=today",
            "undo",
        ),
        Tile(
            _("In doubt"),
            _amounts(today.in_doubt) if today.in_doubt_count else "0",
            doubt if today.in_doubt_count else _("everything is accounted for"),
            f"{holds}?state__exact=in_doubt",
            "help",
            "bad" if today.in_doubt_count else "good",
        ),
    ]


def _amounts(amounts: Amounts) -> str:
    return " + ".join(money(minor, currency) for currency, minor in sorted(amounts.items())) or "0"


def _last() -> list[Session]:
    rows = Session.objects.select_related("authorisation", "card", "connector__charge_point")
    return list(rows.order_by("-created_at")[:_LAST_SESSIONS])


def _line(session: Session) -> dict[str, Any]:
    minor = session.authorisation.captured_minor or session.cost_minor
    return {
        "session": session,
        "badge": session_badge(session),
        "energy": energy(session.energy_wh) if session.energy_wh else "—",
        "amount": money(minor, session.currency) if minor else "—",
    }


def _energy_chart(days: list[Day]) -> str:
    values = [str(Decimal(each.energy_wh).scaleb(-3)) for each in days]
    return _chart(days, [_bars(_("Energy in kWh"), values, "--color-primary-500")])


def _money_chart(days: list[Day]) -> str:
    """One row of bars for each currency."""
    currencies = sorted({currency for each in days for currency in each.captured})
    rows = [
        _bars(
            currency, [str(from_minor(each.captured.get(currency, 0), currency).amount) for each in days], "--bo-amber"
        )
        for currency in currencies
    ]
    return _chart(days, rows)


def _bars(label: str, values: list[str], colour: str) -> dict[str, Any]:
    return {
        "label": label,
        "data": values,
        "backgroundColor": f"var({colour})",
        "borderRadius": 4,
        "maxBarThickness": 22,
    }


def _chart(days: list[Day], datasets: list[dict[str, Any]]) -> str:
    return json.dumps({"labels": [_label(each) for each in days], "datasets": datasets})


def _label(day: Day) -> str:
    noon = datetime(day.day.year, day.day.month, day.day.day)  # noqa: DTZ001  only its date is shown
    return date_format(noon, "j M")
