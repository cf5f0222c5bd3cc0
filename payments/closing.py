"""A terminal's end of day: when it is due, whether the terminal is free for it, and what came of it.

The one writer of DayClosing, by compare-and-set:

WAITING ⇄ ASKED → DONE | UNKNOWN      WAITING, ASKED → MISSED      UNKNOWN → DONE | MISSED (a late answer)

What provably did nothing is tried again until the night is over. What may have happened is not: whether the day is closed
a person finds out, or the next closing shows it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q, Sum

from hardware.models import Terminal
from hardware.redaction import redact
from hardware.terminal.interface import Capability, Closing, NotSent, Outcome, OutcomeUnknown
from hardware.terminals import driver
from payments import operations
from payments.belief import Answer
from payments.lifecycle import OPEN
from payments.lifecycle import State as MoneyState
from payments.models import Authorisation, DayClosing, Operation
from payments.money import to_minor
from payments.wallclock import last_time, next_time

logger = logging.getLogger(__name__)

Kind = Operation.Kind
State = DayClosing.State

#: For so long after its hour a terminal's day may still be closed.
NIGHT = timedelta(hours=5)
#: Between two tries of a night.
_PAUSE = timedelta(minutes=10)
#: A person who asks wants to know at once, not later that night.
_AT_ONCE = timedelta(minutes=1)


def tick(now: datetime) -> None:
    """Begin what is due, and go on with what waits."""
    for terminal in Terminal.objects.filter(enabled=True, close_at__isnull=False):
        assert terminal.close_at is not None
        began = last_time(terminal.close_at, now)
        tonight = DayClosing.objects.filter(terminal=terminal, created_at__gte=began)
        if now < began + NIGHT and not tonight.exists():
            _begin(terminal, now, until=began + NIGHT)
    for closing in DayClosing.objects.filter(state=State.WAITING, due_at__lte=now).select_related("terminal"):
        _go_on(closing, now)


def demanded(terminal: Terminal, now: datetime) -> None:
    """``terminal`` takes no payment until its day is closed: close it once it is free, whatever its record says.

    Once a night is enough: what did not help is not done again and again.
    """
    if not DayClosing.objects.filter(terminal=terminal, created_at__gt=now - NIGHT).exists():
        _begin(terminal, now, until=now + NIGHT)


def close_now(terminal: Terminal, user: AbstractBaseUser, now: datetime) -> DayClosing:
    """Ask ``terminal`` to close its day at once, if it is free; returns the closing that is under way, if there is one."""
    with transaction.atomic():
        if _begin(terminal, now, until=now + _AT_ONCE, user=user):
            _go_on(DayClosing.objects.select_related("terminal").get(terminal=terminal, state=State.WAITING), now)
    return DayClosing.objects.filter(terminal=terminal).latest("created_at")


def next_closing(terminal: Terminal, now: datetime) -> datetime | None:
    """When the day of ``terminal`` will be closed next, None for never."""
    return next_time(terminal.close_at, now) if terminal.enabled and terminal.close_at is not None else None


def obstacle(terminal: Terminal) -> str:
    """A machine word for why the day of ``terminal`` cannot be closed now; empty when it can."""
    try:
        device = driver(terminal)
    except ValueError:
        return "misconfigured"
    if not terminal.enabled:
        return "disabled"
    if Capability.END_OF_DAY not in device.capabilities:
        return "unsupported"
    mine = Operation.objects.filter(terminal=terminal)
    if mine.filter(state=Operation.State.UNKNOWN).exclude(kind__in=Operation.MOVES_NO_MONEY).exists():
        return "in_doubt"
    waits = mine.filter(state__in=[Operation.State.QUEUED, Operation.State.IN_FLIGHT])
    if waits.exclude(kind=Kind.END_OF_DAY).exists():
        return "busy"
    harmless = {MoneyState.AUTHORISED} if device.closes_over_holds else set()
    if Authorisation.objects.filter(terminal=terminal, state__in=OPEN - harmless).exists():
        return "holds_open"
    return ""


def require_free(operation: Operation, now: datetime) -> None:
    """Raise NotSent unless the day may be closed by ``operation``, which is in flight: so nothing new can begin there."""
    word = obstacle(operation.terminal)
    if not word and DayClosing.objects.filter(operation=operation, until__lte=now).exists():
        word = "too_late"
    if word:
        raise NotSent(f"{operation} cannot be asked now", reason=word)


def conclude(operation: Operation, answer: Answer, now: datetime) -> None:
    """Write down what came of ``operation``. Call inside the transaction that records its answer."""
    closing = DayClosing.objects.select_related("terminal").get(operation=operation)
    if isinstance(answer, OutcomeUnknown):
        logger.error("%s: nobody knows whether the day of %s was closed", operation, closing.terminal)
        _move(closing, State.UNKNOWN, finished_at=now, detail=_word(answer.reason))
    elif isinstance(answer, Closing) and answer.outcome is Outcome.APPROVED:
        _move(closing, State.DONE, finished_at=now, detail="", **_sums(closing, operation, answer))
        if closing.differs:
            logger.error("%s: the totals of %s are not ours", operation, closing.terminal)
    else:
        said = answer.reason or (answer.outcome if isinstance(answer, Closing) else "not_sent")
        _later(closing, now, said)


def look_into(closing: DayClosing, user: AbstractBaseUser, note: str, now: datetime) -> bool:
    """Somebody has found out what is wrong with it; False when there is nothing (any more). Raises ValueError without a note."""
    if not note.strip():
        raise ValueError("it needs a reason")
    if not closing.needs_attention:
        return False
    unseen = DayClosing.objects.filter(pk=closing.pk, seen_at__isnull=True)
    return bool(unseen.update(seen_at=now, seen_by_id=user.pk, note=note.strip()))


def wrong() -> list[DayClosing]:
    """The last ended closing of each terminal, where something is wrong with it and nobody has looked into it."""
    ended = DayClosing.objects.exclude(state__in=DayClosing.OPEN)
    latest = ended.filter(terminal__enabled=True).values("terminal").annotate(latest=Max("pk")).values("latest")
    rows = DayClosing.objects.filter(pk__in=latest).select_related("terminal")
    return [each for each in rows.order_by("finished_at") if each.needs_attention]


def _begin(terminal: Terminal, now: datetime, *, until: datetime, user: AbstractBaseUser | None = None) -> bool:
    """Write the intent. False when there is one already."""
    try:
        with transaction.atomic():
            DayClosing.objects.create(
                terminal=terminal,
                requested_by_id=user.pk if user else None,
                created_at=now,
                due_at=now,
                until=until,
                since=_closed_before(terminal),
            )
    except IntegrityError:  # one_closing_at_a_time
        return False
    return True


def _go_on(closing: DayClosing, now: datetime) -> None:
    """Ask, or wait for the terminal to be free."""
    if word := obstacle(closing.terminal) or ("too_late" if now >= closing.until else ""):
        _later(closing, now, word)
        return
    with transaction.atomic():
        if _move(closing, State.ASKED, detail=""):
            operation = operations.enqueue(Kind.END_OF_DAY, closing.terminal, now)
            DayClosing.objects.filter(pk=closing.pk).update(operation=operation)


def _later(closing: DayClosing, now: datetime, word: str) -> None:
    """It provably was not closed: again in a while, if the night is long enough."""
    if closing.state != State.UNKNOWN and now + _PAUSE < closing.until:
        _move(closing, State.WAITING, due_at=now + _PAUSE, detail=_word(word))
    elif _move(closing, State.MISSED, finished_at=now, detail=_word(word)):
        logger.error("the day of %s was not closed: %s", closing.terminal, _word(word))


def _closed_before(terminal: Terminal) -> datetime | None:
    """When the closing before was asked, unless nobody knows whether it was done."""
    asked = DayClosing.objects.filter(terminal=terminal, state__in=[State.DONE, State.UNKNOWN])
    last = asked.order_by("created_at").last()
    return last.operation.started_at if last and last.operation and last.state == State.DONE else None


def _sums(closing: DayClosing, operation: Operation, told: Closing) -> dict[str, object]:
    """What both sides say was done since the closing before, as far as each can tell."""
    sums: dict[str, object] = {"their_count": told.count}
    if told.total is not None:
        sums |= {"currency": told.total.currency.code, "their_minor": to_minor(told.total)}
    if closing.since is None:
        return sums
    done = Operation.objects.filter(
        terminal=closing.terminal_id,
        kind__in=[Kind.CAPTURE, Kind.REFUND],
        state=Operation.State.ANSWERED,
        outcome=Outcome.APPROVED,
        started_at__gt=closing.since,
        started_at__lt=operation.started_at,
    )
    mine = done.filter(currency=sums.get("currency", ""))
    added = mine.aggregate(
        taken=Sum("amount_minor", filter=Q(kind=Kind.CAPTURE), default=0),
        given=Sum("amount_minor", filter=Q(kind=Kind.REFUND), default=0),
    )
    sums["our_count"] = done.aggregate(count=Count("pk"))["count"]
    return sums | ({"our_minor": added["taken"] - added["given"]} if told.total is not None else {})


def _move(closing: DayClosing, state: DayClosing.State, **fields: object) -> bool:
    fields |= {"state": state}
    moved = DayClosing.objects.filter(pk=closing.pk, state=closing.state).update(**fields)
    if moved:
        for name, value in fields.items():
            setattr(closing, name, value)
    return bool(moved)


def _word(reason: str) -> str:
    return redact(reason)[:120]
