"""The figures of a day and of a fortnight, for the first page of the admin. Amounts per currency, in minor units."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from hardware.admin.filters import day_start
from kiosk.lifecycle import DELIVERING, State
from kiosk.models import Session
from payments.lifecycle import State as MoneyState
from payments.models import Authorisation, Refund

#: Currency code to minor units.
Amounts = Mapping[str, int]

_HELD = (MoneyState.AUTHORISED, MoneyState.CAPTURING, MoneyState.RELEASING)


@dataclass(frozen=True, slots=True)
class Today:
    """What happened since midnight, and what is held or unknown at this moment."""

    sessions: int
    charging: int
    finished: int
    #: Finished or failed: what the success rate is of. Visits that the driver cancelled are in neither.
    judged: int
    energy_wh: int
    captured: Amounts
    refunded: Amounts
    held: Amounts
    held_count: int
    in_doubt: Amounts
    in_doubt_count: int

    @property
    def success_percent(self) -> int | None:
        """Finished sessions of those that finished or failed, or None without any."""
        return round(self.finished * 100 / self.judged) if self.judged else None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the chart."""

    day: date
    energy_wh: int
    captured: Amounts


def today(now: datetime) -> Today:
    """The figures of the day of ``now`` in the active time zone."""
    midnight = day_start(timezone.localdate(now))
    states = Counter(dict(_since(midnight).values_list("state").annotate(Count("pk")).order_by()))
    failed = states[State.DECLINED] + states[State.NOT_STARTED] + states[State.IN_DOUBT]
    holds = Authorisation.objects.filter(state__in=_HELD)
    doubts = Authorisation.objects.filter(state=MoneyState.IN_DOUBT)
    captures = Authorisation.objects.filter(state=MoneyState.CAPTURED, closed_at__gte=midnight)
    refunds = Refund.objects.filter(state=Refund.State.DONE, finished_at__gte=midnight)
    return Today(
        sessions=sum(states.values()),
        charging=Session.objects.filter(state__in=DELIVERING).count(),
        finished=states[State.FINISHED],
        judged=states[State.FINISHED] + failed,
        energy_wh=_since(midnight).aggregate(total=Sum("energy_wh"))["total"] or 0,
        captured=_sums(captures, "captured_minor"),
        refunded=_sums(refunds, "amount_minor", "authorisation__currency"),
        held=_sums(holds, "authorised_minor"),
        held_count=holds.count(),
        in_doubt=_sums(doubts, "requested_minor"),
        in_doubt_count=doubts.count(),
    )


def fortnight(now: datetime) -> list[Day]:
    """The last 14 days, oldest first, by the day on which money was taken and delivery ended."""
    days = [timezone.localdate(now) - timedelta(days=back) for back in range(13, -1, -1)]
    start = day_start(days[0])
    energy: Counter[date] = Counter()
    delivered = Session.objects.filter(ended_at__gte=start).annotate(day=TruncDate("ended_at"))
    for day, total in delivered.values_list("day").annotate(Sum("energy_wh")).order_by():
        energy[day] += total
    captured: defaultdict[date, dict[str, int]] = defaultdict(dict)
    taken = Authorisation.objects.filter(state=MoneyState.CAPTURED, closed_at__gte=start)
    by_day = taken.annotate(day=TruncDate("closed_at")).values_list("day", "currency")
    for day, currency, total in by_day.annotate(Sum("captured_minor")).order_by():
        captured[day][currency] = total
    return [Day(day, energy[day], captured[day]) for day in days]


def _since(start: datetime) -> QuerySet[Session]:
    return Session.objects.filter(created_at__gte=start)


def _sums(rows: QuerySet[Authorisation] | QuerySet[Refund], field: str, currency: str = "currency") -> Amounts:
    """The sum of ``field`` per currency."""
    totals = rows.filter(Q(**{f"{field}__gt": 0})).values_list(F(currency)).annotate(total=Sum(field)).order_by()
    return dict(totals)
