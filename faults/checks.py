"""What must be true after every history: the bank's book and ours agree to the cent, and nothing is stuck."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.apps import apps
from django.db import connection, models

from hardware.models import Command
from hardware.terminal.simulator.book import Book, Totals
from hardware.terminal.simulator.cards import CARDS
from kiosk import attention
from kiosk.lifecycle import HOLDS_CONNECTOR
from kiosk.lifecycle import OPEN as SESSION_OPEN
from kiosk.models import Session, StopAttempt
from kiosk.timeline import Flag
from payments.journal.verifying import verify
from payments.lifecycle import OPEN, State
from payments.models import Authorisation, Operation, Refund

#: What the bank refuses only when it is asked a second time for the same money, or for more than there is.
_TWICE = frozenset({"already settled", "above the authorised amount", "above the captured amount"})
#: So many are named one by one on the list of what needs attention.
_NAMED = 5
#: In the name of a release that the terminal made by itself.
_BY_ITSELF = ".reversed"
_DIGITS = re.compile(r"\d{12,}")
#: Its last part is twelve digits by chance.
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(slots=True)
class Verdict:
    """What was found. Cents: minor units of any currency."""

    lost_cents: int = 0
    doubled_cents: int = 0
    stuck: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether anything is not as it must be."""
        return bool(self.lost_cents or self.doubled_cents or self.stuck or self.wrong)


def still_open() -> list[str]:
    """What has not come to its end."""
    moving = [Operation.State.QUEUED, Operation.State.IN_FLIGHT, Operation.State.UNKNOWN]
    about_money = Operation.objects.filter(state__in=moving, authorisation__isnull=False)
    reading = Operation.objects.filter(state__in=moving[:2], authorisation__isnull=True)
    waiting = [Refund.State.REQUESTED, Refund.State.IN_DOUBT]
    return [
        *(f"session {row.pk} is {row.state}" for row in Session.objects.filter(state__in=SESSION_OPEN)),
        *(f"authorisation {row} is {row.state}" for row in Authorisation.objects.filter(state__in=OPEN)),
        *(f"{row} is {row.state}" for row in (about_money | reading)),
        *(f"refund {row.pk} is {row.state}" for row in Refund.objects.filter(state__in=waiting)),
        *(f"stop attempt {row.pk}" for row in StopAttempt.objects.filter(outcome=StopAttempt.Outcome.WAITING)),
        *(f"command {row.kind} is {row.state}" for row in Command.objects.filter(state__in=["queued", "sent"])),
    ]


def charging() -> bool:
    """Whether anything still depends on a charge point."""
    commands = Command.objects.filter(state__in=[Command.State.QUEUED, Command.State.SENT])
    return commands.exists() or Session.objects.filter(state__in=HOLDS_CONNECTOR).exists()


def unlisted(rows: Iterable[Authorisation | Refund], now: datetime) -> list[str]:
    """Those of ``rows``, which wait for a person, that are not on the list of what needs attention."""
    listed = " ".join(matter.title for matter in attention.matters(now, lambda permission: True))
    named = {row: row.authorisation.reference if isinstance(row, Refund) else row.reference for row in rows}
    if len(named) > _NAMED:
        return []
    return [f"{name} waits for a person whom nobody tells" for name in named.values() if name not in listed]


def check(books: Mapping[str, Book], said: Iterable[str], *, repeats: bool = False) -> Verdict:
    """Compare everything. ``books``: terminal -> the bank's book; ``said``: logs and messages of the product.

    ``repeats``: a request may come again, where the other side takes both for one.
    """
    verdict = Verdict(stuck=still_open())
    verdict.wrong += [f"journal: {each.what} at {each.where}" for each in verify().findings]
    for name, book in books.items():
        _compare(name, book, verdict, repeats=repeats)
    _sessions(verdict)
    secrets = [card.token for card in CARDS.values()] + ["SIMREF."]
    for where, text in (*_stored(), *(("said", each) for each in said)):
        if _DIGITS.search(_UUID.sub("", text)) or any(secret in text for secret in secrets):
            verdict.wrong.append(f"something secret in {where}: {_DIGITS.findall(text) or 'a token'}")
    return verdict


