"""Finds an earlier request in CCV's list of transactions. It compares, and never guesses."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from moneyed import Money

from hardware.terminal.ccv import verdict
from hardware.terminal.ccv.conversation import Conversation
from hardware.terminal.ccv.mapping import State
from hardware.terminal.ccv.profile import Profile
from hardware.terminal.ccv.transactions import Transaction
from hardware.terminal.ccv.verdict import Question
from hardware.terminal.interface import NotSent, OutcomeUnknown, Recovered, TerminalError, Verb

_MOST_MISSED = 1000  # requests of which it is remembered since when they cannot be found


class Recovery:
    """Asks for what became of a request. That there is nothing is believed once it was so for a while: lists lag."""

    def __init__(
        self,
        conversation: Conversation,
        profile: Profile,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conversation = conversation
        self._profile = profile
        self._now = now
        self._clock = clock
        self._missed_since: dict[tuple[Verb | None, int], float] = {}

    def recover(self, question: Question) -> Recovered:
        """Return what became of it. Raises NotSent or OutcomeUnknown while that cannot be told."""
        found = [each for each in self._candidates(question) if question.is_about(each)]
        if not found:
            return self._missing(question)
        self._missed_since.pop((question.verb, question.request_id), None)
        alive = [each for each in found if each.state is not State.FAILED]
        if len(alive) > 1:
            raise OutcomeUnknown("CCV lists more than one transaction for it", reason="ambiguous")
        return Recovered(verdict.judge_payment(self._profile, question, (alive or found)[-1]))

    def capture_of(self, reference: str, question: Question) -> tuple[str, Money]:
        """Return the capture of an authorisation, and what of it was not given back by other questions.

        Raises NotSent when there is not exactly one, or when that cannot be found out.
        """
        types = self._profile.mapping.types
        try:
            captures = [each for each in self._children(reference, types.capture) if each.state is State.APPROVED]
            refunds = [each for one in captures for each in self._children(one.reference, types.refund)]
        except TerminalError as error:  # nothing but a list was asked for
            raise NotSent(f"the capture could not be looked up: {error}", reason=error.reason) from None
        amounts = [each.amount for each in refunds if each.state is not State.FAILED and not question.is_about(each)]
        if len(captures) != 1 or captures[0].amount is None or None in amounts:
            raise NotSent(f"CCV lists {len(captures)} captures of this authorisation", reason="no_capture")
        return captures[0].reference, captures[0].amount - sum(
            (each for each in amounts if each), captures[0].amount * 0
        )

    def _children(self, reference: str, kind: str) -> list[Transaction]:
        return [
            each
            for each in self._conversation.everything(originalReferences=reference, type=kind)
            if each.original == reference
        ]

    def _candidates(self, question: Question) -> list[Transaction]:
        assert question.verb is not None
        kind = getattr(self._profile.mapping.types, question.verb)
        if question.verb is Verb.AUTHORISE:
            return self._conversation.everything(merchantOrderReference=question.order, type=kind)
        since = self._now() - timedelta(days=self._profile.lookback_days)
        return self._conversation.everything(type=kind, method="terminal", createdAfter=int(since.timestamp() * 1000))

    def _missing(self, question: Question) -> Recovered:
        asked = (question.verb, question.request_id)
        if len(self._missed_since) >= _MOST_MISSED:
            self._missed_since.clear()
        since = self._missed_since.setdefault(asked, self._clock())
        if self._clock() - since < self._profile.timers.absent_after:
            raise OutcomeUnknown("CCV lists no such transaction yet", reason="not_listed")
        del self._missed_since[asked]
        return Recovered(None)
