"""What a terminal says for people to read, without what it told us in confidence. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from hardware.redaction import redact
from hardware.terminal.interface import Card, Handle, Receipts, Result, TokenResult

Said = TypeVar("Said", bound=Result | TokenResult)

#: Shorter ones would be found in innocent words.
_SHORTEST = 6


def discreet(answer: Said, handle: Handle | None = None) -> Said:
    """``answer`` with no card digits, token, PAR or reference in its reason, STAN and receipts.

    ``handle`` is the one that the question was asked with: a terminal may repeat it.
    """
    own = answer.handle if isinstance(answer, Result) else None
    secrets = sorted(_secrets(answer.card, handle, own), key=len, reverse=True)
    if isinstance(answer, TokenResult):
        return replace(answer, reason=_without(secrets, answer.reason))
    receipts = answer.receipts
    return replace(
        answer,
        reason=_without(secrets, answer.reason),
        stan=_without(secrets, answer.stan),
        receipts=Receipts(
            customer=tuple(_without(secrets, line) for line in receipts.customer),
            merchant=tuple(_without(secrets, line) for line in receipts.merchant),
            journal=tuple(_without(secrets, line) for line in receipts.journal),
        ),
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
