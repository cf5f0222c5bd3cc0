"""What a terminal says for people to read, without what it told us in confidence. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from hardware.redaction import redact
from hardware.terminal.interface import Card, Closing, Handle, Receipts, Result, TokenResult

Said = TypeVar("Said", bound=Result | TokenResult | Closing)

#: Shorter ones would be found in innocent words.
_SHORTEST = 6


def discreet(answer: Said, handle: Handle | None = None) -> Said:
    """``answer`` with no card digits, token, PAR or reference in its reason, STAN and receipts.

    ``handle`` is the one that the question was asked with: a terminal may repeat it.
    """
    if isinstance(answer, Closing):
        return replace(answer, reason=redact(answer.reason), receipts=_read_by_all((), answer.receipts))
    own = answer.handle if isinstance(answer, Result) else None
    secrets = sorted(_secrets(answer.card, handle, own), key=len, reverse=True)
    if isinstance(answer, TokenResult):
        return replace(answer, reason=_without(secrets, answer.reason))
    return replace(
        answer,
        reason=_without(secrets, answer.reason),
        stan=_without(secrets, answer.stan),
        receipts=_read_by_all(secrets, answer.receipts),
    )


def _read_by_all(secrets: Iterable[str], receipts: Receipts) -> Receipts:
    return Receipts(
        customer=tuple(_without(secrets, line) for line in receipts.customer),
        merchant=tuple(_without(secrets, line) for line in receipts.merchant),
        journal=tuple(_without(secrets, line) for line in receipts.journal),
    )


def _secrets(card: Card | None, *handles: Handle | None) -> set[str]:
    found: Iterable[str] = [
        *((card.token, card.par) if card else ()),
        *(handle.reference for handle in handles if handle),
    ]
    return {secret for secret in found if len(secret) >= _SHORTEST}


def _without(secrets: Iterable[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "****")
    return redact(text)
