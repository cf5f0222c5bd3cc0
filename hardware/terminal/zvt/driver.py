"""The ZVT driver: the verbs of a payment terminal over RS232 or TCP.

Commands are in ``requests.py``, the dialogue in ``dialogue.py``, line and registration in ``conversation.py``, belief in
``verdict.py`` and ``recovery.py``, what differs between terminals in ``profile.py``. ZVT has no idempotency key: ``key``
stays with the caller, and nothing that moves money is ever sent twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from uuid import UUID

from moneyed import Money

from hardware.terminal.interface import (
    Capability,
    Closing,
    Handle,
    NotSent,
    Outcome,
    Past,
    Reason,
    Recovered,
    Result,
    Status,
    TokenResult,
    Trace,
    Verb,
)
from hardware.terminal.zvt import codes, recovery, requests, verdict, words
from hardware.terminal.zvt.conversation import Conversation
from hardware.terminal.zvt.dialogue import Ends
from hardware.terminal.zvt.health import Health
from hardware.terminal.zvt.hold import Hold, read_handle
from hardware.terminal.zvt.link import Link
from hardware.terminal.zvt.maintenance import Maintenance
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.profile import Booking, Profile, Release
from hardware.terminal.zvt.recovery import Found, Memory
from hardware.terminal.zvt.verdict import Question

_LINE = 25.0  # seconds to connect, or to send one block three times and hear nothing


class ZvtTerminal:
    """A terminal behind a ``Link``. Implements ``PaymentTerminal``. The clocks are handed in."""

    recovers_only_the_last = True

    def __init__(
        self,
        link: Link,
        profile: Profile | None = None,
        trace: Trace | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._profile = profile or Profile()
        self._clock = clock
        self._now = now
        self._conversation = Conversation(link, self._profile, trace, clock=clock)
        self._health = Health(self._conversation)
        self._memory = Memory()
        self._stopped = threading.Event()  # abort was called since the verb began
        self.maintenance = Maintenance(self._conversation, self._health)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._conversation.terminal_id})"

    @property
    def capabilities(self) -> AbstractSet[Capability]:
        """Without TLV no card can be told from another, so there is nothing that a kiosk could do."""
        profile, tlv = self._profile, self._conversation.tlv
        always = {Capability.CAPTURE, Capability.RELEASE, Capability.STATUS, Capability.ABORT, Capability.DISPLAY_TEXT}
        return frozenset(
            always
            | {Capability.END_OF_DAY}
            | ({Capability.AUTHORISE} if profile.pre_authorisation and tlv else set())
            | ({Capability.READ_TOKEN} if tlv else set())
            | ({Capability.REFUND} if profile.refund else set())
            | ({Capability.RECOVER} if profile.recover else set())
        )

    @property
    def longest_wait(self) -> float:
        """The slowest verb: waiting its turn, registering, and one command that asks for patience until the very end."""
        timers = self._profile.timers
        registering = 2 * (_LINE + timers.answer + timers.completion)
        return timers.answer + registering + _LINE + timers.hard + max(timers.card, 2 * timers.answer)

    @property
    def closes_over_holds(self) -> bool:
        return self._profile.end_of_day_is_harmless

    def authorise(self, *, request_id: int, key: UUID, amount: Money, language: str) -> Result:
        self._require(Capability.AUTHORISE)
        _above_zero(amount)
        return self._payment(
            Question(Verb.AUTHORISE, request_id, amount),
            lambda tlv: requests.pre_authorisation(self._profile, request_id, amount, language, tlv=tlv),
        )

    def read_token(self, *, request_id: int, language: str) -> TokenResult:
        """Wait for a card in slices, in between which the terminal is free for bookings."""
        self._require(Capability.READ_TOKEN)
        self._stopped.clear()
        timers = self._profile.timers
        until = self._clock() + timers.card
        while True:
            began = self._clock()
            seconds = max(1, int(min(timers.card_slice, until - began)))
            told = self._conversation.ask(
                lambda tlv, seconds=seconds: requests.read_card(self._profile, seconds, tlv=tlv),  # type: ignore[misc]
                ends=Ends.STATUS,
                answer=seconds,
            )
            result = verdict.judge_token(self._profile, request_id, told)
            if result.outcome is not Outcome.TIMED_OUT:
                return result
            now = self._clock()
            if self._stopped.is_set():
                return TokenResult(Outcome.ABORTED, request_id, reason=result.reason)
            if now - began < seconds - 1 or until - now < 1:  # not by its own time limit, or ours is over
                return result

    def capture(self, *, request_id: int, key: UUID, amount: Money, handle: Handle, reason: Reason) -> Result:
        """Book what was used. More than is held is refused here: a partial reversal could not even say it."""
        _above_zero(amount)
        hold = _hold(handle)
        question = Question(Verb.CAPTURE, request_id, amount, hold)
        if amount.currency != hold.money.currency or amount > hold.money:
            return _refused(question, "more than is held, or another currency")
        if self._profile.booking is Booking.BOOK_TOTAL:
            return self._payment(
                question, lambda tlv: requests.book_total(self._profile, request_id, hold, amount, tlv=tlv)
            )
        return self._payment(
            question,
            lambda tlv: requests.partial_reversal(self._profile, request_id, hold, hold.money - amount, tlv=tlv),
        )

    def release(self, *, request_id: int, key: UUID, currency: str, handle: Handle, reason: Reason) -> Result:
        """Give the whole hold back; by 06 23 where the terminal does not know 06 25."""
        hold = _hold(handle)
        question = Question(Verb.RELEASE, request_id, Money(0, currency), hold)
        if self._profile.release is Release.REVERSAL:
            try:
                return self._payment(question, lambda tlv: requests.release(self._profile, request_id, hold, tlv=tlv))
            except codes.Unbegun as refusal:
                if refusal.code != codes.UNSUPPORTED:
                    raise
        return self._payment(
            question, lambda tlv: requests.partial_reversal(self._profile, request_id, hold, hold.money, tlv=tlv)
        )

    def refund(self, *, request_id: int, key: UUID, amount: Money, handle: Handle) -> Result:
        self._require(Capability.REFUND)
        _above_zero(amount)
        hold = _hold(handle)
        return self._payment(
            Question(Verb.REFUND, request_id, amount, hold),
            lambda tlv: requests.refund(self._profile, request_id, hold, amount, tlv=tlv),
        )

    def recover(self, *, request_id: int, verb: Verb, amount: Money, past: Past | None = None) -> Recovered:
        """Ask how the terminal is, what its last transaction was, and which holds are open; and compare."""
        self._require(Capability.RECOVER)
        code = self._health.ask()
        if code == codes.BUSY:
            raise NotSent("the terminal is still at it", reason="busy")
        asked = Money(0, amount.currency) if verb is Verb.RELEASE else amount
        hold = self._memory.hold if self._memory.request_id == request_id else recovery.hold_of(past)
        last = self.maintenance.last_transaction()
        found = Found(self.maintenance.pending(), last, self._now())
        recovered = recovery.judge(self._profile, Question(verb, request_id, asked, hold), found, self._memory, past)
        if recovered.result and found.last:
            self._memory.report(found.last.answer(self._profile), request_id)
        return recovered

    def end_of_day(self, *, request_id: int) -> Closing:
        """06 50. With open holds only where the profile says that it leaves them alone."""
        if not self._profile.end_of_day_is_harmless:
            pending = self.maintenance.pending()
            if pending.receipts or not pending.complete:
                raise NotSent("pre-authorisations are open, or may be", reason="holds_open")
        told = self._conversation.ask(lambda tlv: requests.with_password(requests.END_OF_DAY, self._profile))
        return verdict.judge_closing(self._profile, told)

    def status(self) -> Status:
        return self._health.status()

    def abort(self) -> None:
        """Raises NotSent or OutcomeUnknown when the wish itself may not have arrived."""
        self._stopped.set()
        self._conversation.abort()

    def display_text(self, *, language: str) -> str:
        """What the terminal says while this process talks to it; it is told to nobody else."""
        running = self._conversation.running
        shown = running.display if running else None
        return words.display_text(shown, self._profile, language) if shown else ""

    def close(self) -> None:
        self._conversation.close()

    def _require(self, capability: Capability) -> None:
        if capability not in self.capabilities:
            raise NotSent(f"{capability} is switched off in the device record, or needs TLV", reason="unsupported")

    def _payment(self, question: Question, build: Callable[[bool], Message]) -> Result:
        _check(build, self._conversation.tlv)
        self._memory.sent(question, self._now())
        told = self._conversation.ask(build)
        result = verdict.judge_payment(self._profile, question, told, self._now())
        self._memory.report(told.answer(self._profile), question.request_id)
        return result


def _check(build: Callable[[bool], Message], tlv: bool) -> None:
    """Raise NotSent for what cannot be said, before the terminal hears anything."""
    try:
        build(tlv).encode()
    except ValueError as error:
        raise NotSent(str(error), reason="invalid_request") from None


def _hold(handle: Handle) -> Hold:
    try:
        return read_handle(handle)
    except ValueError as error:
        raise NotSent(str(error), reason="invalid_request") from None


def _above_zero(amount: Money) -> None:
    if amount.amount <= 0:
        raise NotSent("the amount must be above zero", reason="invalid_request")


def _refused(question: Question, reason: str) -> Result:
    return Result(Outcome.DECLINED, Money(0, question.asked.currency), question.request_id, reason=reason)
