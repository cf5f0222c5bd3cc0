"""Writes the journal: one entry for each change, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from payments.journal.hashing import ENTRY, chained
from payments.models import Actor, Authorisation, JournalEntry

#: What an entry has of an authorisation before the change as well as after it.
TRACKED = ("state", "authorised_minor", "captured_minor", "released_minor", "refunded_minor")
_NOTHING = dict(zip(TRACKED, ("", 0, 0, 0, 0), strict=True))
_ROW = ("currency", "requested_minor", *TRACKED)


@dataclass(frozen=True, slots=True)
class _Cause:
    actor: Actor = Actor.SYSTEM
    user_id: int | None = None
    operation_id: UUID | None = None
    refund_id: UUID | None = None
    decision_id: int | None = None


_UNSAID = _Cause()
_cause: ContextVar[_Cause] = ContextVar("payments.journal.cause", default=_UNSAID)


@contextmanager
def because(**known: Any) -> Iterator[None]:
    """Whatever is written inside the block came about by this, and by what is said around the block.

    ``actor``, ``user_id``, ``operation_id``, ``refund_id``, ``decision_id``; a ``user_id`` means a person.
    """
    if known.get("user_id") is not None:
        known["actor"] = Actor.PERSON
    token = _cause.set(replace(_cause.get(), **known))
    try:
        yield
    finally:
        _cause.reset(token)


def write(authorisation_id: int, cause: str, now: datetime, was: Mapping[str, object] | None) -> JournalEntry:
    """Append what an authorisation has become to its chain.

    ``was`` has the former values of those of TRACKED that changed; None: there was no authorisation before. Call in
    the transaction of the change, after it, so that the row is locked and nobody else adds to the same chain.
    """
    row = Authorisation.objects.filter(pk=authorisation_id).order_by("-journal__number")
    now_has = row.values(*_ROW, "journal__number", "journal__hash")[:1].get()
    number, previous = now_has.pop("journal__number"), now_has.pop("journal__hash")
    before = _NOTHING if was is None else now_has | was
    why = _cause.get()
    entry = JournalEntry(
        authorisation_id=authorisation_id,
        number=(number or 0) + 1,
        at=now,
        cause=cause,
        actor=why.actor,
        user_id=why.user_id,
        operation_id=why.operation_id,
        refund_id=why.refund_id,
        decision_id=why.decision_id,
        **{f"was_{name}": before[name] for name in TRACKED},
        **now_has,
    )
    entry.hash = chained(previous or "", [getattr(entry, name) for name in ENTRY])
    entry.save(force_insert=True)
    return entry
