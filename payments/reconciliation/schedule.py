"""Every night each terminal that has a list is compared; a night that was missed is made up for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from hardware.models import Terminal
from payments import wakeups
from payments.models import Difference, Operation, Reconciliation
from payments.reconciliation import runs
from payments.wallclock import last_time, on_the_wall

State = Reconciliation.State

#: A night that failed is tried again, later and until the next one.
_PAUSE = timedelta(hours=1)
#: A wake-up that was sent a moment ago is not lost yet.
_FRESH = timedelta(seconds=30)
#: After a night without a result somebody is told; a little more than a day, for the summer's change of clocks.
_OVERDUE = timedelta(hours=30)
_LATELY = timedelta(days=3)
#: No difference is looked for further back than that.
_FURTHEST = timedelta(days=35)


def tick(now: datetime) -> None:
    """Every minute: what is lost, what waits, what is due."""
    runs.give_up_lost(now)
    for run in Reconciliation.objects.filter(state=State.WAITING, created_at__lt=now - _FRESH):
        wakeups.after_commit("payments.reconcile_with", run.pk)
    for terminal in due(now):
        since, until = period(terminal, now)
        runs.request(terminal, since, until, now, nightly=True)


def due(now: datetime) -> Iterator[Terminal]:
    """Terminals whose last night is not accounted for."""
    night = last_night(now)
    for terminal in compared_nightly():
        mine = Reconciliation.objects.filter(terminal=terminal, source=Reconciliation.Source.TERMINAL)
        if mine.filter(state__in=Reconciliation.OPEN).exists():
            continue
        tonight = mine.filter(nightly=True, created_at__gte=night)
        settled = tonight.filter(state__in=Reconciliation.TOLD) | tonight.filter(created_at__gt=now - _PAUSE)
        if not settled.exists():
            yield terminal


def compared_nightly() -> Iterator[Terminal]:
    """Terminals that are in use and can be asked for their list."""
    return (each for each in Terminal.objects.filter(enabled=True) if runs.has_list(each))


@dataclass(frozen=True, slots=True)
class Night:
    """How it stands with a terminal: its last nightly comparison, and whether a result is overdue."""

    terminal: Terminal
    last: Reconciliation | None
    overdue: bool

    @property
    def failed(self) -> bool:
        """Whether the last one could not be done."""
        return self.last is not None and self.last.state == State.FAILED


def nights(now: datetime) -> Iterator[Night]:
    """Every terminal that is compared nightly."""
    terminals = list(compared_nightly())
    lately = Reconciliation.objects.filter(terminal__in=terminals, nightly=True, created_at__gte=now - _LATELY)
    ended = list(lately.exclude(state__in=Reconciliation.OPEN).order_by("-created_at"))
    for terminal in terminals:
        mine = [each for each in ended if each.terminal_id == terminal.pk]
        told = any(each.state in Reconciliation.TOLD and each.created_at >= now - _OVERDUE for each in mine)
        yield Night(terminal, mine[0] if mine else None, overdue=not told and _in_use_since(terminal, now - _OVERDUE))


def _in_use_since(terminal: Terminal, at: datetime) -> bool:
    return Operation.objects.filter(terminal=terminal, created_at__lt=at).exists()


def last_night(now: datetime) -> datetime:
    """The last time that the clock on the wall showed settings.RECONCILE_AT."""
    return last_time(settings.RECONCILE_AT, now)


def period(terminal: Terminal, now: datetime) -> tuple[datetime, datetime]:
    """The days up to the last midnight: as many as settings say, and back to the oldest open difference.

    Several days each night, because doubts are decided and banks correct their lists later.
    """
    until = on_the_wall(timezone.localdate(last_night(now)), time.min)
    since = on_the_wall(timezone.localdate(until) - timedelta(days=settings.RECONCILE_DAYS), time.min)
    still_open = Difference.objects.filter(
        terminal=terminal, source=Reconciliation.Source.TERMINAL, resolved_at__isnull=True, at__gte=until - _FURTHEST
    )
    oldest = still_open.aggregate(at=Min("at"))["at"]
    return min(since, oldest or since), until
