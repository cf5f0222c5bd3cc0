"""The OPI-NL driver: the verbs of a payment terminal over XML on two TCP channels.

Messages are in ``messages.py`` and ``device.py``, the dialogue in ``dialogue.py``, the wire in ``transport.py``, belief in
``verdict.py`` and ``recovery.py``, what is inferred in ``mapping.py``. OPI has no idempotency key: the request id alone
names an operation, and ``key`` stays with the caller.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any
from uuid import UUID

from moneyed import Money

from hardware.terminal.interface import (
    Capability,
    Closing,
    Handle,
    NotSent,
    Past,
    Readiness,
    Reason,
    Recovered,
    Result,
    Status,
    TokenResult,
    Trace,
    Verb,
)
from hardware.terminal.opi import recovery, values, verdict
from hardware.terminal.opi.asking import Asking
from hardware.terminal.opi.dialogue import Limits
from hardware.terminal.opi.errors import OpiError
from hardware.terminal.opi.maintenance import Maintenance
from hardware.terminal.opi.messages import Request
from hardware.terminal.opi.profile import Profile
from hardware.terminal.opi.recovery import Memory, Named, Ticket
from hardware.terminal.opi.status import Health
from hardware.terminal.opi.transport import WRITE, Transport
from hardware.terminal.opi.verdict import Heard
from hardware.terminal.opi.words import ABORT, CLOSE_DAY, REPEAT, Kind, Meaning


class OpiTerminal:
    """A terminal that listens for OPI on ``host`` and ``port``. Implements ``PaymentTerminal``.

    ``clocks`` are the clocks of ``Asking``: ``clock``, ``now`` and ``pause``.
    """

    recovers_only_the_last = True

    def __init__(
        self, host: str, port: int, profile: Profile | None = None, trace: Trace | None = None, **clocks: Any
    ) -> None:
        self._profile = profile or Profile()
        self._clock: Callable[[], float] = clocks.get("clock", time.monotonic)
        self._transport = Transport(host, port, self._profile, self._clock)
        self._asking = Asking(self._transport, self._profile, trace, **clocks)
        self._memory = Memory()
        self._health = Health(self._asking, self._clock)
        self.maintenance = Maintenance(self._asking)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport!r})"

    @property
    def capabilities(self) -> AbstractSet[Capability]:
        able = self._profile.abilities
        reserved = {Capability.AUTHORISE, Capability.CAPTURE, Capability.RELEASE}
        always = {Capability.STATUS, Capability.ABORT, Capability.DISPLAY_TEXT}
        return frozenset(
            always
            | (reserved if able.pre_authorisation else set())
            | ({Capability.READ_TOKEN} if able.read_token else set())
            | ({Capability.REFUND} if able.refund else set())
            | ({Capability.RECOVER} if able.recover else set())
            | ({Capability.END_OF_DAY} if able.end_of_day else set())
        )

    @property
    def longest_wait(self) -> float:
        """The slowest verb: left alone after a refusal, then refused for a reprint at the very end."""
        timers = self._profile.timers
        return timers.unavailable_pause + timers.connect + timers.hard + WRITE + self._asking.longest_reprint

    @property
    def closes_over_holds(self) -> bool:
        return False

    def authorise(self, *, request_id: int, key: UUID, amount: Money, language: str) -> Result:
        self._require(Capability.AUTHORISE)
        _above_zero(amount)
        word = self._profile.languages.get(language[:2].lower(), self._profile.fallback_language)
        return self._payment(Verb.AUTHORISE, request_id, amount, amount=amount, language=word, wants_token=True)

    def read_token(self, *, request_id: int, language: str) -> TokenResult:
        self._require(Capability.READ_TOKEN)
        word = self._profile.languages.get(language[:2].lower(), self._profile.fallback_language)
        request_type = self._profile.mapping.request_types.token
        heard = self._ask(Kind.CARD, request_type, request_id, language=word, wants_token=True)
        return verdict.judge_token(self._profile, request_id=request_id, heard=heard)

    def capture(self, *, request_id: int, key: UUID, amount: Money, handle: Handle, reason: Reason) -> Result:
        self._require(Capability.CAPTURE)
        _above_zero(amount)
        code = self._profile.mapping.reason_codes[reason]
        return self._payment(
            Verb.CAPTURE, request_id, amount, amount=amount, reference=handle.reference, reason_code=code
        )

    def release(self, *, request_id: int, key: UUID, currency: str, handle: Handle, reason: Reason) -> Result:
        """Release the whole hold: an advice of zero that says why (reference chapter 4.9), or what the mapping says."""
        self._require(Capability.RELEASE)
        types, nothing = self._profile.mapping.request_types, Money(0, currency)
        advice: dict[str, Any] = {"amount": nothing, "reason_code": self._profile.mapping.reason_codes[reason]}
        more = advice if types.release == types.capture else {}  # a reversal names the transaction, and no amount
        return self._payment(Verb.RELEASE, request_id, nothing, reference=handle.reference, **more)

    def refund(self, *, request_id: int, key: UUID, amount: Money, handle: Handle) -> Result:
        self._require(Capability.REFUND)
        _above_zero(amount)
        return self._payment(Verb.REFUND, request_id, amount, amount=amount, reference=handle.reference)

    def recover(self, *, request_id: int, verb: Verb, amount: Money, past: Past | None = None) -> Recovered:
        """Ask for the last message again, and for the last ticket where that does not settle it.

        Give the terminal about four seconds after the failure (reference: chapter 4.7).
        """
        self._require(Capability.RECOVER)
        asked = Money(0, amount.currency) if verb is Verb.RELEASE else amount
        self._health.doubt()
        repeated = self._asking.housekeeping(Kind.CARD, REPEAT)
        about = recovery.named(self._profile, repeated, request_id, self._memory)
        if about is Named.OURS and repeated.meaning(self._profile) is not Meaning.REPRINT_REQUIRED:
            found = recovery.judge_repeated(self._profile, verb, request_id=request_id, asked=asked, repeated=repeated)
            self._memory.report(repeated)
            return found
        if recovery.proves_nothing_done(self._profile, repeated, about):
            return Recovered(None)
        heard = self._asking.reprint()
        ticket = Ticket(heard, repeated, about, self._memory, self._asking.now())
        result = recovery.judge_ticket(self._profile, verb, request_id=request_id, asked=asked, ticket=ticket)
        self._memory.report(heard)
        return Recovered(result)

    def end_of_day(self, *, request_id: int) -> Closing:
        """Close the day: stored transactions reach the acquirer, and the counters begin anew."""
        self._require(Capability.END_OF_DAY)
        heard = self._ask(Kind.SERVICE, CLOSE_DAY, request_id)
        return verdict.judge_closing(self._profile, heard=heard)

    def status(self) -> Status:
        return self._health.status()

    def abort(self) -> None:
        """Raises NotSent or OutcomeUnknown when the wish itself may not have arrived.

        Never while the terminal is free: a stray abort can make it unavailable (reference: chapter 4.7).
        """
        if self._asking.running is None and self._health.ask().readiness is Readiness.READY:
            raise NotSent("the terminal does nothing that could be aborted", reason="nothing_running")
        heard = self._asking.beside(self._asking.request(Kind.CARD, ABORT), self._profile.timers.abort)
        if heard.meaning(self._profile) is not Meaning.APPROVED:
            word = values.short(heard.response.result)
            raise NotSent(f"the terminal did not abort: {word}", reason="refused_abort")

    def display_text(self, *, language: str) -> str:
        """The text on the screen while this process talks to the terminal; it is told to nobody else."""
        running = self._asking.running
        return running.desk.screen if running else ""

    def close(self) -> None:
        """Nothing is held open between dialogues."""

    def _require(self, capability: Capability) -> None:
        if capability not in self.capabilities:
            raise NotSent(f"{capability} is switched off in the device record", reason="unsupported")

    def _payment(self, verb: Verb, request_id: int, asked: Money, **content: Any) -> Result:
        request_type: str = getattr(self._profile.mapping.request_types, verb)
        heard = self._ask(Kind.CARD, request_type, request_id, **content)
        result = verdict.judge_payment(self._profile, verb, request_id=request_id, asked=asked, heard=heard)
        self._memory.report(heard)
        return result

    def _ask(self, kind: Kind, request_type: str, request_id: int, **content: Any) -> Heard:
        """Hold the dialogue of one operation; what its refusal asks for is done before the caller hears of it."""
        timers = self._profile.timers
        request: Request = self._asking.request(kind, request_type, _number(request_id))
        dialogue = self._asking.dialogue(replace(request, **content), Limits(timers.idle, timers.hard))
        self._memory.sent(request_id, self._asking.now())
        try:
            return self._asking.alone(dialogue)
        except NotSent as refusal:
            self._asking.mend(refusal.reason)
            raise
        finally:
            self._memory.sequence = dialogue.desk.sequence


def _number(request_id: int) -> str:
    try:
        return values.request_number(request_id)
    except OpiError as error:
        raise NotSent(str(error), reason="invalid_request") from None


def _above_zero(amount: Money) -> None:
    if amount.amount <= 0:
        raise NotSent("the amount must be above zero", reason="invalid_request")
