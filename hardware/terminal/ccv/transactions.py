"""What the Payment API answers, as data. No I/O, no judgement (that is ``verdict.py``).

Source: reference ccv-interfaces.md, chapters 2.2 to 2.10.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from moneyed import Money

from hardware.redaction import redact
from hardware.terminal.ccv.bodies import REFERENCE
from hardware.terminal.ccv.mapping import State
from hardware.terminal.ccv.profile import Profile
from hardware.terminal.interface import Card, Receipts, TokenType
from hardware.terminal.payproxy import codec  # CCV writes amounts and receipts the same way in both of its APIs

Fields = Mapping[str, object]

#: Bytes of one answer. JSON takes up to thirty times its size in memory.
LARGEST = 200_000
_LONGEST_LIST = 1000  # transactions

_PAR = re.compile(r"(V001|5001)[A-Z0-9]{25}")
_TOKEN_TYPES = {"99": TokenType.CARD, "95": TokenType.WEB, "96": TokenType.WEB}


@dataclass(frozen=True, slots=True)
class Transaction:
    """What CCV says of one transaction, before anyone decides whether to believe it."""

    reference: str = field(repr=False)
    state: State
    word: str  # their status
    type: str = ""
    order: str = ""
    original: str = field(default="", repr=False)
    description: str = ""
    failure_code: str = ""
    amount: Money | None = None  # None: missing or unreadable
    card: Card | None = None
    stan: str = ""
    at: datetime | None = None
    receipts: Receipts = field(default_factory=Receipts)
    terminal_id: str = ""
    text: str = ""
    test_system: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that CCV answered instead of a transaction (chapter 2.10)."""

    code: str
    text: str


def decode(body: bytes) -> object:
    """Return the JSON in ``body``, its numbers exact. Raises ValueError, without quoting the body."""
    if len(body) > LARGEST:
        raise ValueError("too large")
    try:
        found = json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    return found


def read_transaction(profile: Profile, body: bytes) -> Transaction:
    """Read one transaction. Raises ValueError when it is none."""
    return transaction(profile, decode(body))


def read_list(profile: Profile, body: bytes) -> list[Transaction]:
    """Read a list of transactions. Raises ValueError when it is none, or one of it cannot be read."""
    found = decode(body)
    if isinstance(found, dict):
        found = next((found[name] for name in profile.mapping.lists if name in found), None)
    if not isinstance(found, list) or len(found) > _LONGEST_LIST:
        raise ValueError("no list of transactions")
    return [transaction(profile, each) for each in found]


def read_refusal(profile: Profile, body: bytes) -> Refusal:
    """Read an error. Raises ValueError when it is none."""
    fields = decode(body)
    if not isinstance(fields, dict) or not {"type", "message", "failureCode"} & set(fields):
        raise ValueError("no error of the Payment API")
    return Refusal(
        short(codec.pick_text(fields, profile.mapping.places.failure_code)), short(codec.pick_text(fields, "message"))
    )


def transaction(profile: Profile, fields: object) -> Transaction:
    """Read a transaction out of what was decoded. Raises ValueError when it has no reference or no status."""
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    places = profile.mapping.places
    reference, word = (codec.pick_text(fields, each).strip() for each in (places.reference, places.status))
    if not REFERENCE.fullmatch(reference) or not word:
        raise ValueError("no transaction")
    receipts = Receipts(
        *(
            codec.decode_lines(codec.pick(fields, f"details.{kind}Receipt"))
            for kind in ("customer", "merchant", "journal")
        )
    )
    printed = " ".join(receipts.customer + receipts.merchant + receipts.journal).upper()
    return Transaction(
        reference=reference,
        state=profile.mapping.state_of(word),
        word=short(word),
        type=codec.pick_text(fields, places.type).strip(),
        order=codec.pick_text(fields, places.order),
        original=codec.pick_text(fields, places.original),
        description=codec.pick_text(fields, places.description),
        failure_code=short(codec.pick_text(fields, places.failure_code)),
        amount=_read_amount(profile, fields),
        card=_card(profile, fields),
        stan=short(codec.pick_text(fields, places.stan))[:20],
        at=_moment(codec.pick(fields, places.final_at)),
        receipts=receipts,
        terminal_id=codec.pick_text(fields, places.terminal),
        text=short(codec.pick_text(fields, places.text)),
        test_system=any(mark.upper() in printed for mark in profile.test_marks),
    )


def short(word: str) -> str:
    """Return a word of theirs as it may be stored and shown to staff: printable, short, without card digits."""
    return redact(codec.printable(word)).strip()[:120]


def _read_amount(profile: Profile, fields: Fields) -> Money | None:
    currency = codec.pick_text(fields, "currency").upper()
    value = codec.pick(fields, profile.mapping.places.authorised_amount)
    try:
        return codec.to_money(codec.pick(fields, profile.mapping.places.amount) if value is None else value, currency)
    except ValueError:
        return None


def _card(profile: Profile, fields: Fields) -> Card | None:
    places = profile.mapping.places
    token = codec.pick_text(fields, places.token).strip()
    if not token:
        return None
    par = next((each for each in (codec.pick_text(fields, places.par).strip(), token) if _PAR.fullmatch(each)), "")
    kind = TokenType.CARD if token == par else _TOKEN_TYPES.get(token[:2], TokenType.UID)
    if profile.test_mode:  # there it is the card number backwards (chapter 2.8): keep that out of everything
        token = token[:2] + hashlib.sha256(token.encode()).hexdigest()[:16]
    return Card(
        token_type=kind,
        token=token,
        par=par,
        brand=short(codec.pick_text(fields, places.brand))[:20],
        last_four=codec.last_four(codec.pick_text(fields, places.masked_card_number)),
    )


def _moment(value: object) -> datetime | None:
    """Read epoch milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**14:
        return None
    return datetime.fromtimestamp(value / 1000, UTC)


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is not a JSON number")
