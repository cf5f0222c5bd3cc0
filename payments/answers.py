"""What an answer means for an operation, its authorisation or refund: written and announced in one transaction.

The same answer is recorded in the same way whether it comes at once, after the operation was already called in doubt,
or from recovery; only the names of the events differ (``FOUND_*``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from hardware.redaction import redact
from hardware.terminal.interface import IN_USE, NotSent, Outcome, OutcomeUnknown, Receipts, Result, TokenResult
from payments import authorisations, closing, journal, operations, refunds, tokens
from payments.belief import Answer, Told
from payments.cards import identify
from payments.deadlines import hold_until, next_try
from payments.lifecycle import Event, State
from payments.models import Authorisation, CardToken, Operation, Refund
from payments.money import to_minor
from payments.secrets import seal_handle

logger = logging.getLogger(__name__)

Kind = Operation.Kind

#: After so long a cardholder's operation is asked again that found the line with another process of ours.
_LINE_PAUSE = timedelta(seconds=1)
#: What a lost answer is to an authorisation.
_LOST = {Kind.AUTHORISE: Event.AUTHORISE_LOST, Kind.CAPTURE: Event.CAPTURE_LOST, Kind.RELEASE: Event.RELEASE_LOST}
#: The event while the authorisation was waiting for it, and once it was in doubt.
_HELD = (Event.APPROVED, Event.FOUND_HELD)
_DECLINED = (Event.DECLINED, Event.FOUND_DECLINED)
_NOTHING = (Event.NOTHING_HELD, Event.FOUND_NOTHING)
_CAPTURED = (Event.CAPTURED, Event.FOUND_CAPTURED)
_RELEASED = (Event.RELEASED, Event.FOUND_RELEASED)


def record(operation_id: UUID, answer: Answer, now: datetime) -> None:
    """Write ``answer`` to ``operation_id`` and to everything it is about. Nothing happens when it is known already."""
    with transaction.atomic():
        operation = operations.locked(operation_id)
        if operation.state not in (Operation.State.IN_FLIGHT, Operation.State.UNKNOWN):
            _note_contradiction(operation, answer)
        elif operation.state == Operation.State.IN_FLIGHT or not isinstance(answer, OutcomeUnknown):
            with journal.because(operation_id=operation.pk):
                _RECORDERS[Kind(operation.kind)](operation, answer, now)
            logger.info("%s: %s %s", operation, operation.state, operation.outcome or operation.detail)


def _authorise(operation: Operation, answer: Answer, now: datetime) -> None:
    authorisation = _authorisation(operation)
    if isinstance(answer, OutcomeUnknown):
        operations.finish_unknown(operation, now, answer.reason)
        _advance(authorisation, Event.AUTHORISE_LOST, now, reason=_word(answer.reason))
    elif isinstance(answer, NotSent):
        if _comes_again(operation, answer, now):
            return
        operations.finish_not_sent(operation, now, answer.reason)
        _advance(authorisation, _either(authorisation, _NOTHING), now, reason=_word(answer.reason))
    elif isinstance(answer, Result) and answer.outcome is Outcome.APPROVED and answer.handle is not None:
        card = identify(answer.card, now) if answer.card else None
        _finish(operation, answer, now, card)
        _advance(
            authorisation,
            _either(authorisation, _HELD),
            now,
            authorised_minor=to_minor(answer.amount),
            authorised_at=now,
            deadline_at=hold_until(now, card.brand if card else ""),
            card=card,
            sealed_handle=seal_handle(answer.handle),
            stan=answer.stan[:20],
            reason="",
        )
    else:
        _finish(operation, answer, now)
        event = _DECLINED if answer.outcome is Outcome.DECLINED else _NOTHING
        _advance(authorisation, _either(authorisation, event), now, reason=_word(answer.reason or answer.outcome))


def _settlement(operation: Operation, answer: Answer, now: datetime) -> None:
    authorisation, kind = _authorisation(operation), Kind(operation.kind)
    if isinstance(answer, OutcomeUnknown):
        operations.finish_unknown(operation, now, answer.reason)
        _advance(authorisation, _LOST[kind], now, reason=_word(answer.reason))
    elif isinstance(answer, NotSent):
        _settlement_not_sent(operation, authorisation, answer, now)
    elif answer.outcome is Outcome.APPROVED:
        _finish(operation, answer, now)
        event = _either(authorisation, _CAPTURED if kind is Kind.CAPTURE else _RELEASED)
        _advance(authorisation, event, now, captured_minor=operation.amount_minor, reason="")
    else:
        _settlement_refused(operation, authorisation, answer, now)


def _settlement_refused(operation: Operation, authorisation: Authorisation, answer: Told, now: datetime) -> None:
    """A refusal is known to have done nothing. A release is asked again; what became of a capture a person decides."""
    _finish(operation, answer, now)
    word = _word(answer.reason or answer.outcome)
    if operation.kind == Kind.RELEASE:
        if authorisation.state == State.IN_DOUBT:
            _advance(authorisation, Event.FOUND_HELD, now, reason="")
            _advance(authorisation, Event.RELEASE, now)
        _advance(authorisation, Event.RELEASE_REFUSED, now, reason=word)
        authorisations.release_again(authorisation, operation, now)
    elif authorisation.state != State.IN_DOUBT:  # else it stays in front of a person
        _advance(authorisation, Event.CAPTURE_REFUSED, now, reason=word)


def _settlement_not_sent(operation: Operation, authorisation: Authorisation, answer: NotSent, now: datetime) -> None:
    if operation.state == Operation.State.IN_FLIGHT:
        due_at = next_try(authorisation.deadline_at, operation.tries, now)
        if due_at is None:
            authorisations.give_up(authorisation, operation, now, answer.reason)
        else:
            operations.requeue(operation, due_at, answer.reason)
        return
    operations.finish_not_sent(operation, now, answer.reason)
    _advance(authorisation, Event.FOUND_HELD, now, reason="")
    authorisations.settle_again(authorisation, operation, now)


def _read_token(operation: Operation, answer: Answer, now: datetime) -> None:
    card = identify(answer.card, now) if isinstance(answer, TokenResult) and answer.card else None
    if isinstance(answer, OutcomeUnknown):
        operations.finish_unknown(operation, now, answer.reason)
    elif isinstance(answer, NotSent):
        if _comes_again(operation, answer, now):
            return
        operations.finish_not_sent(operation, now, answer.reason)
    else:
        _finish(operation, answer, now, card)
    tokens.announce_card(operation, card)


def _refund(operation: Operation, answer: Answer, now: datetime) -> None:
    assert operation.refund is not None
    row = operation.refund
    if isinstance(answer, OutcomeUnknown):
        operations.finish_unknown(operation, now, answer.reason)
        refunds.conclude(row, Refund.State.IN_DOUBT, now, answer.reason)
    elif isinstance(answer, NotSent):  # the agent is at hand: they see it and may ask again
        operations.finish_not_sent(operation, now, answer.reason)
        refunds.conclude(row, Refund.State.REFUSED, now, answer.reason or "not_sent")
    else:
        _finish(operation, answer, now)
        approved = answer.outcome is Outcome.APPROVED
        refunds.conclude(row, Refund.State.DONE if approved else Refund.State.REFUSED, now, answer.reason)


def _end_of_day(operation: Operation, answer: Answer, now: datetime) -> None:
    if isinstance(answer, OutcomeUnknown):
        operations.finish_unknown(operation, now, answer.reason)
    elif isinstance(answer, NotSent):
        operations.finish_not_sent(operation, now, answer.reason)
    else:
        _finish(operation, answer, now)
    closing.conclude(operation, answer, now)


_RECORDERS: dict[Kind, Callable[[Operation, Answer, datetime], None]] = {
    Kind.AUTHORISE: _authorise,
    Kind.READ_TOKEN: _read_token,
    Kind.CAPTURE: _settlement,
    Kind.RELEASE: _settlement,
    Kind.REFUND: _refund,
    Kind.END_OF_DAY: _end_of_day,
}


def _finish(operation: Operation, answer: Told, now: datetime, card: CardToken | None = None) -> None:
    receipts = Receipts() if isinstance(answer, TokenResult) else answer.receipts
    operations.finish_answered(
        operation,
        now,
        outcome=answer.outcome,
        detail=answer.reason,
        receipt="\n".join(receipts.customer or receipts.merchant),
        stan=answer.stan if isinstance(answer, Result) else "",
        card=card,
    )


def _comes_again(operation: Operation, answer: NotSent, now: datetime) -> bool:
    """Whether it is asked again at once: the line is with another process of ours, which may be the next to have it."""
    if answer.reason != IN_USE or operation.state != Operation.State.IN_FLIGHT:
        return False
    due_at = now + _LINE_PAUSE
    return due_at < operation.created_at + operations.PATIENCE and operations.requeue(operation, due_at, answer.reason)


def _authorisation(operation: Operation) -> Authorisation:
    """As it is now. Its state cannot change meanwhile: whoever changes it holds the lock of the operation first."""
    assert operation.authorisation is not None
    return operation.authorisation


def _advance(authorisation: Authorisation, event: Event, now: datetime, **fields: object) -> None:
    if not authorisations.advance(authorisation, event, now, **fields):
        raise RuntimeError(f"{authorisation} changed under the lock of its operation")


def _either(authorisation: Authorisation, events: tuple[Event, Event]) -> Event:
    return events[authorisation.state == State.IN_DOUBT]


def _word(reason: str) -> str:
    return redact(reason)[:60]


def _note_contradiction(operation: Operation, answer: Answer) -> None:
    """An answer about something that recovery or a person has decided: it changes nothing, and must be seen."""
    if not isinstance(answer, NotSent | OutcomeUnknown):
        told = f"{operation.state} {operation.outcome}".strip()
        if operation.outcome != answer.outcome:
            logger.error("%s was settled as %s, and a late answer says %s", operation, told, answer.outcome)
