"""Changing keys: what an older key sealed is sealed anew, and it is told which key is still needed (docs/keys.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Left

from payments.lifecycle import OPEN
from payments.models import Authorisation, CardToken
from payments.secrets import KEY_ID_LENGTH, Unreadable, key_id, seal, unseal

#: Rows that are written in one transaction; workers wait for it a few milliseconds.
BATCH = 200


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What hangs on one key.

    ``place`` is its place in the setting: 1 is the newest, 0 means that the setting no longer has it. ``rows`` were
    written with it, and ``needed`` of them cannot do without it now.
    """

    key: str
    place: int
    rows: int
    needed: int


@dataclass(slots=True)
class Resealed:
    """How many references were sealed anew, and the references (the readable ones) of those that nothing opens."""

    rows: int = 0
    unreadable: list[str] = field(default_factory=list)


def reseal(batch: int = BATCH) -> Resealed:
    """Seal with the newest key what an older one sealed.

    Safe beside running workers: a text that changed meanwhile is left as it is. Safe to break off and to run again:
    what is done is done, and what is left is found by its key.
    """
    done = Resealed()
    for rows in _batches(_sealed_with_older_keys(), batch):
        anew = [(row, _sealed_anew(row, done.unreadable)) for row in rows]
        with transaction.atomic():
            for row, text in anew:
                unchanged = Authorisation.objects.filter(pk=row.pk, sealed_handle=row.sealed_handle)
                done.rows += unchanged.update(sealed_handle=text) if text else 0
    return done


def sealed_by_key() -> list[KeyUse]:
    """How many references each key of FIELD_KEY sealed. All of them are needed: for a capture, release or refund."""
    sealed = Authorisation.objects.exclude(sealed_handle="").annotate(key=Left("sealed_handle", KEY_ID_LENGTH))
    counts: dict[str, int] = dict(sealed.order_by().values_list("key").annotate(rows=Count("pk")))
    return [
        KeyUse(key, place, counts.get(key, 0), counts.get(key, 0))
        for key, place in _places(settings.FIELD_KEYS, counts)
    ]


def fingerprints_by_key() -> list[KeyUse]:
    """How many cards each key of FINGERPRINT_KEY knows, and how many of those have an authorisation that is open.

    A card moves to the newest key when it is presented. Without its key it counts as a new one; that harms only the
    card that is to stop a session.
    """
    cards = CardToken.objects.filter(same_as=None).annotate(
        by_token=Left("fingerprint", KEY_ID_LENGTH), by_par=Left("par_fingerprint", KEY_ID_LENGTH)
    )
    known = {*cards.values_list("by_token", flat=True).distinct(), *cards.values_list("by_par", flat=True).distinct()}
    uses = []
    for key, place in _places(settings.FINGERPRINT_KEYS, known - {""}):
        of_key = cards.filter(Q(by_token=key) | Q(by_par=key))
        needed = of_key.filter(authorisations__state__in=OPEN).values("pk").distinct().count()
        uses.append(KeyUse(key, place, of_key.count(), needed))
    return uses


def _sealed_with_older_keys() -> QuerySet[Authorisation]:
    by_key = Authorisation.objects.exclude(sealed_handle="").alias(key=Left("sealed_handle", KEY_ID_LENGTH))
    return by_key.exclude(key=key_id(settings.FIELD_KEYS[0])).only("pk", "reference", "sealed_handle").order_by("pk")


def _batches(rows: QuerySet[Authorisation], size: int) -> Iterator[list[Authorisation]]:
    last = 0
    while found := list(rows.filter(pk__gt=last)[:size]):
        yield found
        last = found[-1].pk


def _sealed_anew(row: Authorisation, unreadable: list[str]) -> str:
    """The same sealed with the newest key; an empty text, and a name on the list, when it cannot be opened."""
    try:
        return seal(unseal(row.sealed_handle))
    except Unreadable:
        unreadable.append(row.reference)
        return ""


def _places(keys: Iterable[str], found: Iterable[str]) -> list[tuple[str, int]]:
    """The ids of the keys in the setting with their place, and then of those that only the rows know."""
    places = {key_id(key): place for place, key in enumerate(keys, 1)}
    return [*places.items(), *((key, 0) for key in sorted(set(found) - set(places)))]
