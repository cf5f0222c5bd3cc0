"""Requests and answers of the PayProxy API as data. No I/O, no judgement (that is ``verdict.py``).

Source: reference ccv-interfaces.md, chapters 1.2 to 1.5.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from moneyed import Money

from hardware.redaction import redact
from hardware.terminal.amounts import to_number
from hardware.terminal.interface import (
    Card,
    Handle,
    Readiness,
    Reason,
    Receipts,
    Status,
    TokenType,
    Verb,
)
from hardware.terminal.payproxy import codec
from hardware.terminal.payproxy.profile import Profile
from hardware.terminal.payproxy.words import Meaning, normalise

HIGHEST_REQUEST_ID = 999_999_999  # at most 9 digits

_PAR = re.compile(r"(V001|5001)[A-Z0-9]{25}")
_TOKEN_TYPES = {"99": TokenType.CARD, "95": TokenType.WEB, "96": TokenType.WEB}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a payment, token or recovery answer says, before anyone decides whether to believe it."""

    meaning: Meaning
    word: str  # the terminal's status word
    request_id: str
    amount: Money | None = None  # None: missing or unreadable, or nothing was approved
    card: Card | None = None
    reference: str = field(default="", repr=False)
    reference_version: str = ""
    stan: str = ""
    at: datetime | None = None
    receipts: Receipts = field(default_factory=Receipts)
    reason: str = ""
    payment_type: str = ""
    test_system: bool = False


def payment_request(
    profile: Profile,
    verb: Verb,
    *,
    request_id: int,
    amount: Money,
    language: str = "",
    handle: Handle | None = None,
    reason: Reason | None = None,
) -> bytes:
    """Return the body of ``POST /terminal/payment``. Raises ValueError for what the terminal could not understand."""
    message: dict[str, str | Decimal] = {
        "paymentType": getattr(profile.payment_types, verb),
        "requestId": _request_id(request_id),
        "amount": to_number(amount),
        "currency": amount.currency.code,
    }
    if handle is not None:
        message["authReference"] = handle.reference
        message["authReferenceVersion"] = handle.version
    message |= _terminal_fields(profile, language)
    if reason is not None:
        message["captureCancellationReasonCode"] = profile.reason_codes[reason]
    return codec.encode(message)


def token_request(profile: Profile, *, request_id: int, language: str) -> bytes:
    """Return the body of ``POST /terminal/token``."""
    return codec.encode({"requestId": _request_id(request_id)} | _terminal_fields(profile, language))


def recover_request(profile: Profile, *, request_id: int) -> bytes:
    """Return the body of ``POST /terminal/recover`` (inferred)."""
    return codec.encode({"requestId": _request_id(request_id)} | _terminal_fields(profile, ""))


def service_request(profile: Profile) -> bytes:
    """Return the body of ``POST /terminal/status`` and of the abort call."""
    return codec.encode(
        {
            "terminalOperatingEnvironment": profile.operating_environment,
            "terminalAccessProtocol": profile.access_protocol,
        }
    )


def read_answer(profile: Profile, body: bytes) -> Answer:
    """Read a payment, token or recovery answer. Raises ValueError when it is not a JSON object with a status."""
    fields = codec.decode(body)
    names = profile.fields
    word = codec.pick_text(fields, "status")
    if not word:
        raise ValueError("no status")
    meaning = profile.meaning_of(word)
    receipts = Receipts(
        *(codec.decode_lines(fields.get(f"{kind}Receipt")) for kind in ("customer", "merchant", "journal"))
    )
    return Answer(
        meaning=meaning,
        word=short(word),
        request_id=codec.pick_text(fields, names.request_id).strip(),
        amount=_amount(fields) if meaning is Meaning.APPROVED else None,
        card=_card(profile, fields),
        reference=codec.pick_text(fields, names.reference),
        reference_version=codec.pick_text(fields, names.reference_version),
        stan=short(codec.pick_text(fields, "stan")),
        at=codec.to_moment(fields.get("timestamp")),
        receipts=receipts,
        reason=short(codec.pick_text(fields, names.reason)),
        payment_type=codec.pick_text(fields, "paymentType"),
        test_system=_is_test_system(profile, receipts),
    )


def read_status(profile: Profile, body: bytes) -> Status:
    """Read a status answer (chapter 1.4). Raises ValueError when it is not one."""
    fields = codec.decode(body)
    word = codec.pick_text(fields, "terminalState") or codec.pick_text(fields, "status")
    if not word:
        raise ValueError("no status")
    believed = profile.meaning_of(codec.pick_text(fields, "status")) is Meaning.APPROVED
    if believed and normalise(word) in {normalise(each) for each in profile.ready_states}:
        readiness = Readiness.READY
    elif normalise(word) in {normalise(each) for each in profile.busy_states}:
        readiness = Readiness.BUSY
    else:
        readiness = Readiness.ATTENTION
    return Status(
        readiness,
        detail=short(word),
        terminal_id=short(codec.pick_text(fields, "terminalId")),
    )


def read_display(profile: Profile, body: bytes) -> str:
    """Read the text on the terminal's screen (chapter 1.5). Raises ValueError when the answer is not an object."""
    return redact(codec.pick_text(codec.decode(body), profile.fields.display_text))[:300]


def short(word: str) -> str:
    """Return a word of the terminal as it may be stored and shown to staff: printable, short, without card digits."""
    return redact(codec.printable(word)).strip()[:120]


def _terminal_fields(profile: Profile, language: str) -> dict[str, str | Decimal]:
    return {
        "terminalOperatingEnvironment": profile.operating_environment,
        "terminalAccessProtocol": profile.access_protocol,
        "terminalLanguage": profile.languages.get(language[:2].lower(), profile.fallback_language),
        "terminalEnvironment": profile.environment,
    }


def _request_id(request_id: int) -> str:
    if not 0 <= request_id <= HIGHEST_REQUEST_ID:
        raise ValueError("a request id has at most 9 digits")
    return str(request_id)


def _amount(fields: Mapping[str, object]) -> Money | None:
    currency = fields.get("currency")
    if not isinstance(currency, str) or not re.fullmatch(r"[A-Za-z]{3}", currency):
        return None
    try:
        return codec.to_money(fields.get("amount"), currency.upper())
    except ValueError:
        return None


def _card(profile: Profile, fields: Mapping[str, object]) -> Card | None:
    token = codec.pick_text(fields, profile.fields.token).strip()
    if not token:
        return None
    par = codec.pick_text(fields, profile.fields.par).strip()
    kind = _TOKEN_TYPES.get(token[:2], TokenType.UID)
    if profile.test_mode:  # there it is the card number backwards (chapter 2.8): keep that out of everything
        token = token[:2] + hashlib.sha256(token.encode()).hexdigest()[:16]
    return Card(
        token_type=kind,
        token=token,
        par=par if _PAR.fullmatch(par) else "",
        brand=short(codec.pick_text(fields, profile.fields.brand))[:20],
        last_four=codec.last_four(codec.pick_text(fields, profile.fields.masked_card_number)),
    )


def _is_test_system(profile: Profile, receipts: Receipts) -> bool:
    lines = " ".join(receipts.customer + receipts.merchant + receipts.journal).upper()
    return any(mark.upper() in lines for mark in profile.test_marks)
