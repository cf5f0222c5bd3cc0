"""The one writer of Reconciliation: asked for, begun, and how it ended. Any number of workers may try; one does it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from hardware.models import Terminal
from hardware.redaction import redact
from hardware.terminal.registry import open_statement
from hardware.terminal.statements import StatementSource, StatementUnavailable
from payments import wakeups
from payments.models import Reconciliation
from payments.reconciliation.books import entries
from payments.reconciliation.compare import CLOCK_TOLERANCE, compare
from payments.reconciliation.keeping import keep
from payments.reconciliation.totals import totals

logger = logging.getLogger(__name__)

State = Reconciliation.State
Source = Reconciliation.Source

#: A comparison takes seconds; one that has not ended by then has lost its worker.
LONGEST = timedelta(minutes=15)


def has_list(terminal: Terminal) -> bool:
    """Whether ``terminal`` can be asked for a list of what it did."""
    try:
        return open_statement(terminal.url, terminal.profile) is not None
    except ValueError:
        return False


def request(
    terminal: Terminal,
    since: datetime,
    until: datetime,
    now: datetime,
    *,
    user: AbstractBaseUser | None = None,
    nightly: bool = False,
) -> Reconciliation:
    """Have a worker compare the period with the terminal's list; returns what is under way there already, if any.

    Raises ValueError for a period that is none.
    """
    run, made = _open(terminal, Source.TERMINAL, since, until, now, user=user, nightly=nightly)
    if made:
        wakeups.after_commit("payments.reconcile_with", run.pk)
    return run


def perform(run_id: int, clock: Callable[[], datetime] = timezone.now) -> None:
    """Do what was asked for, unless somebody else does."""
    run = Reconciliation.objects.select_related("terminal").filter(pk=run_id).first()
    if run is None or not _begin(run, clock()):
        return
    try:
        source = open_statement(run.terminal.url, run.terminal.profile)
    except ValueError:
        _fail(run, "misconfigured", "the terminal's record cannot be used", clock())
        return
    if source is None:
        _fail(run, "no_list", "this terminal has no list; compare the bank's file instead", clock())
    else:
        _compare(run, source, clock)


def compare_with(
    terminal: Terminal,
    source: StatementSource,
    kind: Reconciliation.Source,
    since: datetime,
    until: datetime,
    *,
    user: AbstractBaseUser | None = None,
    clock: Callable[[], datetime] = timezone.now,
) -> Reconciliation:
    """Compare here and now, with ``source``. Returns the run, or the one that is under way already."""
    run, made = _open(terminal, kind, since, until, clock(), user=user)
    if made and _begin(run, clock()):
        _compare(run, source, clock)
        run.refresh_from_db()
    return run


def give_up_lost(now: datetime) -> None:
    """Runs whose worker died have failed."""
    for run in Reconciliation.objects.filter(state=State.RUNNING, started_at__lt=now - LONGEST):
        _fail(run, "interrupted", "its worker is gone; it is done again", now)


def _open(
    terminal: Terminal,
    source: Reconciliation.Source,
    since: datetime,
    until: datetime,
    now: datetime,
    *,
    user: AbstractBaseUser | None = None,
    nightly: bool = False,
) -> tuple[Reconciliation, bool]:
    """A new run, and True; or the one that is open (one_reconciliation_at_a_time), and False."""
    if since >= until:
        raise ValueError("a period ends after it begins")
    give_up_lost(now)
    for _ in range(3):  # the one that is in the way may end meanwhile
        try:
            with transaction.atomic():
                run = Reconciliation.objects.create(
                    terminal=terminal,
                    source=source,
                    since=since,
                    until=until,
                    created_at=now,
                    requested_by_id=user.pk if user else None,
                    nightly=nightly,
                )
                return run, True
        except IntegrityError:
            rows = Reconciliation.objects.filter(terminal=terminal, source=source, state__in=Reconciliation.OPEN)
            if (under_way := rows.select_related("terminal").first()) is not None:
                return under_way, False
    raise RuntimeError(f"{terminal} is compared over and over again")


def _begin(run: Reconciliation, now: datetime) -> bool:
    begun = Reconciliation.objects.filter(pk=run.pk, state=State.WAITING).update(state=State.RUNNING, started_at=now)
    run.state, run.started_at = State.RUNNING, now
    return bool(begun)


def _compare(run: Reconciliation, source: StatementSource, clock: Callable[[], datetime]) -> None:
    asked_at, since, until = clock(), run.since, run.until
    so_far = min(until, asked_at) + CLOCK_TOLERANCE
    Reconciliation.objects.filter(pk=run.pk).update(origin=redact(source.origin)[:120])
    try:
        lines = list(source.statement(since - CLOCK_TOLERANCE, so_far))
        ours = entries(run.terminal, lines, since=since, until=until, asked_at=asked_at)
        comparison = compare(ours, lines, since=since, until=until, covers=source.covers)
        sums = totals(comparison, since=since, until=until, covers=source.covers)
        with transaction.atomic():
            seen = keep(run, comparison, source.covers, clock())
            state = State.DIFFERS if any(each.resolved_at is None for each in seen) else State.AGREES
            count = {side: sum(row[side] for row in sums) for side in ("ours", "theirs")}
            _finish(run, state, clock(), totals=sums, entries=count["ours"], lines=count["theirs"])
    except StatementUnavailable as error:
        _fail(run, error.reason, str(error), clock())
    except Exception as defect:
        logger.error("%s: the comparison failed with %s", run, type(defect).__name__)
        _fail(run, "defect", type(defect).__name__, clock())


def _fail(run: Reconciliation, reason: str, detail: str, now: datetime) -> None:
    logger.error("%s could not be compared: %s", run, reason)
    _finish(run, State.FAILED, now, reason=reason[:60], detail=redact(detail)[:300])


def _finish(run: Reconciliation, state: Reconciliation.State, now: datetime, **fields: object) -> None:
    Reconciliation.objects.filter(pk=run.pk, state=State.RUNNING).update(state=state, finished_at=now, **fields)
    if state != State.FAILED:
        logger.info("%s: %s", run, state)
