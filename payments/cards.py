"""Which card was presented: the one writer of CardToken."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import Q

from hardware.redaction import redact
from hardware.terminal.interface import Card
from payments.models import CardToken
from payments.secrets import fingerprint, fingerprints


def identify(card: Card, now: datetime) -> CardToken:
    """The record of ``card``, made at its first visit.

    A record that an older key wrote is found too, and moves to the newest key.
    """
    known = _look_up(card)
    if known:
        return _seen_again(_joined(known), card, now)
    row, created = CardToken.objects.get_or_create(
        token_type=card.token_type,
        fingerprint=fingerprint(card.token_type, card.token),
        defaults={
            "par_fingerprint": _par_fingerprint(card),
            "brand": redact(card.brand)[:20],
            "last_four": card.last_four[:4],
            "first_seen_at": now,
            "last_seen_at": now,
        },
    )
    return row if created else _seen_again(row, card, now)


def same_card(one: CardToken, other: CardToken) -> bool:
    """Whether two records are one card: by token, else by PAR (a card and its copy in a phone) where both have one.

    A card that has two records is joined by the older one's ``same_as``.

    Both must come from the database as it is now: ``identify`` may have moved either to a newer key.
    """
    if (one.same_as_id or one.pk) == (other.same_as_id or other.pk):
        return True
    return bool(one.par_fingerprint) and one.par_fingerprint == other.par_fingerprint


def _look_up(card: Card) -> list[CardToken]:
    """The records of the card, that of the newest key first."""
    wanted = fingerprints(card.token_type, card.token)
    rows = CardToken.objects.filter(token_type=card.token_type, fingerprint__in=wanted)
    return sorted(rows, key=lambda row: wanted.index(row.fingerprint))


def _joined(known: list[CardToken]) -> CardToken:
    """The first of ``known``; the others, and what was the same as they, become the same as it."""
    newest, *older = known
    if older:
        CardToken.objects.filter(Q(pk__in=[row.pk for row in older]) | Q(same_as__in=older)).update(same_as=newest)
    return newest


def _seen_again(row: CardToken, card: Card, now: datetime) -> CardToken:
    row.fingerprint = fingerprint(card.token_type, card.token)
    row.par_fingerprint = _par_fingerprint(card) or row.par_fingerprint
    row.brand = redact(card.brand)[:20] or row.brand
    row.last_four = card.last_four[:4] or row.last_four
    row.last_seen_at = now
    row.save(update_fields=["fingerprint", "par_fingerprint", "brand", "last_four", "last_seen_at"])
    return row


def _par_fingerprint(card: Card) -> str:
    """The fingerprint of the PAR; whatever an older key wrote for the same PAR moves along, so that it still matches."""
    if not card.par:
        return ""
    newest, *older = fingerprints("par", card.par)
    if len(settings.FINGERPRINT_KEYS) > 1:
        CardToken.objects.filter(par_fingerprint__in=older).update(par_fingerprint=newest)
    return newest
