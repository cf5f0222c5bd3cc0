"""One request until it has ended: send it, send the very same again where that is safe, then ask how it goes.

A request with an ``Idempotency-Reference`` may be sent again within one verb, byte for byte, to learn the answer to the first:
CCV takes both for one (chapter 2.7). Once a try may have arrived, only a transaction counts as an answer; that a later
try could not be sent, or was refused, says nothing of the first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode
from uuid import UUID

from hardware.terminal.ccv import bodies, transactions
from hardware.terminal.ccv.mapping import Ending, State
from hardware.terminal.ccv.profile import Profile
from hardware.terminal.ccv.transactions import Refusal, Transaction
from hardware.terminal.ccv.transport import Transport
from hardware.terminal.http import Answer
from hardware.terminal.interface import NotSent, OutcomeUnknown, TerminalError

_MOST_PAGES = 50
_THROTTLED = "throttled"
_NOT_ALLOWED = frozenset({401, 403})
_ERRORS = frozenset({400, 402, 404, 405, 422})  # the API looked at the request, and says what is wrong with it


class Conversation:
    """Talks to the cloud for one terminal. ``hint`` wakes whoever waits for the next look."""

    def __init__(self, transport: Transport, profile: Profile, clock: Callable[[], float] = time.monotonic) -> None:
        self._transport = transport
        self._profile = profile
        self._clock = clock
        self._hint = threading.Event()

    def hint(self) -> None:
        """Something may have changed: look now rather than later."""
        self._hint.set()

    def carry_out(self, path: str, body: bytes, key: UUID | None, patience: float) -> Transaction | Refusal:
        """Send ``body``, and wait up to ``patience`` seconds for the end of what it began.

        Without ``key`` it is sent once. Raises NotSent when provably nothing began, OutcomeUnknown when that cannot be told.
        """
        begun = self._begin(path, body, key)
        return begun if isinstance(begun, Refusal) else self._follow(begun, patience)

    def read(self, reference: str) -> Transaction:
        """Ask how one transaction is. Raises NotSent or OutcomeUnknown."""
        query = urlencode({"reference": reference})
        answer = self._transport.get(f"{self._profile.mapping.paths.transaction}?{query}")
        _require_ok(answer)
        try:
            found = transactions.read_transaction(self._profile, answer.body)
        except ValueError:
            raise OutcomeUnknown("the answer cannot be read", reason="garbled") from None
        if found.reference != reference:
            raise OutcomeUnknown("CCV told about another transaction", reason="other_request")
        return found

    def search(self, **filters: str | int) -> list[Transaction]:
        """List transactions. Raises NotSent or OutcomeUnknown."""
        answer = self._transport.get(f"{self._profile.mapping.paths.transaction}?{urlencode(filters)}")
        _require_ok(answer)
        try:
            return transactions.read_list(self._profile, answer.body)
        except ValueError:
            raise OutcomeUnknown("the list cannot be read", reason="garbled") from None

    def everything(self, **filters: str | int) -> list[Transaction]:
        """List transactions page by page, until one has nothing new. Raises NotSent or OutcomeUnknown."""
        found: dict[str, Transaction] = {}
        paging: dict[str, str | int] = {}
        for _ in range(_MOST_PAGES):
            page = self.search(**filters, **paging)
            fresh = {each.reference: each for each in page if each.reference not in found}
            if not fresh:
                return list(found.values())
            found |= fresh
            paging = {"referenceAfter": page[-1].reference}
        raise OutcomeUnknown("CCV's list is too long to be searched", reason="too_many")

    def void(self, reference: str) -> None:
        """Ask for the end of a transaction that waits for a card. Raises NotSent or OutcomeUnknown."""
        answer = self._transport.post(self._profile.mapping.paths.void, bodies.void_request(reference))
        if answer.status >= 500 or answer.status < 200:
            raise OutcomeUnknown(f"CCV answered HTTP {answer.status}", reason=f"http_{answer.status}")
        if answer.status >= 300:
            raise NotSent(f"CCV did not abort: HTTP {answer.status}", reason="refused_abort")

    def _begin(self, path: str, body: bytes, key: UUID | None) -> Transaction | Refusal:
        repeats = iter(self._profile.repeat_pauses if key else ())
        throttles = iter(self._profile.throttle_pauses)
        doubt: OutcomeUnknown | None = None
        while True:
            try:
                found = self._judge(self._transport.post(path, body, key))
                if doubt is None or isinstance(found, Transaction):
                    return found
                raise doubt
            except NotSent as error:
                if error.reason != _THROTTLED and doubt is None:
                    raise
                pause = next(throttles if error.reason == _THROTTLED else repeats, None)
                if pause is None:
                    raise doubt or error from None
            except OutcomeUnknown as error:
                pause = None if error is doubt else next(repeats, None)
                doubt = doubt or error
                if pause is None:
                    raise doubt from None
            self._wait(pause)

    def _judge(self, answer: Answer) -> Transaction | Refusal:
        """What an answer to a request says. Raises NotSent where it proves that nothing began, else OutcomeUnknown."""
        if answer.status == 429:
            raise NotSent("CCV is asked too often", reason=_THROTTLED)
        if answer.status in _NOT_ALLOWED:
            raise NotSent("CCV does not accept the API key", reason=f"http_{answer.status}")
        try:
            if 200 <= answer.status < 300:
                return transactions.read_transaction(self._profile, answer.body)
            if answer.status in _ERRORS:
                refusal = transactions.read_refusal(self._profile, answer.body)
                if self._profile.mapping.ending_of(refusal.code) is not Ending.UNCERTAIN:
                    return refusal
        except ValueError:
            if answer.status in (404, 405):  # not from the API at all: a wrong URL
                raise NotSent(f"CCV answered HTTP {answer.status}", reason=f"http_{answer.status}") from None
            raise OutcomeUnknown(f"the answer (HTTP {answer.status}) cannot be read", reason="garbled") from None
        raise OutcomeUnknown(f"CCV answered HTTP {answer.status}", reason=f"http_{answer.status}")

    def _follow(self, found: Transaction, patience: float) -> Transaction:
        deadline = self._clock() + patience
        for pause in self._pauses():
            if found.state is not State.PENDING:
                return found
            if self._clock() >= deadline:
                raise OutcomeUnknown("the transaction did not end in time", reason="timeout")
            self._wait(pause)
            try:
                found = self.read(found.reference)
            except TerminalError:
                continue  # it was begun: a look that fails changes nothing, and the next may work
        raise AssertionError("the pauses are endless")

    def _pauses(self) -> Iterator[float]:
        timers = self._profile.timers
        pause = timers.poll_first
        while True:
            yield pause
            pause = min(pause * timers.poll_growth, timers.poll_longest)

    def _wait(self, seconds: float) -> None:
        self._hint.wait(seconds)
        self._hint.clear()


def _require_ok(answer: Answer) -> None:
    if answer.status in _NOT_ALLOWED:
        raise NotSent("CCV does not accept the API key", reason=f"http_{answer.status}")
    if answer.status != 200:
        raise OutcomeUnknown(f"CCV answered HTTP {answer.status}", reason=f"http_{answer.status}")
