"""The PayProxy API from the terminal's side: requests into data, book entries into answers.

Shares the message layer (``codec.py``) with the driver, and nothing of what the driver believes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hardware.terminal.amounts import from_minor, to_minor, to_number
from hardware.terminal.payproxy import codec
from hardware.terminal.payproxy.profile import LANGUAGES
from hardware.terminal.simulator import screens
from hardware.terminal.simulator.ask import Ask, Operation
from hardware.terminal.simulator.book import Entry
from hardware.terminal.simulator.cards import CARDS, SimCard

Fields = dict[str, object]

#: The words for what the book says (``SUCCESS`` is documented, the others follow OPI, reference chapter 4.5).
_STATUS = {"approved": "SUCCESS", "declined": "FAILURE", "aborted": "ABORTED", "timed_out": "TIMED_OUT"}
_PAYMENT_TYPES = {"authorise": "AUTHORISE", "capture": "CAPTURE", "release": "CAPTURE", "refund": "REFUND"}
_LANGUAGES = {word: code for code, word in LANGUAGES.items()}
_HEADINGS = {"authorise": "RESERVATION", "capture": "PAYMENT", "release": "RELEASE", "refund": "REFUND"}


def read_payment(fields: Mapping[str, object]) -> Ask:
    """Read the body of ``POST /terminal/payment``. Raises ValueError for what the terminal would not accept."""
    currency = _text(fields, "currency")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise ValueError("currency")
    amount = to_minor(codec.to_money(fields.get("amount"), currency))
    operations = {
        "AUTHORISE": Operation.AUTHORISE,
        "CAPTURE": Operation.CAPTURE if amount else Operation.RELEASE,
        "REFUND": Operation.REFUND,
    }
    payment_type = _text(fields, "paymentType")
    if payment_type not in operations:
        raise ValueError("paymentType")
    operation = operations[payment_type]
    if amount == 0 and operation is not Operation.RELEASE:
        raise ValueError("amount")
    return Ask(
        operation=operation,
        request_id=_request_id(fields),
        language=_language(fields),
        amount=amount,
        currency=currency,
        reference="" if operation is Operation.AUTHORISE else _text(fields, "authReference"),
    )


def read_token(fields: Mapping[str, object]) -> Ask:
    """Read the body of ``POST /terminal/token``. Raises ValueError."""
    return Ask(Operation.TOKEN, _request_id(fields), language=_language(fields))


def read_recover(fields: Mapping[str, object]) -> Ask:
    """Read the body of ``POST /terminal/recover``. Raises ValueError."""
    return Ask(Operation.RECOVER, _request_id(fields))


def refused(status: str, request_id: str = "") -> Fields:
    """Return the answer of a terminal that does not start on a request."""
    answer: Fields = {"status": status}
    return answer | {"requestId": request_id} if request_id else answer


def token_answer(ask: Ask, card: SimCard) -> Fields:
    """Return the answer of a token read."""
    return {"status": "SUCCESS", "requestId": ask.request_id} | _card_fields(card)


def ended_answer(ask: Ask, outcome: str, reason: str) -> Fields:
    """Return the answer of a token read that ended without a card."""
    return {"status": _STATUS[outcome], "requestId": ask.request_id, "declineReason": reason}


def payment_answer(entry: Entry, terminal_id: str, *, test_system: bool = False) -> Fields:
    """Return the answer for a line of the book: amounts as texts, receipts as JSON inside a text (chapter 1.2)."""
    wire_amount = entry.asked_minor if entry.kind == "release" else entry.amount_minor
    receipt = _receipt(entry, terminal_id, test_system)
    answer: Fields = {
        "status": _STATUS[entry.outcome],
        "requestId": entry.request_id,
        "amount": f"{to_number(from_minor(wire_amount, entry.currency)):f}",
        "currency": entry.currency,
        "stan": entry.stan,
        "timestamp": f"{entry.at[:23]}+00:00",
        "customerReceipt": codec.encode_lines(["CUSTOMER COPY", *receipt]),
        "merchantReceipt": codec.encode_lines(["MERCHANT COPY", *receipt]),
        "journalReceipt": codec.encode_lines([f"{entry.kind} {entry.outcome} {entry.stan}"]),
        "eJournal": {},
    }
    if entry.card:
        answer |= _card_fields(CARDS[entry.card])
    if entry.kind == "authorise" and entry.outcome == "approved":
        answer |= {"authReference": entry.reference, "authReferenceVersion": "1"}
    if entry.outcome != "approved":
        answer["declineReason"] = entry.reason
    return answer


def recover_answer(entry: Entry, terminal_id: str) -> Fields:
    """Return the answer of the earlier request again, and what kind it was (inferred)."""
    return payment_answer(entry, terminal_id) | {"paymentType": _PAYMENT_TYPES[entry.kind]}


def status_answer(state: str, terminal_id: str) -> Fields:
    """Return the answer to ``POST /terminal/status`` (chapter 1.4)."""
    ready = state in ("IDLE", "READY")
    return {
        "status": "SUCCESS",
        "terminalAction": "OK" if ready else state,
        "terminalId": terminal_id,
        "terminalState": state,
        "journalReceipt": codec.encode_lines([]),
    }


def display_answer(text_id: str, language: str) -> Fields:
    """Return the answer to ``GET /terminal/lastDisplayMessage`` (chapter 1.5)."""
    shown = screens.text(text_id, language)
    return {
        "text": shown,
        "textId": text_id,
        "languageCode": screens.spoken(language).upper(),
        "displayText": shown,
    }


def _receipt(entry: Entry, terminal_id: str, test_system: bool) -> list[str]:
    amount = to_number(from_minor(entry.amount_minor, entry.currency))
    card = CARDS.get(entry.card)
    return [
        *(["*** TEST SYSTEM ***"] if test_system else []),
        "TAPCHARGE SIMULATOR",
        "NO REAL MONEY",
        "",
        f"Terminal  {terminal_id}",
        f"STAN      {entry.stan}",
        f"{entry.at[:10]} {entry.at[11:19]} UTC",
        *([f"{card.label}  {card.masked}"] if card else []),
        "",
        f"{_HEADINGS[entry.kind]:<12}{entry.currency} {amount:f}",
        entry.outcome.upper() + (f": {entry.reason}" if entry.reason else ""),
    ]


def _card_fields(card: SimCard) -> Fields:
    fields: Fields = {"card": card.circuit, "token": card.token, "maskedCardNumber": card.masked}
    return fields | ({"par": card.par} if card.par else {})


def _request_id(fields: Mapping[str, object]) -> str:
    request_id = _text(fields, "requestId")
    if not re.fullmatch(r"[0-9]{1,10}", request_id) or int(request_id) > 1_000_000_000:
        raise ValueError("requestId")
    return request_id


def _language(fields: Mapping[str, object]) -> str:
    return _LANGUAGES.get(_text(fields, "terminalLanguage"), "en")


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value
