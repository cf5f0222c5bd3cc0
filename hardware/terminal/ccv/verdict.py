"""Decides what a transaction is worth: a result, ``NotSent``, or ``OutcomeUnknown``. Pure.

A transaction is believed only when it has ended, is about our request, and is within what we asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from moneyed import Money

from hardware.terminal.ccv.mapping import Ending, State
from hardware.terminal.ccv.profile import Profile
from hardware.terminal.ccv.transactions import Refusal, Transaction
from hardware.terminal.interface import Card, Handle, NotSent, Outcome, OutcomeUnknown, Result, TokenResult, Verb

_REFUSED = {Ending.ABORTED: Outcome.ABORTED, Ending.TIMED_OUT: Outcome.TIMED_OUT}
_NOT_STARTED = frozenset({Ending.BUSY, Ending.INOPERABLE, Ending.INVALID_REQUEST, Ending.BAD_KEY})


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked. ``verb`` None: to read a card. ``original``: the transaction that it is about, if known."""

    verb: Verb | None
    request_id: int
    order: str
    asked: Money
    original: str = ""

    def is_about(self, found: Transaction) -> bool:
        """Whether a transaction names this question."""
        return self.order in (found.order, found.description)


def judge_payment(profile: Profile, question: Question, found: Transaction | Refusal) -> Result:
    """Return the result of a money verb. Raises NotSent or OutcomeUnknown (module docstring)."""
    nothing = Money(0, question.asked.currency)
    if isinstance(found, Refusal):
        outcome, reason = _refusal(profile, question, found)
        return Result(outcome, nothing, question.request_id, reason=reason)
    _require_ours(profile, question, found)
    if found.state is State.FAILED:
        outcome, reason = _failure(profile, question, found.failure_code)
        return Result(
            outcome,
            nothing,
            question.request_id,
            reason=reason,
            card=found.card,
            stan=found.stan,
            at=found.at,
            receipts=found.receipts,
        )
    _require_success(profile, found)
    return Result(
        Outcome.APPROVED,
        _believable_amount(question, found),
        question.request_id,
        card=_card(found) if question.verb is Verb.AUTHORISE else found.card,
        handle=Handle(question.request_id, found.reference, stan=found.stan)
        if question.verb is Verb.AUTHORISE
        else None,
        stan=found.stan,
        at=found.at,
        receipts=found.receipts,
    )


def judge_token(profile: Profile, question: Question, found: Transaction | Refusal) -> TokenResult:
    """Return the card that was read. Raises NotSent or OutcomeUnknown; no money hangs on either."""
    if isinstance(found, Refusal):
        outcome, reason = _refusal(profile, question, found)
        return TokenResult(outcome, question.request_id, reason=reason)
    _require_ours(profile, question, found)
    if found.state is State.FAILED:
        outcome, reason = _failure(profile, question, found.failure_code)
        return TokenResult(outcome, question.request_id, reason=reason)
    _require_success(profile, found)
    return TokenResult(Outcome.APPROVED, question.request_id, card=_card(found))


def _require_ours(profile: Profile, question: Question, found: Transaction) -> None:
    kind = question.verb or "token"
    if found.type.lower() != getattr(profile.mapping.types, kind).lower():
        raise OutcomeUnknown("CCV told about another kind of transaction", reason="other_kind")
    if question.verb in (None, Verb.AUTHORISE):
        ours = found.order == question.order
    else:
        ours = question.original in ("", found.original) or not found.original
        ours = ours and found.description in ("", question.order)
    if not ours:
        raise OutcomeUnknown("CCV told about another request", reason="other_request")


def _require_success(profile: Profile, found: Transaction) -> None:
    if found.state is State.MANUAL:
        raise OutcomeUnknown("CCV says that a person must look: ask its help desk", reason="manual_intervention")
    if found.state is not State.APPROVED:
        raise OutcomeUnknown(f"the transaction has not ended: {found.word}", reason="pending")
    if found.test_system and not profile.test_mode:
        raise OutcomeUnknown("the terminal is a test system, the device record says it is not", reason="test_mode")


def _refusal(profile: Profile, question: Question, found: Refusal) -> tuple[Outcome, str]:
    """What an error means that came instead of a transaction: there is none."""
    ending = profile.mapping.ending_of(found.code) if found.code else Ending.INVALID_REQUEST
    if ending in _NOT_STARTED:
        raise NotSent(f"CCV did not start: {found.code or found.text}", reason=ending)
    return _failure(profile, question, found.code)


def _failure(profile: Profile, question: Question, code: str) -> tuple[Outcome, str]:
    """Outcome and reason of what has failed for certain. Nobody stands at the terminal for a capture or a refund."""
    ending = profile.mapping.ending_of(code)
    at_the_terminal = question.verb in (None, Verb.AUTHORISE)
    if ending is Ending.NEEDS_TERMINAL or (ending in _REFUSED and not at_the_terminal):
        return Outcome.DECLINED, Ending.NEEDS_TERMINAL
    return _REFUSED.get(ending, Outcome.DECLINED), code or "failed"


def _believable_amount(question: Question, found: Transaction) -> Money:
    if question.verb is Verb.RELEASE:  # always the whole: their answer may have its amount, ours is of nothing
        return Money(0, question.asked.currency)
    amount, asked = found.amount, question.asked
    if amount is None:
        raise OutcomeUnknown("approved without a readable amount and currency", reason="no_amount")
    if amount.currency != asked.currency:
        raise OutcomeUnknown("approved in another currency", reason="other_currency")
    believable = 0 < amount.amount <= asked.amount if question.verb is Verb.AUTHORISE else amount == asked
    if not believable:
        raise OutcomeUnknown(f"asked for {asked}, approved {amount}", reason="other_amount")
    return amount


def _card(found: Transaction) -> Card:
    if found.card is None:
        raise OutcomeUnknown("approved without a card token", reason="no_token")
    return found.card
