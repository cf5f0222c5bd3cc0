"""The Payment API from the cloud's side: bodies into data, records and book lines into answers.

Shares the reading of JSON and amounts with the driver, and nothing of what the driver believes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hardware.terminal.amounts import from_minor, to_minor, to_number
from hardware.terminal.ccv.profile import LANGUAGES
from hardware.terminal.ccv.simulator.ledger import Record
from hardware.terminal.payproxy import codec
from hardware.terminal.simulator.ask import Operation
from hardware.terminal.simulator.book import Entry
from hardware.terminal.simulator.cards import CARDS, SimCard

Fields = Mapping[str, object]

#: Call, type of transaction, and what it asks of the terminal or the bank.
CALLS: Mapping[str, tuple[str, Operation]] = {
    "payment": ("authorise", Operation.AUTHORISE),
    "token": ("token", Operation.TOKEN),
    "capture": ("capture", Operation.CAPTURE),
    "reversal": ("reversal", Operation.RELEASE),
    "refund": ("refund", Operation.REFUND),
}
_LANGUAGES = {word: code for code, word in LANGUAGES.items()}
#: What the bank's reasons are called (chapter 2.10); others are sent as they are.
_FAILURE_CODES = {
    "no card in time": "expired",
    "no pin in time": "expired",
    "cancel key": "cancelled",
    "aborted by the kiosk": "cancelled",
    "insufficient funds": "insufficient_funds",
    "expired card": "card_refused",
    "wrong PIN": "card_refused",
    "unknown reference": "unknown_reference",
    "already settled": "rejected",
    "above the authorised amount": "rejected",
    "above the captured amount": "refund_limit",
}


@dataclass(frozen=True, slots=True)
class Order:
    """What a body asks for. ``amount`` in minor units, None for the whole; ``currency`` empty where it has none."""

    name: str
    language: str = "en"
    amount: int | None = None
    currency: str = ""
    original: str = ""


def read_in_person(fields: Fields, *, terminal_id: str, with_amount: bool) -> Order:
    """Read the body of ``POST /payment`` or ``/token``. Raises ValueError for what the API would not accept."""
    if fields.get("method") != "terminal" or codec.pick(fields, "details.terminalId") != terminal_id:
        raise ValueError("method or terminalId")
    name, language = _text(fields, "merchantOrderReference"), _LANGUAGES.get(_text(fields, "language"), "en")
    if not with_amount:
        return Order(name, language)
    if fields.get("transactionType") != "authorise":
        raise ValueError("transactionType")
    currency = _text(fields, "currency").upper()
    amount = to_minor(codec.to_money(fields.get("amount"), currency))
    if not amount:
        raise ValueError("amount")
    return Order(name, language, amount, currency)


def read_settlement(fields: Fields, currency: str, *, with_amount: bool) -> Order:
    """Read the body of ``POST /capture``, ``/reversal`` or ``/refund`` of something in ``currency``. Raises ValueError."""
    amount = fields.get("amount")
    if amount is not None and not with_amount:
        raise ValueError("amount")
    minor = to_minor(codec.to_money(amount, currency)) if amount is not None else None
    if minor == 0:
        raise ValueError("amount")
    return Order(_text(fields, "description"), "en", minor, currency, _text(fields, "reference"))


def error(code: str, message: str, kind: str = "process_error") -> dict[str, object]:
    """Return the body of an error (chapter 2.10)."""
    found: dict[str, object] = {"type": kind, "message": message, "reference": "ERR0000000001"}
    return found | ({"failureCode": code} if code else {})


def base(record: Record, status: str) -> dict[str, object]:
    """Return what every transaction says of itself."""
    asked = record.asked
    known = ("merchantOrderReference", "method", "amount", "currency", "language", "description", "returnUrl")
    details = asked.get("details")
    return {
        "status": status,
        "type": record.type,
        "reference": record.reference,
        **({"originalReference": record.original} if record.original else {}),
        **{name: asked[name] for name in known if name in asked},
        "created": record.created,
        "lastUpdate": record.created,
        "details": {"wakeUpType": "CLOUD_CONNECT", **(details if isinstance(details, dict) else {})},
    }


def failed(answer: Mapping[str, object], reason: str, at: int) -> dict[str, object]:
    """Return the transaction as it ended without success."""
    return {**answer, "status": "failed", "failureCode": _FAILURE_CODES.get(reason, reason), "statusFinalDate": at}


def with_card(answer: Mapping[str, object], card: SimCard, at: int) -> dict[str, object]:
    """Return a transaction that read a card."""
    return {**answer, "status": "success", "statusFinalDate": at, **_card(card)}


def booked(answer: Mapping[str, object], entry: Entry, *, receipts: list[str] | None) -> dict[str, object]:
    """Return a transaction as the bank's book has it; lists have no ``receipts``."""
    at = epoch_ms(entry.at)
    details = answer["details"]
    assert isinstance(details, dict)
    result = {**answer, "currency": entry.currency.lower(), "methodTransactionId": entry.stan, "lastUpdate": at}
    if entry.card:
        result |= _card(CARDS[entry.card])
    if entry.outcome != "approved":
        return failed(result, entry.reason, at)
    result |= {
        "status": "success",
        "statusFinalDate": at,
        "amount": _number(entry.asked_minor or entry.amount_minor, entry),
    }
    more: dict[str, object] = (
        {"authorisedAmount": _number(entry.amount_minor, entry)} if entry.kind == "authorise" else {}
    )
    if receipts is not None:
        more |= {f"{kind}Receipt": codec.encode_lines(receipts) for kind in ("customer", "merchant", "journal")}
    return {**result, "details": {**details, **more}}


def receipt(entry: Entry, terminal_id: str, *, test_system: bool) -> list[str]:
    """Return the lines that the terminal prints."""
    card = CARDS.get(entry.card)
    return [
        *(["*** TEST SYSTEM ***"] if test_system else []),
        "TAPCHARGE SIMULATOR",
        "NO REAL MONEY",
        f"Terminal  {terminal_id}",
        f"{entry.at[:10]} {entry.at[11:19]} UTC",
        *([f"{card.label}  {card.masked}"] if card else []),
        f"{entry.kind.upper()} {entry.currency} {to_number(from_minor(entry.amount_minor, entry.currency)):f}",
    ]


def epoch_ms(at: str) -> int:
    """Return a time of the book as CCV writes times."""
    return int(datetime.fromisoformat(at).timestamp() * 1000)


def _number(minor: int, entry: Entry) -> Decimal:
    return to_number(from_minor(minor, entry.currency))


def _card(card: SimCard) -> dict[str, object]:
    fields: dict[str, object] = {"brand": card.circuit, "token": card.token, "tokenMaskedInput": card.masked}
    return fields | {"entryMode": "contactless"} | ({"par": card.par} if card.par else {})


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value
