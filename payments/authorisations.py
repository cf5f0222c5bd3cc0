"""The one writer of an authorisation's state and amounts, and the commands that holds are asked with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from moneyed import Money

from hardware.models import Terminal
from hardware.terminal.interface import Reason
from hardware.terminals import is_usable, missing_capabilities
from payments import journal, operations
from payments.deadlines import hold_until, next_try
from payments.errors import TerminalNotReady
from payments.lifecycle import FINAL, Event, Forbidden, State, after
from payments.models import Authorisation, Operation
from payments.money import from_minor, to_minor
from payments.signals import announce, authorisation_changed

SETTLEMENTS = (Operation.Kind.CAPTURE, Operation.Kind.RELEASE)


def authorise(*, terminal: Terminal, amount: Money, language: str, now: datetime) -> Authorisation:
    """Ask for a hold of ``amount`` on the card that will be presented at ``terminal``.

    Returns at once; what comes of it is announced. Raises TerminalBusy, TerminalNotReady, and ValueError for an
    amount that is not positive.
    """
    minor, currency = to_minor(amount), amount.currency.code
    if minor <= 0:
        raise ValueError("an authorisation must be for more than nothing")
    require_ready(terminal)
    with transaction.atomic():
        # An earlier hold that waits to be released goes first: nobody should have two for one charge.
        for waiting in operations.releases_at(terminal):
            operations.hurry(waiting, now)
        authorisation = Authorisation.objects.create(
            terminal=terminal,
            currency=currency,
            requested_minor=minor,
            created_at=now,
            deadline_at=hold_until(now),
        )
        operation = operations.enqueue(
            Operation.Kind.AUTHORISE,
            terminal,
            now,
            authorisation=authorisation,
            amount_minor=minor,
            currency=currency,
            language=language,
        )
        with journal.because(operation_id=operation.pk):
            journal.write(authorisation.pk, "requested", now, was=None)
    return authorisation


def require_ready(terminal: Terminal) -> None:
    """Raises TerminalNotReady, with the reason, when ``terminal`` cannot serve a cardholder now."""
    if operations.is_blocked(terminal):
        raise TerminalNotReady(terminal, "recovering")
    if not is_usable(terminal):
        raise TerminalNotReady(terminal, terminal.state if terminal.enabled else "disabled")
    try:
        missing = missing_capabilities(terminal)
    except ValueError:
        raise TerminalNotReady(terminal, "misconfigured") from None
    if missing:
        raise TerminalNotReady(terminal, f"cannot_{missing[0]}")


def cancel(authorisation: Authorisation, now: datetime, reason: str = "cancelled") -> None:
    """The driver changed their mind while the card is asked for.

    What still waits is cancelled; what is under way the terminal is asked to abort. That is a wish: the answer still
    decides, and an approval that came first is recorded as one. Does nothing when there is nothing to cancel.
    """
    with transaction.atomic():
        operation = authorisation.operations.select_for_update().get(kind=Operation.Kind.AUTHORISE)
        authorisation.refresh_from_db()
        if operations.cancel(operation, now, reason):
            advance(authorisation, Event.NOTHING_HELD, now, reason=reason)
        elif operation.state == Operation.State.IN_FLIGHT:
            operations.want_abort(operation)


def capture(authorisation: Authorisation, *, amount: Money, reason: Reason, now: datetime) -> Operation:
    """Take ``amount`` of what is held; the rest is released with it.

    A second call returns what is under way or was done. Raises ValueError for another currency, nothing, or more
    than is held, and Forbidden when nothing is held.
    """
    minor = to_minor(amount)
    if authorisation.state != State.AUTHORISED:
        authorisation.refresh_from_db()
    if amount.currency.code != authorisation.currency:
        raise ValueError(f"held in {authorisation.currency}, captured in {amount.currency.code}")
    if minor <= 0:
        raise ValueError("a capture must be for more than nothing: release instead")
    if authorisation.state == State.AUTHORISED and minor > authorisation.authorised_minor:
        raise ValueError(f"{amount} is more than the {authorisation.authorised} that are held")
    return _settle(authorisation, Event.CAPTURE, Operation.Kind.CAPTURE, minor, reason, now)


def release(authorisation: Authorisation, *, reason: Reason, now: datetime) -> Operation:
    """Give up the whole hold. A second call returns what is under way or was done. Raises Forbidden."""
    return _settle(authorisation, Event.RELEASE, Operation.Kind.RELEASE, 0, reason, now)


def settle(authorisation: Authorisation, *, amount: Money, reason: Reason, now: datetime) -> Operation:
    """Capture ``amount``, or release when it is zero. Raises as those do."""
    if amount.amount == 0:
        return release(authorisation, reason=reason, now=now)
    return capture(authorisation, amount=amount, reason=reason, now=now)


def settle_again(authorisation: Authorisation, earlier: Operation, now: datetime) -> Operation:
    """Ask once more for what ``earlier`` asked, which is known to have done nothing."""
    amount = from_minor(earlier.amount_minor, authorisation.currency)
    return settle(authorisation, amount=amount, reason=Reason(earlier.reason), now=now)


def release_again(authorisation: Authorisation, refused: Operation, now: datetime) -> None:
    """Ask once more for a release that the terminal refused: later each time, and at the deadline a person decides.

    Call inside the transaction that records the refusal; the authorisation is being released.
    """
    refusals = authorisation.operations.filter(kind=Operation.Kind.RELEASE, state=Operation.State.ANSWERED)
    due_at = next_try(authorisation.deadline_at, refusals.count(), now)
    if due_at is None:
        advance(authorisation, Event.OVERDUE, now, reason="overdue")
        return
    operations.enqueue(
        Operation.Kind.RELEASE,
        authorisation.terminal,
        now,
        authorisation=authorisation,
        currency=authorisation.currency,
        reason=refused.reason,
        due_at=due_at,
    )


def give_up(authorisation: Authorisation, operation: Operation, now: datetime, detail: str = "overdue") -> None:
    """The deadline has passed and ``operation``, a settlement, provably did nothing: a person decides.

    Call inside a transaction that holds the lock of the operation.
    """
    if operations.finish_not_sent(operation, now, detail):
        advance(authorisation, Event.OVERDUE, now, reason="overdue")


def advance(authorisation: Authorisation, event: Event, now: datetime, **fields: Any) -> bool:
    """Take the step that ``event`` means, write ``fields`` with it, journal and announce it. Call inside a transaction.

    False when somebody else took a step first: then nothing was changed. Raises Forbidden for an event that does
    not fit the state.
    """
    state = after(State(authorisation.state), event)
    fields |= {"state": state}
    if state in FINAL:
        held = fields.get("authorised_minor", authorisation.authorised_minor)
        taken = fields.get("captured_minor", authorisation.captured_minor)
        fields |= {"closed_at": now, "released_minor": held - taken}
    was = {name: getattr(authorisation, name) for name in journal.TRACKED if name in fields}
    if not Authorisation.objects.filter(pk=authorisation.pk, state=authorisation.state).update(**fields):
        return False
    for name, value in fields.items():
        setattr(authorisation, name, value)
    journal.write(authorisation.pk, event, now, was)
    announce(authorisation_changed, authorisation=authorisation, event=event)
    return True


def settlement_of(authorisation: Authorisation) -> Operation | None:
    """The newest capture or release of ``authorisation``."""
    return authorisation.operations.filter(kind__in=SETTLEMENTS).order_by("-created_at", "-request_id").first()


def _settle(
    authorisation: Authorisation, event: Event, kind: Operation.Kind, minor: int, reason: Reason, now: datetime
) -> Operation:
    with transaction.atomic():
        if authorisation.state != State.AUTHORISED:
            authorisation.refresh_from_db()
        if authorisation.state == State.AUTHORISED and advance(authorisation, event, now):
            return operations.enqueue(
                kind,
                authorisation.terminal,
                now,
                authorisation=authorisation,
                amount_minor=minor,
                currency=authorisation.currency,
                reason=reason,
            )
        authorisation.refresh_from_db()
        under_way = settlement_of(authorisation)
        if under_way is None or under_way.state == Operation.State.NOT_SENT:
            raise Forbidden(State(authorisation.state), event)
        return under_way
