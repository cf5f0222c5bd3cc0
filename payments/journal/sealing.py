"""Seals the journal, so that taking away the newest entries of a chain, or all of it, leaves a trace."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max

from payments.journal.hashing import SEAL, chained
from payments.models import JournalEntry, JournalSeal

#: An entry is sealed once no transaction can still be open that began before it: ids are given before the commit.
RIPE = timedelta(minutes=1)
#: At most so often, or there would be as many seals as entries.
EVERY = timedelta(minutes=10)
#: Below every id, also below those that only somebody who hides an entry would give.
BEFORE_ALL = -(2**63)


def seal(now: datetime) -> JournalSeal | None:
    """Seal what has become ripe; None when there is nothing, when it is too early, or when somebody else was faster.

    For the sweep. Costs one look at the newest seal, and nothing more while that is young.
    """
    last = JournalSeal.objects.order_by("-number").first()
    if last is not None and last.at > now - EVERY:
        return None
    number, after, previous = (last.number + 1, last.highest_id, last.hash) if last else (1, BEFORE_ALL, "")
    ripe = JournalEntry.objects.filter(pk__gt=after, at__lte=now - RIPE)
    highest = ripe.aggregate(highest=Max("pk"))["highest"]
    if highest is None:
        return None
    count, digest = digest_of(covered(after, highest))
    made = JournalSeal(number=number, at=now, highest_id=highest, count=count, digest=digest)
    made.hash = chained(previous, [getattr(made, name) for name in SEAL])
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:  # seal_number_once
        return None
    return made


def covered(after: int, highest: int) -> Iterable[str]:
    """The hashes of the entries above ``after``, up to ``highest``, by their ids."""
    entries = JournalEntry.objects.filter(pk__gt=after, pk__lte=highest).order_by("pk")
    return entries.values_list("hash", flat=True).iterator(chunk_size=2000)


def digest_of(hashes: Iterable[str]) -> tuple[int, str]:
    """How many there are, and the hash of them all."""
    digest, count = hashlib.sha256(), 0
    for each in hashes:
        digest.update(each.encode())
        count += 1
    return count, digest.hexdigest()
