"""The terminal's turnover memory: receipt numbers, what is open and what was booked. It is the bank's book, by receipt."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from uuid import uuid4

from hardware.terminal.simulator.bank import Bank
from hardware.terminal.simulator.book import Book, Entry

UNKNOWN_RECEIPT, ALREADY_SETTLED, TOO_MUCH, WRONG_CURRENCY, IMPOSSIBLE = 0xB8, 0xB4, 0xB7, 0x6F, 0xB5

_NAMELESS = "zvt"
_TAKEN = "taken"  # the register acknowledged the result
_CLOSED = "closed"  # an end of day came after this line


@dataclass(frozen=True, slots=True)
class Turnover:
    """The book as a terminal sees it. Nothing here is forgotten when the power fails."""

    book: Book
    bank: Bank

    def open_receipts(self) -> list[str]:
        """The receipt numbers of everything that is held, oldest first."""
        return [hold.receipt for hold in self.book.open_holds()]

    def hold(self, receipt: str) -> Entry | None:
        """The approved authorisation with this receipt number: the open one, or else the latest."""
        opened = next((each for each in self.book.open_holds() if each.receipt == receipt), None)
        found = (each for each in reversed(self.book.entries()) if _is_hold(each) and each.receipt == receipt)
        return opened or next(found, None)

    def of(self, entry: Entry) -> Entry:
        """The hold that a line settles or gives back; a hold itself."""
        hold = self.book.find(entry.of) if entry.of else entry
        assert hold is not None
        return hold

    def captured_with(self, card: str, amount: int, currency: str) -> Entry | None:
        """The latest hold on this card of which so much was taken and not given back."""
        for totals in reversed(self.book.totals()):
            left = totals.captured_minor - totals.refunded_minor
            if (totals.card, totals.currency) == (card, currency) and left >= amount:
                return self.book.find(totals.request_id)
        return None

    def refusal(self, receipt: str, currency: str, amount: int) -> int | None:
        """Why this much of this hold cannot be booked, None where it can."""
        hold = self.hold(receipt)
        totals = self.book.totals_of(hold.request_id) if hold else None
        if hold is None or totals is None:
            return UNKNOWN_RECEIPT
        if totals.captured_minor or totals.released_minor:
            return ALREADY_SETTLED
        if currency and currency != hold.currency:
            return WRONG_CURRENCY
        return TOO_MUCH if not 0 <= amount <= totals.authorised_minor else None

    def last(self) -> Entry | None:
        """The last transaction that got as far as a card: what a receipt repetition repeats."""
        return next((each for each in reversed(self.book.entries()) if each.card), None)

    def request_id(self, reference: str) -> str:
        """A name for a new line: the register's own where it sent one that is free."""
        if reference and self.book.find(reference) is None:
            return reference
        return f"{reference or _NAMELESS}.{uuid4().hex[:12]}"

    def taken(self, entry: Entry) -> None:
        """Note that the register knows of this line."""
        self._note(entry, _TAKEN)

    def reverse_unfinished(self) -> None:
        """Free what is held and of which the register does not know, because the procedure broke off."""
        for hold in self.book.open_holds():
            if _TAKEN not in notes(hold):
                self.bank.settle(self.request_id(f"{hold.request_id}.reversed"), hold.reference, 0, hold.currency)

    def since_closing(self) -> list[Entry]:
        """What was booked since the last end of day."""
        entries = self.book.entries()
        closed = max((place for place, each in enumerate(entries, 1) if _CLOSED in notes(each)), default=0)
        return [each for each in entries[closed:] if each.kind in ("capture", "refund") and each.outcome == "approved"]

    def close_day(self) -> None:
        """Begin a new day."""
        entries = self.book.entries()
        if entries:
            self._note(entries[-1], _CLOSED)

    def _note(self, entry: Entry, word: str) -> None:
        current = self.book.find(entry.request_id) or entry
        self.book.note(entry.request_id, json.dumps([*notes(current), word]))


def notes(entry: Entry) -> list[str]:
    """What was noted with a line."""
    found: list[str] = json.loads(entry.info or "[]")
    return found


def reference_of(entry: Entry) -> str:
    """The register's own name for a line, an empty text where it sent none."""
    name = entry.request_id.partition(".")[0]
    return "" if name == _NAMELESS else name


def authorisation_id(hold: Entry) -> str:
    """The AID (BMP 3B): six characters, derived from the bank's reference."""
    return hashlib.sha256(hold.reference.encode()).hexdigest()[:6].upper()


def _is_hold(entry: Entry) -> bool:
    return entry.kind == "authorise" and entry.outcome == "approved"
