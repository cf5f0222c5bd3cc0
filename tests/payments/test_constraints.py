"""What must never be in the database, tried by writing it there past all services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from hardware.models import Terminal
from payments.models import Authorisation, CardToken, Decision, Operation, Refund
from tests.payments.clock import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def terminal(db: None) -> Terminal:
    return Terminal.objects.create(name="IM30", url="payproxy+http://localhost:1")


@pytest.fixture
def authorisation(terminal: Terminal, clock: Clock) -> Authorisation:
    return make_authorisation(terminal, clock)


def make_authorisation(terminal: Terminal, clock: Clock, **fields: Any) -> Authorisation:
    fields = {"state": "captured", "authorised_minor": 5000, "captured_minor": 4000, "refunded_minor": 1000} | fields
    return Authorisation.objects.create(
        terminal=terminal, currency="EUR", requested_minor=5000, created_at=clock(), deadline_at=clock(), **fields
    )


def make_operation(terminal: Terminal, clock: Clock, **fields: Any) -> Operation:
    request_id = Operation.objects.filter(terminal=terminal).count() + 1
    fields = {"kind": "read_token", "request_id": request_id} | fields
    return Operation.objects.create(terminal=terminal, created_at=clock(), due_at=clock(), **fields)


def make_refund(authorisation: Authorisation, clock: Clock) -> Refund:
    return Refund.objects.create(authorisation=authorisation, amount_minor=100, reason="x", created_at=clock())


class _Breaks:
    """Asserts that the block is stopped by the constraint of that name (SQLite names only those that check)."""

    def __init__(self, name: str, *, unique: bool = False) -> None:
        self.name, self.unique = name, unique

    def __enter__(self) -> None:
        self._point = transaction.atomic()
        self._point.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self._point.__exit__(kind, error, trace)
        assert isinstance(error, IntegrityError), f"{self.name} did not stop it: {error!r}"
        if connection.vendor != "sqlite" or not self.unique:
            assert self.name in str(error)
        return True


breaks = _Breaks


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"captured_minor": 5001}, "captured_at_most_authorised"),
        ({"captured_minor": -1, "refunded_minor": 0}, "captured_at_most_authorised"),
        ({"authorised_minor": 5001}, "authorised_at_most_requested"),
        ({"authorised_minor": -1}, "authorised_at_most_requested"),
        ({"refunded_minor": 4001}, "refunded_at_most_captured"),
        ({"refunded_minor": -1}, "refunded_at_most_captured"),
        ({"requested_minor": 0}, "authorisation_asks_for_something"),
        ({"state": "released"}, "captured_amount_only_when_captured"),
        ({"state": "lost"}, "authorisation_state_known"),
    ],
)
def test_amounts_that_cannot_be_are_refused_by_the_database(
    authorisation: Authorisation, change: dict[str, Any], constraint: str
) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Authorisation.objects.filter(pk=authorisation.pk).update(**change)
    assert "constraint" in str(refused.value)
    if len(change) == 1 and not any(value == -1 or value == 0 for value in change.values()):
        assert constraint in str(refused.value)  # else several are broken at once
    authorisation.refresh_from_db()
    assert (authorisation.captured_minor, authorisation.state) == (4000, "captured")


def test_a_reference_is_unique(terminal: Terminal, clock: Clock, authorisation: Authorisation) -> None:
    with breaks("reference", unique=True):
        make_authorisation(terminal, clock, reference=authorisation.reference)


def test_a_terminal_has_one_operation_in_flight(terminal: Terminal, clock: Clock, authorisation: Authorisation) -> None:
    make_operation(terminal, clock, kind="capture", state="in_flight", authorisation=authorisation, amount_minor=1)
    with breaks("one_operation_in_flight_per_terminal", unique=True):
        make_operation(terminal, clock, state="in_flight")


@pytest.mark.parametrize("first", ["queued", "in_flight"])
@pytest.mark.parametrize("kind", ["authorise", "read_token"])
def test_a_terminal_serves_one_cardholder(
    terminal: Terminal, clock: Clock, authorisation: Authorisation, first: str, kind: str
) -> None:
    make_operation(terminal, clock, state=first)
    about = {"authorisation": authorisation, "amount_minor": 1} if kind == "authorise" else {}
    with breaks("one_cardholder_per_terminal", unique=True):
        make_operation(terminal, clock, kind=kind, state="queued", **about)


def test_a_request_id_is_used_once_at_a_terminal(terminal: Terminal, clock: Clock) -> None:
    make_operation(terminal, clock, state="answered", request_id=7)
    with breaks("request_id_once_per_terminal", unique=True):
        make_operation(terminal, clock, state="answered", request_id=7)


@pytest.mark.parametrize("first", ["queued", "in_flight", "unknown", "answered"])
@pytest.mark.parametrize(("kind", "amount"), [("capture", 1), ("release", 0)])
def test_an_authorisation_is_settled_once(
    terminal: Terminal, clock: Clock, authorisation: Authorisation, first: str, kind: str, amount: int
) -> None:
    settled = {"kind": "capture", "authorisation": authorisation, "amount_minor": 1}
    make_operation(terminal, clock, state=first, outcome="approved" if first == "answered" else "", **settled)
    with breaks("one_settlement_per_authorisation", unique=True):
        make_operation(terminal, clock, kind=kind, authorisation=authorisation, amount_minor=amount)


@pytest.mark.parametrize(("state", "outcome"), [("not_sent", ""), ("cancelled", ""), ("answered", "declined")])
def test_a_settlement_that_did_nothing_does_not_stand_in_the_way(
    terminal: Terminal, clock: Clock, authorisation: Authorisation, state: str, outcome: str
) -> None:
    settled = {"kind": "capture", "authorisation": authorisation, "amount_minor": 1}
    make_operation(terminal, clock, state=state, outcome=outcome, **settled)
    make_operation(terminal, clock, **settled)


def test_an_authorisation_is_asked_for_once(terminal: Terminal, clock: Clock, authorisation: Authorisation) -> None:
    asked = {"kind": "authorise", "authorisation": authorisation, "amount_minor": 1, "state": "not_sent"}
    make_operation(terminal, clock, **asked)
    with breaks("one_authorise_per_authorisation", unique=True):
        make_operation(terminal, clock, **asked)


def test_a_refund_is_sent_once(terminal: Terminal, clock: Clock, authorisation: Authorisation) -> None:
    refund = make_refund(authorisation, clock)
    given = {"kind": "refund", "authorisation": authorisation, "refund": refund, "amount_minor": 1}
    make_operation(terminal, clock, state="unknown", **given)
    with breaks("one_operation_per_refund", unique=True):
        make_operation(terminal, clock, **given)


def wrong_shapes() -> Iterator[tuple[str, bool, bool]]:
    yield "read_token", True, False
    yield "read_token", False, True
    yield "capture", False, False
    yield "authorise", False, False
    yield "release", True, True
    yield "refund", True, False
    yield "refund", False, True


@pytest.mark.parametrize(("kind", "with_authorisation", "with_refund"), list(wrong_shapes()))
def test_an_operation_is_about_one_thing(
    terminal: Terminal,
    clock: Clock,
    authorisation: Authorisation,
    kind: str,
    with_authorisation: bool,
    with_refund: bool,
) -> None:
    amount = 0 if kind in ("read_token", "release") else 1
    with breaks("operation_is_about_one_thing"):
        make_operation(
            terminal,
            clock,
            kind=kind,
            amount_minor=amount,
            authorisation=authorisation if with_authorisation else None,
            refund=make_refund(authorisation, clock) if with_refund else None,
        )


@pytest.mark.parametrize(("kind", "amount"), [("capture", 0), ("capture", -1), ("authorise", 0), ("release", 1)])
def test_the_amount_fits_the_kind(
    terminal: Terminal, clock: Clock, authorisation: Authorisation, kind: str, amount: int
) -> None:
    with breaks("operation_amount_fits_its_kind"):
        make_operation(terminal, clock, kind=kind, authorisation=authorisation, amount_minor=amount)


def test_a_card_has_one_record(db: None, clock: Clock) -> None:
    card = {"token_type": "card", "fingerprint": "a", "first_seen_at": clock(), "last_seen_at": clock()}
    CardToken.objects.create(**card)
    CardToken.objects.create(**card | {"token_type": "uid"})
    with breaks("card_token_once", unique=True):
        CardToken.objects.create(**card)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_refund_is_of_something(authorisation: Authorisation, clock: Clock, amount: int) -> None:
    with breaks("refund_is_something"):
        Refund.objects.create(id=uuid4(), authorisation=authorisation, amount_minor=amount, created_at=clock())


def test_a_decision_has_a_reason_and_is_made_once(
    terminal: Terminal, clock: Clock, authorisation: Authorisation
) -> None:
    operation = make_operation(terminal, clock)
    user = User.objects.create(username="ops")
    decided = {"authorisation": authorisation, "operation": operation, "event": "found_nothing"}
    decided |= {"user": user, "at": clock()}
    with breaks("decision_has_a_reason"):
        Decision.objects.create(note="", **decided)
    with breaks("decision_amount_not_negative"):
        Decision.objects.create(note="x", amount_minor=-1, **decided)
    Decision.objects.create(note="the bank's list", **decided)
    with breaks("operation_decided_once", unique=True):
        Decision.objects.create(note="again", **decided)
