"""Compares what the terminal remembers with what was asked (reference: chapters 9, 10 and 15). Pure.

A terminal can be asked two things: which holds are open, and what its last transaction was. Of the latter it tells our
request id where it echoes our reference; where it does not, this process knows which receipts it has heard of, and after a
restart the caller knows what was asked when, about which hold, and of which transactions it was told.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hardware.terminal.amounts import to_minor
from hardware.terminal.interface import OutcomeUnknown, Past, Recovered, Verb
from hardware.terminal.zvt.answer import Answer
from hardware.terminal.zvt.hold import Hold, read_handle
from hardware.terminal.zvt.profile import Profile
from hardware.terminal.zvt.verdict import Question, Told, judge_payment


@dataclass(frozen=True, slots=True)
class Pending:
    """The receipt numbers of open holds; ``complete`` when there are no others for certain."""

    receipts: frozenset[str] = frozenset()
    complete: bool = False


@dataclass(slots=True)
class Memory:
    """What this process knows of the requests it made itself. After a restart it knows nothing, and believes less."""

    request_id: int = 0
    sent_at: datetime | None = None  # when the last money command was sent
    hold: Hold | None = None  # what that was to settle
    heard: deque[tuple[str, str, int]] = field(default_factory=lambda: deque(maxlen=500))

    def sent(self, question: Question, at: datetime) -> None:
        self.request_id, self.sent_at, self.hold = question.request_id, at, question.hold

    def report(self, answer: Answer, request_id: int) -> None:
        """Remember that the caller was told of this transaction."""
        self.heard.append((answer.receipt, answer.trace, request_id))

    def request_of(self, answer: Answer) -> int | None:
        """Which request a transaction came of, None for one that nobody was told of."""
        known = {(receipt, trace): request_id for receipt, trace, request_id in self.heard}
        return known.get((answer.receipt, answer.trace))

    def knows_hold(self, receipt: str) -> bool:
        """Whether a hold is one that the caller was told of."""
        return any(receipt == each for each, _, _ in self.heard)


@dataclass(frozen=True, slots=True)
class Found:
    """What the terminal said: its open holds, and its last transaction, if it has one."""

    pending: Pending
    last: Told | None
    now: datetime


def hold_of(past: Past | None) -> Hold | None:
    """The hold that a request was to settle, by the caller's word."""
    try:
        return read_handle(past.handle) if past and past.handle else None
    except ValueError:  # another terminal's, before the record was changed
        return None


def judge(profile: Profile, question: Question, found: Found, memory: Memory, past: Past | None = None) -> Recovered:
    """Return what became of ``question``. Raises OutcomeUnknown while that cannot be told for certain.

    ``question.hold`` is filled in from ``memory`` where that was the last request of this process, otherwise from
    ``past``: what the caller knows of it.
    """
    answer = found.last.answer(profile) if found.last else None
    if answer and answer.code is None and not answer.receipt:
        raise OutcomeUnknown("the last transaction cannot be read", reason="garbled")
    if found.last and answer and _is_ours(profile, question, answer, found, memory, past):
        if question.verb is Verb.AUTHORISE and _is_gone(answer, found.pending):
            if not _holds_no_other(found.pending, memory):  # one of the others may be it
                raise OutcomeUnknown("the terminal holds another receipt than it tells", reason="other_request")
            return Recovered(None)  # it was held, and the terminal has reversed it
        return Recovered(judge_payment(profile, question, found.last, found.now))
    if _is_not_done(profile, question, answer, found.pending, memory):
        return Recovered(None)
    raise OutcomeUnknown("the terminal cannot tell what became of it", reason="other_request")


def _is_ours(
    profile: Profile, question: Question, answer: Answer, found: Found, memory: Memory, past: Past | None
) -> bool:
    """Whether the last transaction is the one in question."""
    named = _named(answer, memory)
    if named:
        return named == str(question.request_id)
    if memory.request_id == question.request_id:
        asked_at = memory.sent_at
    else:
        asked_at = past.asked_at if past and _fits(profile, question, answer, past) else None
    at, tolerance = answer.at(found.now, profile.time_zone), timedelta(seconds=profile.clock_tolerance)
    if asked_at is None or at is None or not asked_at - tolerance <= at <= found.now + tolerance:
        return False
    return question.verb is Verb.RELEASE or answer.amount == to_minor(question.asked)


def _fits(profile: Profile, question: Question, answer: Answer, past: Past) -> bool:
    """Whether a transaction is one that the caller was not told of, and names the hold that was to be settled.

    Currency, amount and time are compared as well. Two requests at a time there are not, so it can be no other.
    """
    hold = question.hold
    if not answer.trace or answer.trace in past.told or (hold and answer.trace == hold.trace):
        return False
    if question.verb not in (Verb.CAPTURE, Verb.RELEASE):
        return True
    if hold is None:
        return False
    by_receipt = profile.booking_keeps_receipt and answer.receipt == hold.receipt
    return by_receipt or bool(hold.trace and int(answer.original or 0) == int(hold.trace))


def _is_not_done(profile: Profile, question: Question, answer: Answer | None, pending: Pending, memory: Memory) -> bool:
    """Whether it is certain that nothing was done."""
    if question.verb is Verb.AUTHORISE and _holds_no_other(pending, memory):
        return True
    if question.verb in (Verb.CAPTURE, Verb.RELEASE) and question.hold and question.hold.receipt in pending.receipts:
        return True  # what was to be settled is still open
    named = _named(answer, memory) if answer else ""
    return profile.another_means_not_done and named not in ("", str(question.request_id))


def _named(answer: Answer, memory: Memory) -> str:
    """The request id of a transaction, an empty text where nobody knows it."""
    known = memory.request_of(answer)
    return answer.reference or (str(known) if known is not None else "")


def _holds_no_other(pending: Pending, memory: Memory) -> bool:
    """Whether every hold that is open is an older one, for certain."""
    return pending.complete and all(map(memory.knows_hold, pending.receipts))


def _is_gone(answer: Answer, pending: Pending) -> bool:
    return pending.complete and answer.code == 0 and answer.receipt not in pending.receipts
