"""Decides what the end of a command is worth: a result, ``NotSent``, or ``OutcomeUnknown``. Pure.

An approval is believed only when it fits what was asked. Everything else that came from a terminal which may have moved
money is an unknown outcome, however friendly it looks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from moneyed import Money

from hardware.terminal.amounts import from_minor
from hardware.terminal.interface import (
    Closing,
    Outcome,
    OutcomeUnknown,
    Receipts,
    Result,
    TokenResult,
    Verb,
)
from hardware.terminal.zvt import codes, receipts
from hardware.terminal.zvt.answer import Answer, read_answer
from hardware.terminal.zvt.dialogue import Aborted, Completed, End, Refused
from hardware.terminal.zvt.encodings import read_text
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.flags import Config
from hardware.terminal.zvt.hold import Hold, hold_of
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.profile import Booking, Profile, Reported
from hardware.terminal.zvt.results import result_meaning
from hardware.terminal.zvt.totals import read_totals

_EXTENDED_TEXT = 0x1F17


@dataclass(frozen=True, slots=True)
class Told:
    """All that the terminal said about one command that came to an end (never ``Broken``)."""

    end: End
    results: tuple[Message, ...] = ()
    receipts: Receipts = field(default_factory=Receipts)
    aborted: bool = False  # by us

    @property
    def last_words(self) -> str:
        """The terminal's own text for why it aborted."""
        if not isinstance(self.end, Aborted):
            return ""
        return read_text(self.end.message.object_value(_EXTENDED_TEXT) or b"", "utf-8").strip()

    def answer(self, profile: Profile) -> Answer:
        """The status informations together. Raises OutcomeUnknown for ones that cannot be read."""
        try:
            return read_answer(self.results, profile)
        except ZvtError as error:
            raise OutcomeUnknown(f"the answer cannot be read: {error.text}", reason="garbled") from None


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked. ``hold`` is what it settles; unknown for an authorisation, and in recovery after a restart."""

    verb: Verb
    request_id: int
    asked: Money
    hold: Hold | None = None


def judge_payment(profile: Profile, question: Question, told: Told, now: datetime) -> Result:
    """Return the result of a money verb. Raises NotSent or OutcomeUnknown (module docstring)."""
    check_begun(told)
    answer = told.answer(profile)
    if answer.reference and answer.reference != str(question.request_id):
        raise OutcomeUnknown("the terminal answered another request", reason="other_request")
    outcome, reason = _outcome(told, answer)
    approved = outcome is Outcome.APPROVED
    result = Result(
        outcome=outcome,
        amount=Money(0, question.asked.currency),
        request_id=question.request_id,
        reason=reason,
        card=answer.card,
        stan=answer.trace,
        at=answer.at(now, profile.time_zone),
        receipts=told.receipts,
    )
    if not approved:
        return result
    if not profile.test_mode and _is_test_system(profile, told.receipts):
        raise OutcomeUnknown("the terminal is a test system, the device record says it is not", reason="test_mode")
    result = replace(result, amount=_believable_amount(profile, question, answer))
    if question.verb is Verb.AUTHORISE:
        result = replace(result, handle=_hold(result.amount, answer).handle(question.request_id))
    return result if profile.config & Config.PRINT_LINES else replace(result, receipts=receipts.made_of(result))


def judge_token(profile: Profile, request_id: int, told: Told) -> TokenResult:
    """Return the card that was read. Raises NotSent or OutcomeUnknown; no money hangs on either."""
    check_begun(told)
    answer = told.answer(profile)
    outcome, reason = _outcome(told, _taken_for_done(told, answer))
    if outcome is not Outcome.APPROVED:
        return TokenResult(outcome, request_id, reason=reason)
    if answer.card is None:
        raise OutcomeUnknown("the terminal does not identify the card", reason="no_token")
    return TokenResult(outcome, request_id, card=answer.card)


def judge_closing(profile: Profile, told: Told) -> Closing:
    """Return how an end of day ended, and the totals. Raises OutcomeUnknown."""
    outcome, reason = _outcome(told, _taken_for_done(told, told.answer(profile)))
    count, total = read_totals(told.results) if outcome is Outcome.APPROVED else (None, None)
    return Closing(outcome, reason=reason, receipts=told.receipts, count=count, total=total)


def check_begun(told: Told) -> None:
    """Raise ``codes.Unbegun`` for a command that the terminal did not begin."""
    end = told.end
    if isinstance(end, Refused):
        raise codes.Unbegun(end.code)
    if isinstance(end, Aborted) and not told.results and end.code in codes.NOT_STARTED:
        raise codes.Unbegun(end.code)


def _taken_for_done(told: Told, answer: Answer) -> Answer:
    """Where no money hangs on it, an end without a result code is a good one."""
    return replace(answer, code=answer.code or 0) if isinstance(told.end, Completed) else replace(answer, code=None)


def _outcome(told: Told, answer: Answer) -> tuple[Outcome, str]:
    """The outcome, and for a refusal its reason."""
    end, code = told.end, answer.code
    if isinstance(end, Completed):
        if code is None:
            raise OutcomeUnknown("the terminal ended without a result", reason="no_result")
        if code == 0:
            return Outcome.APPROVED, ""
    else:
        assert isinstance(end, Aborted)
        if code == 0:
            raise OutcomeUnknown("the terminal approved and then aborted", reason="contradiction")
        code = end.code
    text = answer.text or told.last_words
    reason = " ".join(filter(None, (f"{code:02X} {result_meaning(code)}", text)))[:120]
    if code != codes.CANCELLED:
        return Outcome.DECLINED, reason
    return Outcome.ABORTED if told.aborted or codes.tells_cancel(text) else Outcome.TIMED_OUT, reason


def _believable_amount(profile: Profile, question: Question, answer: Answer) -> Money:
    asked, hold = question.asked, question.hold
    if answer.currency and answer.currency != str(asked.currency.numeric):
        raise OutcomeUnknown("approved in another currency", reason="other_currency")
    if hold and not _settles(profile, hold, answer):
        raise OutcomeUnknown("the terminal settled another transaction", reason="other_request")
    if answer.amount is None and question.verb is not Verb.RELEASE:
        raise OutcomeUnknown("approved without an amount", reason="no_amount")
    amount = from_minor(answer.amount or 0, asked.currency.code)
    if profile.reported is Reported.RELEASED and profile.booking is Booking.PARTIAL_REVERSAL and hold:
        amount = hold.money - amount if question.verb is Verb.CAPTURE else amount
    if not _FITS[question.verb](amount, question):
        raise OutcomeUnknown(f"asked for {asked}, approved {amount}", reason="other_amount")
    return Money(0, asked.currency) if question.verb is Verb.RELEASE else amount


def _is_test_system(profile: Profile, printed: Receipts) -> bool:
    return any(mark in line for mark in profile.test_marks for line in (*printed.customer, *printed.merchant))


def _settles(profile: Profile, hold: Hold, answer: Answer) -> bool:
    """Whether an answer is about this hold, as far as it says."""
    same_receipt = not profile.booking_keeps_receipt or answer.receipt in ("", hold.receipt)
    original, trace = int(answer.original or 0), int(hold.trace or 0)
    return same_receipt and (not original or not trace or original == trace)


#: Of a release the terminal tells what it gave back, or that nothing is left.
_FITS: dict[Verb, Callable[[Money, Question], bool]] = {
    Verb.AUTHORISE: lambda amount, question: 0 < amount.amount <= question.asked.amount,
    Verb.CAPTURE: lambda amount, question: bool(amount == question.asked),
    Verb.REFUND: lambda amount, question: bool(amount == question.asked),
    Verb.RELEASE: lambda amount, question: not amount or question.hold is None or bool(amount == question.hold.money),
}


def _hold(amount: Money, answer: Answer) -> Hold:
    if not answer.receipt:
        raise OutcomeUnknown("approved without a receipt number to settle it with", reason="no_reference")
    if answer.card is None:
        raise OutcomeUnknown("approved without a card token", reason="no_token")
    assert answer.amount is not None
    return hold_of(answer, answer.amount, amount.currency.code)
