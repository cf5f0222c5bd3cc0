"""Where the rules of money begin and end: every state and kind that they are about, and what they leave alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.payments.attacks.on_holds import LARGEST
from tests.payments.world import World

Step = Callable[[World], object]
Case = tuple[str, Step]


@pytest.fixture
def world(db: None) -> World:
    return World(timezone.now())


def settles_beside(state: str, kind: str) -> Step:
    outcome = "approved" if state == "answered" else ""
    amount = 1 if kind == "capture" else 0

    def attempt(world: World) -> World:
        hold = {"authorisation_id": world.held.pk}
        world.again("capture", **hold, state=state, outcome=outcome)
        return world.again("capture", **hold, kind=kind, amount_minor=amount, state="queued", outcome="")

    return attempt


def refunds_beside(state: str) -> Step:
    def attempt(world: World) -> World:
        sent = {"refund_id": world.key, "amount_minor": 100}
        world.again("given", id=world.key, amount_minor=100).again("refund_sent", **sent, state=state)
        return world.again("refund_sent", **sent, state="queued")

    return attempt


def serves_beside(state: str) -> Step:
    return lambda w: w.again("token_read", state=state).again(
        "requested", authorisation_id=w.doubted.pk, state="queued"
    )


def comes_back_from(state: str) -> Step:
    return lambda w: w.change(f"spare_{state}", state="in_flight")


def carries_a_refund(kind: str, amount: int) -> Step:
    return lambda w: w.again("refund_sent", kind=kind, amount_minor=amount)


def opens_again(state: str) -> Step:
    closed, reopened = {"state": state, "released_minor": 4000}, {"state": "authorised", "released_minor": 0}
    return lambda w: w.change("held", **closed).change("held", **reopened)


def settles_after(state: str, outcome: str) -> Step:
    def attempt(world: World) -> World:
        hold = {"authorisation_id": world.held.pk}
        world.again("capture", **hold, state=state, outcome=outcome)
        return world.again("capture", **hold, state="queued", outcome="")

    return attempt


def refused() -> Iterator[Case]:
    """What only differs from an attack in a state or a kind."""
    for state in ("queued", "in_flight", "unknown", "answered"):
        for kind in ("capture", "release"):
            yield f"a {kind} beside a capture that is {state}", settles_beside(state, kind)
        yield f"a refund beside the same that is {state}", refunds_beside(state)
    for state in ("queued", "in_flight"):
        yield f"a cardholder beside one who is {state}", serves_beside(state)
    for state in ("not_sent", "cancelled", "answered"):
        yield f"back from {state}", comes_back_from(state)
    for kind, amount in (("read_token", 0), ("release", 0), ("authorise", 1), ("capture", 1)):
        yield f"{kind} with a refund", carries_a_refund(kind, amount)
    yield "a refund without a refund", lambda w: w.again("refund_sent", refund_id=None)
    for state in ("released", "declined", "failed"):
        yield f"open again after {state}", opens_again(state)


def allowed() -> Iterator[Case]:
    """What must not be in anybody's way."""
    for state, outcome in (("not_sent", ""), ("cancelled", ""), ("answered", "declined")):
        yield f"a capture after one that was {state} {outcome}", settles_after(state, outcome)
    yield "the rest of what was reserved", lambda w: w.again("given", amount_minor=100)
    yield "a refused refund of more than is reserved", lambda w: w.again("given", amount_minor=1500, state="refused")
    yield "everything that is held", lambda w: w.again("capture", authorisation_id=w.held.pk, amount_minor=4000)
    yield "one cent", lambda w: w.again("capture", authorisation_id=w.held.pk, amount_minor=1)
    yield "reserving to the last cent", lambda w: w.change("captured", refunded_minor=1500)
    yield "giving back what no refund needs", lambda w: w.change("captured", refunded_minor=500)
    yield (
        "the largest amount",
        lambda w: w.again(
            "held",
            reference="LARGEST",
            state="captured",
            requested_minor=LARGEST,
            authorised_minor=LARGEST,
            captured_minor=LARGEST - 1,
            released_minor=1,
            refunded_minor=LARGEST - 1,
        ),
    )
    yield "a next entry", lambda w: w.again("entry", number=2)
    yield "an answer about what was in doubt", lambda w: w.change("lost", state="answered", outcome="approved")
    yield "a word about a finished operation", lambda w: w.change("capture", detail="seen by staff")


def test_the_rules_hold_in_every_state(world: World, subtests: pytest.Subtests) -> None:
    for name, attempt in refused():
        with subtests.test(name), pytest.raises(IntegrityError):
            _attempt(world, attempt)


def test_the_rules_are_in_nobodys_way(world: World, subtests: pytest.Subtests) -> None:
    for name, attempt in allowed():
        with subtests.test(name):
            _attempt(world, attempt)


@transaction.atomic
def _attempt(world: World, attempt: Step) -> None:
    attempt(world)
    connection.check_constraints()
    transaction.set_rollback(True)
