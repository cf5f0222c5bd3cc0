"""The driver of the CCV Payment API: the verbs of a payment terminal through CCV's cloud.

Requests are in ``bodies.py``, answers in ``transactions.py``, belief in ``verdict.py``, repeating and waiting in ``conversation.py``, the wire in
``transport.py``. The API documents no call that closes a terminal's day.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import TypeVar
from uuid import UUID

from moneyed import Money

from hardware.terminal.ccv import bodies, keys, verdict
from hardware.terminal.ccv.conversation import Conversation
from hardware.terminal.ccv.profile import Profile
from hardware.terminal.ccv.record import Address
from hardware.terminal.ccv.recovery import Recovery
from hardware.terminal.ccv.transactions import Refusal, Transaction
from hardware.terminal.ccv.transport import Transport
from hardware.terminal.ccv.verdict import Question
from hardware.terminal.ccv.watch import Watch
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

Built = TypeVar("Built", bound=bytes | str)


class CcvTerminal:
    """The terminal that ``address`` names, through CCV's cloud. Implements ``PaymentTerminal``.

    Raises ValueError for a profile whose key cannot be had, or is not meant for this host.
    """

    def __init__(
        self,
        address: Address,
        profile: Profile,
        trace: Trace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address, self._profile = address, profile
        key = keys.read_key(profile)
        self.access = keys.access(profile, key, address.host)
        self._transport = Transport(address.base_url, profile, key, trace)
        self._conversation = Conversation(self._transport, profile, clock)
        self._recovery = Recovery(self._conversation, profile, clock=clock)
        self._doing = 0
        self._watch = Watch(self._conversation, profile, address.terminal_id, self.access, clock)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._address.host}, {self._address.terminal_id})"

    @property
    def capabilities(self) -> AbstractSet[Capability]:
        abilities = self._profile.abilities
        able = {Capability.AUTHORISE, Capability.CAPTURE, Capability.RELEASE, Capability.STATUS}
        able |= {each for each in Capability if getattr(abilities, each, False)}
        return frozenset(able)

    @property
    def longest_wait(self) -> float:
        """The slowest verb: every try and pause before something begins, the longest wait, and one more look."""
        timers = self._profile.timers
        pauses = self._profile.repeat_pauses + self._profile.throttle_pauses
        exchanges = len(pauses) + 3
        waiting = max(timers.cardholder, timers.settle) + timers.poll_longest
        return exchanges * (timers.connect + 2 * timers.answer) + sum(pauses) + waiting

    @property
    def recovers_only_the_last(self) -> bool:
        return False

    def hint(self) -> None:
        """Something may have changed at CCV: look now rather than later."""
        self._conversation.hint()

    @property
    def closes_over_holds(self) -> bool:
        return False

    def authorise(self, *, request_id: int, key: UUID, amount: Money, language: str) -> Result:
        _above_zero(amount)
        question = self._question(Verb.AUTHORISE, request_id, amount)
        body = _build(
            lambda: bodies.payment_request(
                self._profile, self._address.terminal_id, request_id, amount=amount, language=language
            )
        )
        found = self._carry_out(self._profile.mapping.paths.payment, body, key, self._profile.timers.cardholder)
        return verdict.judge_payment(self._profile, question, found)

    def read_token(self, *, request_id: int, language: str) -> TokenResult:
        """Ask for a card (inferred). Sent once: nothing says that this call knows an ``Idempotency-Reference``."""
        self._require(Capability.READ_TOKEN)
        question = self._question(None, request_id, Money(0, "EUR"))
        body = _build(
            lambda: bodies.token_request(self._profile, self._address.terminal_id, request_id, language=language)
        )
        found = self._carry_out(self._profile.mapping.paths.token, body, None, self._profile.timers.cardholder)
        return verdict.judge_token(self._profile, question, found)

    def capture(self, *, request_id: int, key: UUID, amount: Money, handle: Handle, reason: Reason) -> Result:
        """Take ``amount``; CCV frees the rest by itself. The API has no place for the reason."""
        _above_zero(amount)
        return self._settle(Verb.CAPTURE, request_id, key, amount, handle.reference)

    def release(self, *, request_id: int, key: UUID, currency: str, handle: Handle, reason: Reason) -> Result:
        """Reverse the authorisation. The API has no place for the reason."""
        return self._settle(Verb.RELEASE, request_id, key, Money(0, currency), handle.reference)

    def refund(self, *, request_id: int, key: UUID, amount: Money, handle: Handle) -> Result:
        """Give back of what was captured: CCV refunds captures, so the capture of this authorisation is looked up first."""
        self._require(Capability.REFUND)
        _above_zero(amount)
        question = self._question(Verb.REFUND, request_id, amount)
        reference, left = self._recovery.capture_of(handle.reference, question)
        if amount.currency != left.currency:  # the request has no place for it
            raise NotSent("the capture is in another currency", reason="invalid_request")
        if amount > left:  # CCV would give back up to 120 %
            return Result(Outcome.DECLINED, Money(0, amount.currency), request_id, reason="above_captured")
        return self._settle(Verb.REFUND, request_id, key, amount, reference)

    def recover(self, *, request_id: int, verb: Verb, amount: Money, past: Past | None = None) -> Recovered:
        self._require(Capability.RECOVER)
        return self._recovery.recover(self._question(verb, request_id, amount))

    def end_of_day(self, *, request_id: int) -> Closing:
        """The API has none: CCV closes the day by itself."""
        raise NotSent("the Payment API has no end of day: CCV closes it by itself", reason="unsupported")

    def status(self) -> Status:
        """As far as the cloud tells: whether it is there, takes the key, and has something under way at the terminal."""
        return self._watch.status(busy=bool(self._doing))

    def abort(self) -> None:
        """Raises NotSent or OutcomeUnknown when the wish itself may not have arrived."""
        self._require(Capability.ABORT)
        under_way = self._watch.under_way()
        if not under_way:
            raise NotSent("nothing waits for a card", reason="refused_abort")
        for each in under_way:
            self._conversation.void(each.reference)

    def display_text(self, *, language: str) -> str:
        """What the terminal shows, in the language of the transaction under way; empty when that cannot be told."""
        return self._watch.text() if Capability.DISPLAY_TEXT in self.capabilities else ""

    def close(self) -> None:
        self._transport.close()

    def _settle(self, verb: Verb, request_id: int, key: UUID, amount: Money, reference: str) -> Result:
        paths = self._profile.mapping.paths
        question = self._question(verb, request_id, amount, reference)
        body = _build(
            lambda: bodies.settle_request(
                self._profile,
                self._address.terminal_id,
                request_id,
                reference=reference,
                amount=None if verb is Verb.RELEASE else amount,
            )
        )
        path = {Verb.CAPTURE: paths.capture, Verb.RELEASE: paths.reversal, Verb.REFUND: paths.refund}[verb]
        found = self._carry_out(path, body, key, self._profile.timers.settle)
        return verdict.judge_payment(self._profile, question, found)

    def _carry_out(self, path: str, body: bytes, key: UUID | None, patience: float) -> Transaction | Refusal:
        self._doing += 1
        try:
            return self._conversation.carry_out(path, body, key, patience)
        finally:
            self._doing -= 1

    def _question(self, verb: Verb | None, request_id: int, asked: Money, original: str = "") -> Question:
        order = _build(lambda: bodies.order_reference(self._address.terminal_id, request_id))
        return Question(verb, request_id, order, asked, original)

    def _require(self, capability: Capability) -> None:
        if capability not in self.capabilities:
            raise NotSent(f"{capability} is switched off in the device record", reason="unsupported")


def _build(build: Callable[[], Built]) -> Built:
    try:
        return build()
    except ValueError as error:
        raise NotSent(str(error), reason="invalid_request") from None


def _above_zero(amount: Money) -> None:
    if amount.amount <= 0:
        raise NotSent("the amount must be above zero", reason="invalid_request")