def _compare(terminal: str, book: Book, verdict: Verdict, *, repeats: bool) -> None:
    """Every hold of the bank belongs to one of our authorisations, and is what that says."""
    ours = {
        str(row.request_id): row.authorisation
        for row in Operation.objects.filter(kind=Operation.Kind.AUTHORISE, terminal__name=terminal).select_related(
            "authorisation"
        )
    }
    for entry in book.entries():
        if entry.repeats and not repeats:
            verdict.wrong.append(f"request {entry.request_id} was sent {1 + entry.repeats} times")
        if entry.outcome == "declined" and entry.reason in _TWICE:
            verdict.doubled_cents += entry.asked_minor or 1
            verdict.wrong.append(f"the bank was asked for {entry.kind} of {entry.of} and said: {entry.reason}")
    undone = {each.of for each in book.entries() if each.kind == "release" and _BY_ITSELF in each.request_id}
    held = {totals.request_id: totals for totals in book.totals()}
    for request_id, totals in held.items():
        row = ours.get(request_id)
        if row is None:
            verdict.lost_cents += totals.authorised_minor
            verdict.wrong.append(f"the bank holds {request_id}, of which we know nothing")
        else:
            _compare_one(row, totals, verdict, undone=request_id in undone)
    for request_id, row in ours.items():
        if row is not None and row.authorised_minor and request_id not in held:
            verdict.wrong.append(f"{row}: we say that {row.authorised_minor} were held, the bank never held anything")


def _compare_one(row: Authorisation, totals: Totals, verdict: Verdict, *, undone: bool) -> None:
    """``undone``: the terminal itself has freed the hold, because nobody took its answer: then there was none."""
    if undone and row.state in (State.FAILED, State.DECLINED):
        return
    if row.state not in (State.CAPTURED, State.RELEASED):
        if row.state not in OPEN:
            verdict.lost_cents += totals.held_minor + totals.captured_minor
            verdict.wrong.append(f"{row}: {row.state}, and the bank held {totals.authorised_minor}")
        return
    given_back = sum(row.refunds.filter(state=Refund.State.DONE).values_list("amount_minor", flat=True))
    verdict.lost_cents += totals.held_minor + max(0, row.captured_minor - totals.captured_minor)
    verdict.doubled_cents += max(0, totals.captured_minor - row.captured_minor)
    verdict.doubled_cents += max(0, totals.refunded_minor - given_back)
    verdict.lost_cents += max(0, given_back - totals.refunded_minor)
    released = row.authorised_minor - row.captured_minor
    book = (totals.authorised_minor, totals.captured_minor, totals.released_minor, totals.refunded_minor)
    mine = (row.authorised_minor, row.captured_minor, released, row.refunded_minor)
    if mine != book and not (row.reason == "decided" and row.state == State.RELEASED and book[1] == 0):
        verdict.wrong.append(f"{row} {row.state}: held, captured, released, refunded {mine}, in the bank's book {book}")
    if given_back != row.refunded_minor:
        verdict.wrong.append(f"{row}: refunds of {given_back} are done, {row.refunded_minor} are reserved")


def _sessions(verdict: Verdict) -> None:
    """A session took what it cost, and nothing for nothing; or it says that the amount differs."""
    for session in Session.objects.exclude(state__in=SESSION_OPEN).select_related("authorisation"):
        money, said = session.authorisation, Flag.AMOUNT_DIFFERS in session.flags
        owed = session.cost_minor if session.energy_wh > 0 else 0
        if money.captured_minor and not owed:
            verdict.wrong.append(f"session {session.pk} paid {money.captured_minor} for nothing")
        elif money.captured_minor != owed and not said and session.state == "finished":
            verdict.wrong.append(f"session {session.pk} cost {owed}, {money.captured_minor} were taken")


def _stored() -> Iterator[tuple[str, str]]:
    """Every text in the tables of the product."""
    with connection.cursor() as cursor:
        for model, columns in _texts().items():
            cursor.execute(f"SELECT {columns} FROM {model}")  # noqa: S608 -- names of our own models
            for row in cursor.fetchall():
                yield model, json.dumps(row)


#: Digests, which have runs of digits by chance.
_HEXADECIMAL = frozenset({"hash", "digest", "key_hash", "connection"})
_TEXTS: dict[str, str] = {}


def _texts() -> dict[str, str]:
    if not _TEXTS:
        kinds = (models.CharField, models.TextField, models.JSONField)
        for model in (
            each for app in ("hardware", "payments", "kiosk") for each in apps.get_app_config(app).get_models()
        ):
            fields = [one for one in model._meta.local_concrete_fields if isinstance(one, kinds)]
            names = [one.column for one in fields if one.name not in _HEXADECIMAL]
            if names:
                _TEXTS[model._meta.db_table] = ", ".join(f'"{name}"' for name in names)
    return _TEXTS
