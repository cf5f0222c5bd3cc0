"""Whether an answer can be about what was asked. Drivers check this too; money is checked twice. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from hardware.terminal.interface import Closing, NotSent, Outcome, OutcomeUnknown, Result, TokenResult
from payments.models import Operation
from payments.money import to_minor

#: What a terminal may answer, and how a worker's question may end.
Told = Result | TokenResult | Closing
Answer = Told | NotSent | OutcomeUnknown

#: How far the terminal's clock may be off before a recovered answer is taken for another one's.
_CLOCK_TOLERANCE = timedelta(minutes=10)


def believed(operation: Operation, answer: Told) -> Answer:
    """``answer``, or OutcomeUnknown when it cannot be the answer to ``operation``."""
    doubt = _doubt(operation, answer)
    return OutcomeUnknown(f"the answer does not fit the question: {doubt}", reason=doubt) if doubt else answer


def believed_later(operation: Operation, result: Result, now: datetime) -> Answer:
    """The same for an answer that recovery found: it must also be from the time of the question (ccv-interfaces.md 4.7)."""
    asked_at = operation.started_at or operation.created_at
    if result.at is None:
        return OutcomeUnknown("what was found does not say when it was", reason="no_time")
    if not asked_at - _CLOCK_TOLERANCE <= result.at <= now + _CLOCK_TOLERANCE:
        return OutcomeUnknown("what was found is from another time", reason="other_time")
    return believed(operation, result)


def _doubt(operation: Operation, answer: Told) -> str:
    """Why it is not believed, as a machine word, or an empty string."""
    if isinstance(answer, Closing) or operation.kind == Operation.Kind.END_OF_DAY:
        both = isinstance(answer, Closing) and operation.kind == Operation.Kind.END_OF_DAY
        return "" if both else "other_kind"
    if answer.request_id != operation.request_id:
        return "other_request"
    if operation.kind == Operation.Kind.READ_TOKEN:
        if not isinstance(answer, TokenResult):
            return "other_kind"
        return "no_card" if answer.outcome is Outcome.APPROVED and answer.card is None else ""
    if not isinstance(answer, Result):
        return "other_kind"
    return _doubt_amount(operation, answer) if answer.outcome is Outcome.APPROVED else ""


def _doubt_amount(operation: Operation, result: Result) -> str:
    if result.amount.currency.code != operation.currency:
        return "other_currency"
    try:
        minor = to_minor(result.amount)
    except ValueError:
        return "other_amount"
    if operation.kind == Operation.Kind.AUTHORISE:
        if result.handle is None:
            return "no_handle"
        return "" if 0 < minor <= operation.amount_minor else "other_amount"
    return "" if minor == operation.amount_minor else "other_amount"
