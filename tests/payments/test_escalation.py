"""A hold that comes near its deadline is brought forward, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from payments.deadlines import GRACE
from payments.escalation import escalate
from payments.models import Authorisation
from payments.models.authorisation import Escalation
from payments.signals import deadline_near
from tests.payments.approving import QuickDesk


@pytest.fixture
def heard() -> Iterator[list[Authorisation]]:
    """The holds that were announced; ``listen`` may be put in its place."""
    found: list[Authorisation] = []

    def listen(authorisation: Authorisation, **_: Any) -> None:
        found.append(authorisation)

    deadline_near.connect(listen)
    yield found
    deadline_near.disconnect(listen)


def levels() -> dict[int, int]:
    return dict(Authorisation.objects.values_list("pk", "escalation"))


def test_one_hold_is_brought_forward_and_announced_and_no_other(
    quick_desk: QuickDesk, heard: list[Authorisation]
) -> None:
    first = quick_desk.held()
    quick_desk.clock.forward(hours=30)
    second = quick_desk.held()
    escalate(first.deadline_at)
    assert levels() == {first.pk: Escalation.LAST_CALL, second.pk: Escalation.WARNED}
    assert sorted(each.pk for each in heard) == [first.pk, second.pk]
    assert {each.pk: each.escalation for each in heard} == levels()
    escalate(first.deadline_at)
    assert len(heard) == 2  # said once


def test_what_is_settled_while_others_are_brought_forward_is_left_alone(quick_desk: QuickDesk) -> None:
    held = [quick_desk.held() for _ in range(2)]
    reached: list[Authorisation] = []

    def settle_the_others(authorisation: Authorisation, **_: Any) -> None:
        reached.append(authorisation)
        for other in held:
            if other.pk != authorisation.pk:
                quick_desk.run(quick_desk.release(other))

    deadline_near.connect(settle_the_others)
    try:
        escalate(held[0].deadline_at)
    finally:
        deadline_near.disconnect(settle_the_others)
    assert len(reached) == 1
    assert sorted(levels().values()) == [Escalation.NONE, Escalation.LAST_CALL]


def test_only_a_settlement_that_did_nothing_by_the_end_is_a_persons(
    quick_desk: QuickDesk, heard: list[Authorisation]
) -> None:
    asked = quick_desk.ask()  # nobody was ever asked for a card
    escalate(asked.deadline_at + GRACE)
    asked.refresh_from_db()
    assert (asked.state, asked.escalation) == ("pending", Escalation.PASSED)
    assert [each.pk for each in heard] == [asked.pk]
    assert asked.operations.get().state == "queued"
