"""The bank's rules. Every decision is a line in the book before anybody hears of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from hardware.terminal.simulator.book import Book, Entry
from hardware.terminal.simulator.cards import SimCard

Clock = Callable[[], datetime]


class Bank:
    """Authorises, captures, releases and refunds; amounts in minor units.

    * A capture is at most what was authorised, and there is one settlement (capture or release) per authorisation.
    * A refund is at most what was captured and not yet refunded, or ``refund_percent`` of it.
    """

    def __init__(self, book: Book, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self.refund_percent = 100

    def authorise(
        self,
        request_id: str,
        card: SimCard,
        asked: int,
        currency: str,
        *,
        at_most: int | None = None,
        declines: str = "",
    ) -> Entry:
        """Hold ``asked`` on the card, or as much as the card (or the fault ``at_most``) allows."""
        reason = declines or card.declines
        limits = [each for each in (at_most, card.approves_at_most) if each is not None]
        if reason:
            return self._add(
                request_id, "authorise", asked, currency, outcome="declined", reason=reason, card=card.name
            )
        return self._add(
            request_id,
            "authorise",
            asked,
            currency,
            amount=min([asked, *limits]),
            card=card.name,
            reference="SIMREF." + secrets.token_urlsafe(300),
        )

    def no_card(self, request_id: str, asked: int, currency: str, *, outcome: str, reason: str) -> Entry:
        """Note an authorisation that ended at the terminal (cancelled, timed out): the bank never held anything."""
        return self._add(request_id, "authorise", asked, currency, outcome=outcome, reason=reason)

    def settle(self, request_id: str, reference: str, amount: int, currency: str, *, declines: str = "") -> Entry:
        """Capture ``amount`` and free the rest; an amount of zero releases the whole hold."""
        kind = "capture" if amount else "release"
        hold = self._book.by_reference(reference)
        totals = self._book.totals_of(hold.request_id) if hold else None
        if declines:
            reason = declines
        elif hold is None or totals is None:
            reason = "unknown reference"
        elif currency != hold.currency:
            reason = "wrong currency"
        elif totals.held_minor == 0:
            reason = "already settled"
        elif amount > totals.authorised_minor:
            reason = "above the authorised amount"
        else:
            moved = amount or totals.held_minor
            return self._add(request_id, kind, amount, currency, amount=moved, of=hold)
        return self._add(request_id, kind, amount, currency, outcome="declined", reason=reason, of=hold)

    def refund(self, request_id: str, reference: str, amount: int, currency: str, *, declines: str = "") -> Entry:
        """Give back ``amount`` of what was captured."""
        hold = self._book.by_reference(reference)
        totals = self._book.totals_of(hold.request_id) if hold else None
        if declines:
            reason = declines
        elif hold is None or totals is None:
            reason = "unknown reference"
        elif currency != hold.currency:
            reason = "wrong currency"
        elif amount > totals.captured_minor * self.refund_percent // 100 - totals.refunded_minor:
            reason = "above the captured amount"
        else:
            return self._add(request_id, "refund", amount, currency, amount=amount, of=hold)
        return self._add(request_id, "refund", amount, currency, outcome="declined", reason=reason, of=hold)

    def _add(
        self,
        request_id: str,
        kind: str,
        asked: int,
        currency: str,
        *,
        outcome: str = "approved",
        reason: str = "",
        amount: int = 0,
        of: Entry | None = None,
        card: str = "",
        reference: str = "",
    ) -> Entry:
        entry = Entry(
            request_id=request_id,
            kind=kind,
            outcome=outcome,
            reason=reason,
            asked_minor=asked,
            amount_minor=amount,
            currency=currency,
            of=of.request_id if of else None,
            card=of.card if of else card,
            stan=f"{self._book.count() + 1:08d}",
            reference=reference,
            receipt=self._book.free_receipt(),
            at=self._clock().isoformat(timespec="microseconds"),
        )
        self._book.add(entry)
        return entry
