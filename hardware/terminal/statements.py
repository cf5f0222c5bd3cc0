"""What a terminal or its acquirer says happened in a period, whatever form it comes in.

A source of statements is asked for a period and hands out lines; it never moves money. The lines are compared with our
operations (payments/reconciliation). No line holds a token, a reference or a card number. Nothing here imports Django.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from moneyed import Money

from hardware.terminal.interface import Outcome, Verb


class StatementUnavailable(Exception):
    """The list could not be had, or cannot be read: nothing follows from that.

    ``reason`` is a short machine word, the text says what to do about it. Neither holds card digits.
    """

    def __init__(self, text: str, *, reason: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One thing that the other side did, or refused to do.

    ``amount`` is what moved: of a release what was freed, of anything that was not approved zero. ``request_id`` is our
    terminal request id, where the source knows it; else ``stan``, that of the authorisation, and the kind must do.
    """

    kind: Verb
    outcome: Outcome
    amount: Money
    at: datetime  # aware
    request_id: int | None = None
    #: The request id of the authorisation that a capture, release or refund is about.
    of: int | None = None
    stan: str = ""
    brand: str = ""
    last_four: str = ""
    #: Where it stands, for people: "line 17".
    where: str = ""

    @property
    def approved(self) -> bool:
        """Whether it was carried out."""
        return self.outcome is Outcome.APPROVED


class StatementSource(Protocol):
    """A list of what happened at one terminal."""

    @property
    def origin(self) -> str:
        """What it is, for people, without anything secret."""

    @property
    def covers(self) -> Set[Verb]:
        """The kinds that are on the list; of the others nothing is known."""

    def statement(self, since: datetime, until: datetime) -> Iterator[StatementLine]:
        """The lines from ``since`` up to and without ``until``, in any order. Raises StatementUnavailable."""
