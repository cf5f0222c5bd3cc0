"""The one writer of Difference and Evidence: what a comparison found, kept so that the same finding is the same row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from hardware.terminal.interface import Verb
from hardware.terminal.statements import StatementLine
from payments.lifecycle import State
from payments.models import Authorisation, Difference, Evidence, Reconciliation
from payments.money import to_minor
from payments.reconciliation.compare import Comparison, Entry, Fate, Finding


def keep(run: Reconciliation, comparison: Comparison, covers: Set[Verb], now: datetime) -> list[Difference]:
    """Write what was found, end what is no longer found, and return what ``run`` saw. Call inside a transaction."""
    times: Counter[str] = Counter()
    seen = []
    for finding in comparison.findings:
        matter = _matter(finding)
        times[matter] += 1
        seen.append(_seen(run, finding, matter if times[matter] == 1 else f"{matter}#{times[matter]}", now))
    run.differences.set(seen)
    # Whatever a comparison that began later has seen is its affair.
    no_longer = Difference.objects.filter(
        terminal=run.terminal_id,
        source=run.source,
        resolved_at__isnull=True,
        kind__in=list(covers),
        at__gte=run.since,
        at__lt=run.until,
        last_seen_at__lt=run.started_at,
    )
    no_longer.exclude(pk__in=[each.pk for each in seen]).update(resolution=Difference.Resolution.GONE, resolved_at=now)
    Evidence.objects.bulk_create(_evidence_of(run, comparison, covers))
    return seen


def explain(row: Difference, *, user: AbstractBaseUser, note: str, now: datetime) -> bool:
    """A person says why it is so; it moves no money. False when it had ended already. Raises ValueError without a note."""
    if not note.strip():
        raise ValueError("an explanation needs a reason")
    return bool(
        Difference.objects.filter(pk=row.pk, resolved_at__isnull=True).update(
            resolution=Difference.Resolution.EXPLAINED, resolved_at=now, resolved_by_id=user.pk, note=note.strip()
        )
    )


def _seen(run: Reconciliation, finding: Finding, matter: str, now: datetime) -> Difference:
    """The row of ``finding``: the open one, one that was explained and looks the same, or a new one."""
    rows = Difference.objects.filter(terminal=run.terminal_id, source=run.source, matter=matter)
    row = rows.order_by("-first_seen_at", "-pk").first()
    figures = _figures(finding)
    if row is None or row.resolution == Difference.Resolution.GONE or (row.resolution and _changed(row, figures)):
        return Difference.objects.create(
            terminal_id=run.terminal_id,
            source=run.source,
            what=finding.what,
            matter=matter,
            first_seen_at=now,
            last_seen_at=now,
            **figures,
        )
    for name, value in (figures | {"last_seen_at": now}).items():
        setattr(row, name, value)
    row.save(update_fields=[*figures, "last_seen_at"])
    return row


def _changed(row: Difference, figures: dict[str, Any]) -> bool:
    compared = ("our_fate", "their_outcome", "our_minor", "our_currency", "their_minor", "their_currency")
    return any(getattr(row, name) != figures[name] for name in compared)


def _figures(finding: Finding) -> dict[str, Any]:
    entry, line = finding.entry, finding.line
    known = entry or line
    assert known is not None
    return {
        "kind": known.kind,
        "at": finding.at,
        "operation_id": entry.operation if entry else None,
        "authorisation_id": entry.authorisation if entry else None,
        "request_id": (line.request_id if line else None) or (entry.request_id if entry else None),
        "stan": (line.stan if line else "") or (entry.stan if entry else ""),
        "our_fate": entry.fate if entry else "",
        "our_minor": to_minor(entry.amount) if entry and entry.amount is not None else None,
        "our_currency": entry.amount.currency.code if entry and entry.amount is not None else "",
        "their_outcome": line.outcome if line else "",
        "their_minor": to_minor(line.amount) if line else None,
        "their_currency": line.amount.currency.code if line else "",
        "place": line.where if line else "",
    }


def _matter(finding: Finding) -> str:
    """What it is about: our operation, else the authorisation, else their line. A second line is about itself too."""
    entry, line, words = finding.entry, finding.line, [str(finding.what)]
    if entry is not None:
        words += ["op", entry.operation.hex] if entry.operation else ["auth", str(entry.authorisation), entry.kind]
    if line is not None and (entry is None or finding.what is finding.what.DUPLICATE):
        amount = f"{to_minor(line.amount)}{line.amount.currency.code}"
        words += [line.kind, str(line.request_id or line.stan), amount, f"{line.at.astimezone(UTC):%y%m%dT%H%M%S}"]
    return ":".join(words)


def _evidence_of(run: Reconciliation, comparison: Comparison, covers: Set[Verb]) -> Iterator[Evidence]:
    """What the list says, or does not say, about everything that is in doubt."""
    everything = [*(entry for entry, _ in comparison.pairs), *comparison.alone]
    doubtful = {each.authorisation for each in everything if each.fate is Fate.IN_DOUBT}
    others = {each.authorisation for each in everything} - doubtful
    in_doubt = Authorisation.objects.filter(terminal=run.terminal_id, state=State.IN_DOUBT)
    doubtful |= others.intersection(in_doubt.values_list("pk", flat=True))
    holds = {each.of: each.authorisation for each in everything if each.authorisation in doubtful and each.of}
    for entry, line in comparison.pairs:
        if entry.authorisation in doubtful:
            yield _piece_of_evidence(run, entry.authorisation, line, entry)
    for line in comparison.unknown:
        if line.of in holds:
            yield _piece_of_evidence(run, holds[line.of], line, None)
    for entry in comparison.alone:
        if entry.authorisation in doubtful and entry.kind in covers and run.since <= entry.at < run.until:
            yield _piece_of_evidence(run, entry.authorisation, None, entry)


def _piece_of_evidence(
    run: Reconciliation, authorisation: int, line: StatementLine | None, entry: Entry | None
) -> Evidence:
    known = line or entry
    assert known is not None
    return Evidence(
        reconciliation=run,
        authorisation_id=authorisation,
        operation_id=entry.operation if entry else None,
        kind=known.kind,
        request_id=known.request_id or (entry.request_id if entry else None),
        outcome=line.outcome if line else "",
        amount_minor=to_minor(line.amount) if line else 0,
        currency=line.amount.currency.code if line else "",
        at=line.at if line else None,
        stan=known.stan,
        place=line.where if line else "",
    )
