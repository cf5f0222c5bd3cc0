"""Decides what an answer is worth: a result, ``NotSent``, or ``OutcomeUnknown``. Pure.

An answer is believed only when it is about our request and within what we asked for. Everything else that came back
from a terminal which may have moved money is an unknown outcome, however friendly it looks.
"""

from __future__ import annotations

from moneyed import Money

from hardware.terminal.interface import (
    Card,
    Handle,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Recovered,
    Result,
    TokenResult,
    Verb,
)
from hardware.terminal.payproxy.messages import Answer
from hardware.terminal.payproxy.profile import Profile
from hardware.terminal.payproxy.words import NOT_PROCESSED, Meaning

_REFUSALS = {
    Meaning.DECLINED: Outcome.DECLINED,
    Meaning.ABORTED: Outcome.ABORTED,
    Meaning.TIMED_OUT: Outcome.TIMED_OUT,
}


def judge_payment(profile: Profile, verb: Verb, *, request_id: int, asked: Money, answer: Answer) -> Result:
    """Return the result of a money verb. Raises NotSent or OutcomeUnknown (module docstring)."""
    refused = _refusal(profile, verb, request_id, answer)
    if refused is not None:
        return Result(
            outcome=refused,
            amount=Money(0, asked.currency),
            request_id=request_id,
            reason=answer.reason or answer.word,
            card=answer.card,
            stan=answer.stan,
            at=answer.at,
            receipts=answer.receipts,
        )
    amount = _believable_amount(verb, asked, answer)
    return Result(
        outcome=Outcome.APPROVED,
        amount=amount,
        request_id=request_id,
        card=answer.card,
        handle=_handle(request_id, answer) if verb is Verb.AUTHORISE else None,
        stan=answer.stan,
        at=answer.at,
        receipts=answer.receipts,
    )


def judge_token(profile: Profile, *, request_id: int, answer: Answer) -> TokenResult:
    """Return the card that was read. Raises NotSent or OutcomeUnknown; no money hangs on either."""
    refused = _refusal(profile, None, request_id, answer)
    if refused is not None:
        return TokenResult(refused, request_id, reason=answer.reason or answer.word)
    return TokenResult(Outcome.APPROVED, request_id, card=_card(answer))


def judge_recovery(profile: Profile, verb: Verb, *, request_id: int, asked: Money, answer: Answer) -> Recovered:
    """Return what became of an earlier request. Raises NotSent or OutcomeUnknown while that cannot be told.

    Whether the profile compares request ids or not, here they are compared: nothing else ties answer to question.
    """
    if answer.meaning is Meaning.APPROVED or answer.meaning is Meaning.NOT_FOUND or answer.meaning in _REFUSALS:
        if not _is_ours(answer.request_id, request_id):
            raise OutcomeUnknown("the terminal told about another request", reason="other_request")
        if answer.meaning is Meaning.NOT_FOUND:
            return Recovered(None)
    if answer.payment_type and answer.payment_type != getattr(profile.payment_types, verb):
        raise OutcomeUnknown("the terminal told about another kind of operation", reason="other_request")
    asked = Money(0, asked.currency) if verb is Verb.RELEASE else asked
    return Recovered(judge_payment(profile, verb, request_id=request_id, asked=asked, answer=answer))


def _refusal(profile: Profile, verb: Verb | None, request_id: int, answer: Answer) -> Outcome | None:
    """Return the outcome of a refused request, None for an approved one; raises where there is nothing to believe."""
    ours = _is_ours(answer.request_id, request_id)
    if profile.check_request_id and not ours and (answer.request_id or answer.meaning not in NOT_PROCESSED):
        raise OutcomeUnknown("the terminal answered another request", reason="other_request")
    if answer.meaning in NOT_PROCESSED:
        raise NotSent(f"the terminal did not start: {answer.word}", reason=answer.meaning)
    if answer.meaning is Meaning.APPROVED:
        if answer.test_system and not profile.test_mode:
            raise OutcomeUnknown(
                "the terminal is a test system, the device record says it is not",
                reason="test_mode",
            )
        return None
    without_cardholder = verb not in (None, Verb.AUTHORISE)
    if answer.meaning is Meaning.TIMED_OUT and without_cardholder:  # so it was the host: it may have been done
        raise OutcomeUnknown("the terminal timed out at its host", reason="host_timeout")
    if answer.meaning in _REFUSALS:
        return _REFUSALS[answer.meaning]
    raise OutcomeUnknown(
        f"the terminal answered with an unknown status: {answer.word}",
        reason="unknown_status",
    )


def _is_ours(echo: str, request_id: int) -> bool:
    return echo.isascii() and echo.isdigit() and len(echo) <= 20 and int(echo) == request_id


def _believable_amount(verb: Verb, asked: Money, answer: Answer) -> Money:
    amount = answer.amount
    if amount is None:
        raise OutcomeUnknown("approved without a readable amount and currency", reason="no_amount")
    if amount.currency != asked.currency:
        raise OutcomeUnknown("approved in another currency", reason="other_currency")
    if verb is Verb.AUTHORISE:
        believable = 0 < amount.amount <= asked.amount
    else:
        believable = amount == asked
    if not believable:
        raise OutcomeUnknown(f"asked for {asked}, approved {amount}", reason="other_amount")
    return amount


def _handle(request_id: int, answer: Answer) -> Handle:
    if not answer.reference:
        raise OutcomeUnknown("approved without a reference to settle it with", reason="no_reference")
    _card(answer)
    return Handle(request_id, answer.reference, version=answer.reference_version, stan=answer.stan)


def _card(answer: Answer) -> Card:
    if answer.card is None:
        raise OutcomeUnknown("approved without a card token", reason="no_token")
    return answer.card
