"""The bodies that the Payment API is sent. Pure.

The same call builds the same bytes, always: CCV compares them to tell a repeated request from a new one (chapter 2.7).
Source: reference ccv-interfaces.md, chapters 2.2 and 2.6.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal

from moneyed import Money

from hardware.terminal.amounts import to_number
from hardware.terminal.ccv.profile import Profile

#: What CCV's own references look like.
REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,80}")


def order_reference(terminal_id: str, request_id: int) -> str:
    """Return what names one operation at CCV: unique among all terminals, because request ids are unique at one."""
    if not 0 <= request_id <= 999_999_999:
        raise ValueError("a request id has at most 9 digits")
    return f"{terminal_id}-R{request_id}"  # the letter keeps it from looking like a card number


def request_id_of(terminal_id: str, name: str) -> int | None:
    """Return the request id in what ``order_reference`` made for this terminal; None when it was not made by it."""
    number = name.removeprefix(f"{terminal_id}-R")
    return int(number) if number != name and number.isdecimal() and len(number) <= 9 else None


def payment_request(profile: Profile, terminal_id: str, request_id: int, *, amount: Money, language: str) -> bytes:
    """Return the body of ``POST /payment`` that holds ``amount``. Raises ValueError."""
    return encode(
        {
            "transactionType": profile.mapping.types.authorise,
            "method": "terminal",
            "amount": _amount(profile, amount),
            "currency": amount.currency.code.lower(),
            **_in_person(profile, terminal_id, request_id, language),
        }
    )


def token_request(profile: Profile, terminal_id: str, request_id: int, *, language: str) -> bytes:
    """Return the body of ``POST /token`` (inferred)."""
    return encode({"method": "terminal", **_in_person(profile, terminal_id, request_id, language)})


def settle_request(
    profile: Profile, terminal_id: str, request_id: int, *, reference: str, amount: Money | None = None
) -> bytes:
    """Return the body of ``POST /capture``, ``/refund``, or (without an amount) ``/reversal``. Raises ValueError.

    These have no merchantOrderReference: what names the operation is the description.
    """
    if not REFERENCE.fullmatch(reference):
        raise ValueError("the reference is none of CCV's")
    return encode(
        {
            "reference": reference,
            **({} if amount is None else {"amount": _amount(profile, amount)}),
            "description": order_reference(terminal_id, request_id),
            **_hooks(profile, request_id),
        }
    )


def void_request(reference: str) -> bytes:
    """Return the body of ``POST /void`` (inferred)."""
    return encode({"reference": reference})


def encode(value: object) -> bytes:
    """Return JSON, decimals as numbers with exactly their digits (``50.00`` stays ``50.00``)."""
    return _text_of(value).encode()


def _in_person(profile: Profile, terminal_id: str, request_id: int, language: str) -> dict[str, object]:
    """What a request says that wants a card at the terminal."""
    word = profile.languages.get(language[:2].lower(), profile.fallback_language)
    details: dict[str, object] = {
        "terminalId": terminal_id,
        "managementSystemId": profile.management_system_id,
        "accessProtocol": profile.access_protocol,
        "operatingEnvironment": profile.operating_environment,
        "merchantLanguage": word.upper(),
        **({"ip": profile.ip, "port": profile.port} if profile.ip else {}),
        "supportPartialApproval": profile.partial_approval,
        **({profile.mapping.token_flag: True} if profile.mapping.token_flag else {}),
    }
    return {
        "language": word,
        "merchantOrderReference": order_reference(terminal_id, request_id),
        "description": profile.description,
        **({"returnUrl": profile.return_url} if profile.return_url else {}),
        **_hooks(profile, request_id),
        "details": details,
    }


def _hooks(profile: Profile, request_id: int) -> dict[str, object]:
    if not profile.webhook_url:
        return {}
    url = f"{profile.webhook_url}?request={request_id}"  # CCV adds nothing of its own but the transaction's reference
    if profile.notifications:
        return {
            "notificationRequests": [{"type": each, "url": url} for each in ("StatusChanged", "TerminalMessageUpdate")]
        }
    return {"webhookUrl": url}


def _amount(profile: Profile, amount: Money) -> str | Decimal:
    number = to_number(amount)
    return f"{number:f}" if profile.amounts_as_text else number


def _text_of(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(name))}: {_text_of(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_text_of, value)) + "]"
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value)
