"""CCV's own list of what happened at a terminal: its transactions (reference ccv-interfaces.md, chapter 2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta

from moneyed import Money

from hardware.terminal.ccv import keys
from hardware.terminal.ccv.bodies import request_id_of
from hardware.terminal.ccv.conversation import Conversation
from hardware.terminal.ccv.mapping import Ending, State
from hardware.terminal.ccv.profile import Profile
from hardware.terminal.ccv.record import Address
from hardware.terminal.ccv.transactions import Transaction
from hardware.terminal.ccv.transport import Transport
from hardware.terminal.interface import Outcome, TerminalError, Verb
from hardware.terminal.statements import StatementLine, StatementUnavailable

#: CCV filters by when a transaction was begun, a statement by when it ended.
_LONGEST_TRANSACTION = timedelta(days=2)

_OUTCOMES = {Ending.ABORTED: Outcome.ABORTED, Ending.TIMED_OUT: Outcome.TIMED_OUT}


class CcvStatement:
    """The transactions of one terminal. A ``StatementSource``. What has not ended is not on it.

    Raises ValueError for a profile whose key cannot be had, or is not meant for this host.
    """

    covers: AbstractSet[Verb] = frozenset(Verb)

    def __init__(self, address: Address, profile: Profile) -> None:
        self._address, self._profile = address, profile
        self._key = keys.read_key(profile)
        keys.access(profile, self._key, address.host)

    @property
    def origin(self) -> str:
        """Host and terminal id."""
        return f"{self._address.host}, terminal {self._address.terminal_id}"

    def statement(self, since: datetime, until: datetime) -> Iterator[StatementLine]:
        """Ask for each kind. Raises StatementUnavailable."""
        transport = Transport(self._address.base_url, self._profile, self._key)
        try:
            yield from _Reading(Conversation(transport, self._profile), self._address, self._profile).lines(
                since, until
            )
        except TerminalError as error:
            raise StatementUnavailable(f"CCV did not hand out its list: {error}", reason=error.reason) from None
        finally:
            transport.close()


class _Reading:
    """One statement. It remembers transactions, because what a refund is about takes two steps to find out."""

    def __init__(self, conversation: Conversation, address: Address, profile: Profile) -> None:
        self._conversation, self._address, self._profile = conversation, address, profile
        self._seen: dict[str, Transaction] = {}

    def lines(self, since: datetime, until: datetime) -> Iterator[StatementLine]:
        period: dict[str, str | int] = {
            "method": "terminal",
            "createdAfter": _epoch_ms(since - _LONGEST_TRANSACTION),
            "createdBefore": _epoch_ms(until),
        }
        for verb in Verb:
            listed = self._conversation.everything(type=getattr(self._profile.mapping.types, verb), **period)
            self._seen |= {each.reference: each for each in listed}
            for each in listed:
                line = self._line(verb, each)
                if line is not None and since <= line.at < until:
                    yield line

    def _line(self, verb: Verb, found: Transaction) -> StatementLine | None:
        """One transaction as a line; None when it has not ended, or is another terminal's."""
        if found.state not in (State.APPROVED, State.FAILED):
            return None
        hold = self._hold(found)
        if hold is None or not self._is_ours(hold):
            return None
        if found.at is None or (found.state is State.APPROVED and verb is not Verb.RELEASE and found.amount is None):
            raise StatementUnavailable("CCV's list has a transaction without time or amount", reason="garbled")
        approved = found.state is State.APPROVED
        ending = self._profile.mapping.ending_of(found.failure_code)
        amount = found.amount or Money(0, hold.amount.currency if hold.amount else "EUR")
        return StatementLine(
            kind=verb,
            outcome=Outcome.APPROVED if approved else _OUTCOMES.get(ending, Outcome.DECLINED),
            amount=amount if approved else amount * 0,
            at=found.at,
            request_id=self._request_id(found.order if verb is Verb.AUTHORISE else found.description),
            of=None if verb is Verb.AUTHORISE else self._request_id(hold.order),
            stan=hold.stan,
            brand=hold.card.brand if hold.card else "",
            last_four=hold.card.last_four if hold.card else "",
            where=f"transaction {found.reference}",
        )

    def _hold(self, found: Transaction) -> Transaction | None:
        """The authorisation that a transaction is about: itself, its original, or the original of its capture."""
        for _ in range(3):
            if not found.original:
                return found
            found = self._seen.get(found.original) or self._conversation.read(found.original)
            self._seen[found.reference] = found
        return None

    def _is_ours(self, hold: Transaction) -> bool:
        return hold.terminal_id == self._address.terminal_id or self._request_id(hold.order) is not None

    def _request_id(self, name: str) -> int | None:
        return request_id_of(self._address.terminal_id, name)


def _epoch_ms(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)
