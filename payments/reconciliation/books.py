"""Our side of the comparison: operations and decisions, as entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet

from hardware.models import Terminal
from hardware.terminal.interface import Outcome, Verb
from hardware.terminal.statements import StatementLine
from payments.lifecycle import Event
from payments.models import Decision, Operation
from payments.money import from_minor
from payments.reconciliation.compare import CLOCK_TOLERANCE, Entry, Fate

Kind = Operation.Kind
State = Operation.State

#: What a person who found money taken or a hold released thereby says about operations of that kind.
_DECIDED = {Event.FOUND_CAPTURED: Kind.CAPTURE, Event.FOUND_RELEASED: Kind.RELEASE}
_SOME = 500  # ids in one question to the database

Id = TypeVar("Id", int, str)


def entries(
    terminal: Terminal, lines: Sequence[StatementLine], *, since: datetime, until: datetime, asked_at: datetime
) -> list[Entry]:
    """What our books say about the period and about every request and authorisation that ``lines`` name.

    Read it after the list: what ended after ``asked_at`` counts as under way, because the list may be older.
    """
    asked = Q(started_at__gte=since - CLOCK_TOLERANCE, started_at__lt=until + CLOCK_TOLERANCE)
    operations = {each.pk: each for each in _money(terminal).filter(asked)}
    known = {each.request_id for each in operations.values()}
    requests = {each.request_id for each in lines if each.request_id is not None} - known
    holds = {each.of for each in lines if each.of is not None}
    stans = {each.stan for each in lines if each.request_id is None} - {""}
    named = [
        *(Q(request_id__in=some) for some in _pieces(sorted(requests))),
        *(Q(authorisation__operations__request_id__in=some) for some in _pieces(sorted(holds))),
        *(Q(authorisation__stan__in=some) for some in _pieces(sorted(stans))),
    ]
    for condition in named:
        operations |= {each.pk: each for each in _money(terminal).filter(condition)}
    about = sorted({each.authorisation_id for each in operations.values() if each.authorisation_id})
    known_of = _Known(_holds(about), _decisions(about), asked_at)
    found = [_entry(each, known_of) for each in operations.values()]
    return found + list(_without_operation(found, known_of))


@dataclass(frozen=True, slots=True)
class _Known:
    """Beside the operations: the request id of each authorisation, decisions, and when the list was asked for."""

    holds: dict[int, int]
    decisions: dict[int, Decision]
    asked_at: datetime


def _money(terminal: Terminal) -> QuerySet[Operation]:
    rows = Operation.objects.filter(terminal=terminal, authorisation__isnull=False)
    return rows.select_related("authorisation").order_by("created_at", "request_id")


def _pieces(wanted: Sequence[Id]) -> Iterator[Sequence[Id]]:
    for start in range(0, len(wanted), _SOME):
        yield wanted[start : start + _SOME]


def _holds(authorisations: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for some in _pieces(authorisations):
        rows = Operation.objects.filter(authorisation__in=some, kind=Kind.AUTHORISE)
        found |= dict(rows.values_list("authorisation_id", "request_id"))
    return found


def _decisions(authorisations: Sequence[int]) -> dict[int, Decision]:
    """The last decision about each authorisation that says that money was taken or a hold released."""
    found: dict[int, Decision] = {}
    for some in _pieces(authorisations):
        rows = Decision.objects.filter(authorisation__in=some, event__in=list(_DECIDED))
        found |= {each.authorisation_id: each for each in rows.select_related("authorisation").order_by("at")}
    return found


def _entry(operation: Operation, known: _Known) -> Entry:
    authorisation = operation.authorisation
    assert authorisation is not None
    decision, fate = known.decisions.get(authorisation.pk), _fate(operation, known.asked_at)
    amount: int | None = operation.amount_minor
    if operation.kind == Kind.AUTHORISE:
        amount = authorisation.authorised_minor  # the bank may have granted less
        if decision is not None and operation.state == State.NOT_SENT:
            fate, amount = Fate.DONE, None  # there was a hold, if something became of it
    elif decision is not None and operation.kind == _DECIDED[Event(decision.event)]:
        fate, amount = Fate.DONE, authorisation.captured_minor
    return Entry(
        kind=Verb(operation.kind),
        fate=fate,
        amount=None if amount is None else from_minor(amount, authorisation.currency),
        at=operation.started_at or operation.created_at,
        authorisation=authorisation.pk,
        operation=operation.pk,
        request_id=operation.request_id,
        of=known.holds.get(authorisation.pk),
        stan=authorisation.stan,
        expected=decision is None or operation.kind == Kind.REFUND,
    )


def _fate(operation: Operation, asked_at: datetime) -> Fate:
    if operation.state == State.IN_FLIGHT or (operation.state == State.QUEUED and not operation.tries):
        return Fate.UNDER_WAY
    if operation.state == State.UNKNOWN:
        return Fate.IN_DOUBT
    done = operation.state == State.ANSWERED and operation.outcome == Outcome.APPROVED
    if done and (operation.finished_at is None or operation.finished_at >= asked_at):
        return Fate.UNDER_WAY
    return Fate.DONE if done else Fate.NOT_DONE


def _without_operation(found: Sequence[Entry], known: _Known) -> Iterator[Entry]:
    """What a person found out and no operation of ours asked for: taken or released at the bank's own desk."""
    there = {(each.authorisation, each.kind) for each in found}
    for decision in known.decisions.values():
        kind, authorisation = Verb(_DECIDED[Event(decision.event)]), decision.authorisation
        if (authorisation.pk, kind) not in there:
            yield Entry(
                kind=kind,
                fate=Fate.DONE,
                amount=authorisation.captured,
                at=authorisation.authorised_at or authorisation.created_at,
                authorisation=authorisation.pk,
                of=known.holds.get(authorisation.pk),
                stan=authorisation.stan,
                expected=False,
            )
