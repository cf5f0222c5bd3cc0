"""The PayProxy driver: the verbs of a payment terminal over CCV's Android REST API.

Requests and answers are in ``messages.py``, belief in ``verdict.py``, the wire in ``transport.py``.
The API has no idempotency key: the request id alone names an operation, and ``key`` stays with the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import astuple
from uuid import UUID

from moneyed import Money

from hardware.terminal.interface import (
    Capability,
    Closing,
    Handle,
    NotSent,
    OutcomeUnknown,
    Past,
    Readiness,
    Reason,
    Recovered,
    Result,
    Status,
    TerminalError,
    TokenResult,
    Trace,
    Verb,
)
from hardware.terminal.payproxy import messages, verdict
from hardware.terminal.payproxy.messages import Answer
from hardware.terminal.payproxy.profile import Profile
from hardware.terminal.payproxy.transport import Transport
from hardware.terminal.payproxy.words import Meaning


class PayProxyTerminal:
    """A terminal with the PayProxy app at ``base_url`` (``http://10.0.0.5:8080``). Implements ``PaymentTerminal``."""

    def __init__(self, base_url: str, profile: Profile | None = None, trace: Trace | None = None) -> None:
        self._profile = profile or Profile()
        self._transport = Transport(base_url, self._profile, trace)
        switched_off = {Capability.END_OF_DAY}  # the API has none
        switched_off |= {Capability.REFUND} if not self._profile.refund else set()
        switched_off |= {Capability.RECOVER} if not self._profile.recover else set()
        self._capabilities = frozenset(Capability) - switched_off

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport!r})"

    @property
    def capabilities(self) -> AbstractSet[Capability]:
        return self._capabilities

    @property
    def longest_wait(self) -> float:
        """The slowest verb: connecting, waiting for the first byte, and as long again for the body to end."""
        return self._profile.connect_timeout + 2 * float(max(astuple(self._profile.read_timeouts)))

    @property
    def recovers_only_the_last(self) -> bool:
        return self._profile.recover and self._profile.recovers_only_the_last

    @property
    def closes_over_holds(self) -> bool:
        return False

    def authorise(self, *, request_id: int, key: UUID, amount: Money, language: str) -> Result:
        _above_zero(amount)
        return self._payment(Verb.AUTHORISE, request_id, amount, language=language)

    def read_token(self, *, request_id: int, language: str) -> TokenResult:
        body = _build(lambda: messages.token_request(self._profile, request_id=request_id, language=language))
        answer = self._ask(self._profile.paths.token, body, self._profile.read_timeouts.token)
        return verdict.judge_token(self._profile, request_id=request_id, answer=answer)

    def capture(
        self,
        *,
        request_id: int,
        key: UUID,
        amount: Money,
        handle: Handle,
        reason: Reason,
    ) -> Result:
        _above_zero(amount)
        return self._payment(Verb.CAPTURE, request_id, amount, handle=handle, reason=reason)

    def release(
        self,
        *,
        request_id: int,
        key: UUID,
        currency: str,
        handle: Handle,
        reason: Reason,
    ) -> Result:
        """Release the whole hold: a capture of zero that says why (reference chapter 1.2)."""
        return self._payment(Verb.RELEASE, request_id, Money(0, currency), handle=handle, reason=reason)

    def refund(self, *, request_id: int, key: UUID, amount: Money, handle: Handle) -> Result:
        self._require(Capability.REFUND)
        _above_zero(amount)
        return self._payment(Verb.REFUND, request_id, amount, handle=handle)

    def recover(self, *, request_id: int, verb: Verb, amount: Money, past: Past | None = None) -> Recovered:
        """Ask for the answer to an earlier request; ``amount`` is what was asked then (of a release: any, it is zero)."""
        self._require(Capability.RECOVER)
        body = _build(lambda: messages.recover_request(self._profile, request_id=request_id))
        answer = self._ask(self._profile.paths.recover, body, self._profile.read_timeouts.recover)
        return verdict.judge_recovery(self._profile, verb, request_id=request_id, asked=amount, answer=answer)

    def end_of_day(self, *, request_id: int) -> Closing:
        """The API has none: the app closes the day by itself."""
        raise NotSent("PayProxy has no end of day: the app closes the day by itself", reason="unsupported")

    def status(self) -> Status:
        timeout = self._profile.read_timeouts.status
        try:
            body = self._transport.post(
                self._profile.paths.status,
                messages.service_request(self._profile),
                read_timeout=timeout,
            )
            return messages.read_status(self._profile, body)
        except TerminalError as error:
            answered = error.reason.startswith("http_") or error.reason == "garbled"
            return Status(
                Readiness.ATTENTION if answered else Readiness.UNREACHABLE,
                detail=error.reason,
            )
        except ValueError:
            return Status(Readiness.ATTENTION, detail="garbled")

    def abort(self) -> None:
        """Raises NotSent or OutcomeUnknown when the wish itself may not have arrived."""
        timeout = self._profile.read_timeouts.abort
        body = messages.service_request(self._profile)
        answer = self._ask(self._profile.paths.abort, body, timeout)
        if answer.meaning is not Meaning.APPROVED:
            raise NotSent(f"the terminal did not abort: {answer.word}", reason="refused_abort")

    def display_text(self, *, language: str) -> str:
        """The text on the screen, in the language of the operation under way; empty when it cannot be read."""
        try:
            body = self._transport.get(
                self._profile.paths.display,
                read_timeout=self._profile.read_timeouts.display,
            )
            return messages.read_display(self._profile, body)
        except (TerminalError, ValueError):
            return ""

    def close(self) -> None:
        self._transport.close()

    def _require(self, capability: Capability) -> None:
        if capability not in self._capabilities:
            raise NotSent(
                f"{capability} is switched off in the device record",
                reason="unsupported",
            )

    def _payment(
        self,
        verb: Verb,
        request_id: int,
        amount: Money,
        *,
        language: str = "",
        handle: Handle | None = None,
        reason: Reason | None = None,
    ) -> Result:
        body = _build(
            lambda: messages.payment_request(
                self._profile,
                verb,
                request_id=request_id,
                amount=amount,
                language=language,
                handle=handle,
                reason=reason,
            )
        )
        timeout: float = getattr(self._profile.read_timeouts, verb)
        answer = self._ask(self._profile.paths.payment, body, timeout)
        return verdict.judge_payment(self._profile, verb, request_id=request_id, asked=amount, answer=answer)

    def _ask(self, path: str, body: bytes, timeout: float) -> Answer:
        answer = self._transport.post(path, body, read_timeout=timeout)
        try:
            return messages.read_answer(self._profile, answer)
        except ValueError as error:
            raise OutcomeUnknown(f"the answer cannot be read: {error}", reason="garbled") from None


def _build(build: Callable[[], bytes]) -> bytes:
    try:
        return build()
    except ValueError as error:
        raise NotSent(str(error), reason="invalid_request") from None


def _above_zero(amount: Money) -> None:
    if amount.amount <= 0:
        raise NotSent("the amount must be above zero", reason="invalid_request")
