"""Our operations and the lines of a statement, side by side. Pure: no database, no clock, no I/O.

Every approved line finds its entry and every entry that was carried out finds its line, or it is a finding. A line is
never matched by a guess: by the request id, else by the authorisation it is about, else by that one's STAN.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from hardware.terminal.interface import Verb
from hardware.terminal.statements import StatementLine

#: How far the other side's clock may be off: what matches within it is no difference, however near to midnight.
CLOCK_TOLERANCE = timedelta(minutes=10)


class What(TextChoices):
    """The kinds of difference."""

    MISSING_HERE = "missing_here", _("missing here")
    MISSING_THERE = "missing_there", _("missing there")
    AMOUNT_DIFFERS = "amount_differs", _("amount differs")
    CURRENCY_DIFFERS = "currency_differs", _("currency differs")
    DUPLICATE = "duplicate", _("twice there")
    WRONG_STATE = "wrong_state", _("another outcome")


class Fate(StrEnum):
    """What we believe became of something that was asked."""

    DONE = "done"
    NOT_DONE = "not_done"
    IN_DOUBT = "in_doubt"
    UNDER_WAY = "under_way"


@dataclass(frozen=True, slots=True)
class Entry:
    """What our books say about one operation, or about what a person decided without one."""

    kind: Verb
    fate: Fate
    #: What moved; None where that is not ours to know. Of a release nothing is compared.
    amount: Money | None
    at: datetime
    authorisation: int
    operation: UUID | None = None
    request_id: int | None = None
    #: The request id of the authorisation.
    of: int | None = None
    stan: str = ""
    #: Whether it means something that it is not on the list.
    expected: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: what it is, our entry and their line, one of which may be missing."""

    what: What
    entry: Entry | None = None
    line: StatementLine | None = None

    @property
    def at(self) -> datetime:
        """When it happened, by their clock where they know of it."""
        found = self.line or self.entry
        assert found is not None
        return found.at


@dataclass(slots=True)
class Comparison:
    """What belongs together, what does not, and how it differs."""

    pairs: list[tuple[Entry, StatementLine]] = field(default_factory=list)
    #: Lines that were carried out there and that we know nothing of.
    unknown: list[StatementLine] = field(default_factory=list)
    #: Entries without a line.
    alone: list[Entry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def compare(
    entries: Sequence[Entry],
    lines: Iterable[StatementLine],
    *,
    since: datetime,
    until: datetime,
    covers: Set[Verb] = frozenset(Verb),
) -> Comparison:
    """Compare what happened from ``since`` up to and without ``until``.

    Both sides should reach CLOCK_TOLERANCE beyond the period; what has no counterpart there is nobody's difference.
    ``covers``: the kinds that the list has; an entry of another kind is not missed there.
    """
    result, books = Comparison(), _Books(entries)
    # What was carried out finds its entry before what was refused, so that a refusal and a success are no riddle.
    for line in sorted(lines, key=lambda each: (not each.approved, each.at)):
        inside = since <= line.at < until
        entry = books.take(line)
        if entry is not None:
            result.pairs.append((entry, line))
            if (what := _differs(entry, line, books)) and (inside or since <= entry.at < until):
                result.findings.append(Finding(what, entry, line))
        elif line.approved:
            twin = books.twin(line)
            result.unknown.append(line)
            if inside:
                result.findings.append(Finding(What.DUPLICATE if twin else What.MISSING_HERE, twin, line))
    result.alone = list(books.left())
    for entry in result.alone:
        missed = entry.fate is Fate.DONE and entry.expected and entry.kind in covers
        if missed and since <= entry.at < until:
            result.findings.append(Finding(What.MISSING_THERE, entry))
    return result


class _Books:
    """Our entries, each of which is taken once."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._left = dict.fromkeys(range(len(entries)))
        self._entries = entries
        self._by_request: dict[tuple[Verb, int], int] = {}
        self._by_hold: defaultdict[tuple[Verb, int | str], list[int]] = defaultdict(list)
        for place, entry in enumerate(entries):
            if entry.request_id is not None:
                self._by_request[entry.kind, entry.request_id] = place
            for hold in {entry.of, entry.stan} - {None, ""}:
                self._by_hold[entry.kind, hold].append(place)  # type: ignore[index]  # None was taken out

    def take(self, line: StatementLine) -> Entry | None:
        """The entry that ``line`` is about, if it is not taken; nobody else gets it."""
        free = [place for place in self._places(line) if place in self._left]
        if not free:
            return None
        place = min(free, key=lambda each: self._distance(each, line))
        del self._left[place]
        return self._entries[place]

    def twin(self, line: StatementLine) -> Entry | None:
        """The entry whose line ``line`` repeats: the same request, or one more capture or release of one hold."""
        places = self._places(line)
        if line.kind in (Verb.CAPTURE, Verb.RELEASE) and line.of is not None:
            places = places or [
                place for kind in (Verb.CAPTURE, Verb.RELEASE) for place in self._by_hold[kind, line.of]
            ]
        return next((self._entries[each] for each in places if each not in self._left), None)

    def settled(self, entry: Entry) -> Entry | None:
        """Another capture of the same hold that was carried out."""
        places = self._by_hold[Verb.CAPTURE, entry.of] if entry.of is not None else []
        others = (self._entries[place] for place in places)
        return next((each for each in others if each is not entry and each.fate is Fate.DONE), None)

    def left(self) -> Iterator[Entry]:
        """What no line was about."""
        return (self._entries[place] for place in self._left)

    def _places(self, line: StatementLine) -> list[int]:
        if line.request_id is not None:
            if (place := self._by_request.get((line.kind, line.request_id))) is not None:
                return [place]
            if line.of is None:
                return []
            # Under a request id that is not ours, only what a person decided can be meant.
            return [each for each in self._by_hold[line.kind, line.of] if self._entries[each].request_id is None]
        return self._by_hold[line.kind, line.of if line.of is not None else line.stan]

    def _distance(self, place: int, line: StatementLine) -> tuple[bool, bool, timedelta]:
        """The least is what the line is about, where a hold has several entries of its kind (a retry, refunds)."""
        entry = self._entries[place]
        undone = entry.fate in (Fate.NOT_DONE, Fate.UNDER_WAY)
        return undone is line.approved, entry.amount != line.amount, abs(entry.at - line.at)


def _differs(entry: Entry, line: StatementLine, books: _Books) -> What | None:
    if entry.fate is Fate.UNDER_WAY:
        return None
    if not line.approved:
        return What.WRONG_STATE if entry.fate is Fate.DONE and entry.expected else None
    if entry.fate is not Fate.DONE:
        twice = entry.kind is Verb.CAPTURE and books.settled(entry) is not None
        return What.DUPLICATE if twice else What.WRONG_STATE
    if entry.amount is None or entry.kind is Verb.RELEASE:
        return None
    if entry.amount.currency != line.amount.currency:
        return What.CURRENCY_DIFFERS
    return What.AMOUNT_DIFFERS if entry.amount != line.amount else None
