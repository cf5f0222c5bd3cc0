"""Two transactions at once: the second begins while the first is open, and must not get past what the first will have done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from hardware.terminal.interface import Outcome, Result
from payments import answers, journal, operations
from payments.decisions import decide, decide_refund
from payments.errors import NotInDoubt, RefundRefused
from payments.lifecycle import Event
from payments.models import Authorisation, Decision, JournalEntry, JournalSeal, Operation, Refund
from tests.payments.approving import QuickDesk
from tests.payments.attacks import Attack
from tests.payments.cashdesk import euros
from tests.payments.world import World
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

Step = Callable[[], object]
CENT = euros("0.01")


class Second(threading.Thread):
    """A transaction of its own in a thread of its own, and what came of it."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step
        self.result: object = None
        self.error: Exception | None = None
        self.begins = threading.Event()

    def run(self) -> None:
        self.begins.set()
        try:
            with transaction.atomic():
                self.result = self.step()
        except Exception as error:
            self.error = error
        finally:
            connections.close_all()


def race(first: Step, second: Step) -> Second:
    """``second`` runs into ``first``, which is committed only when the other waits for it."""
    other = Second(second)
    with transaction.atomic():
        first()
        other.start()
        assert other.begins.wait(5)
        if connection.vendor == "postgresql":  # SQLite lets only one transaction begin
            eventually(lambda: _somebody_waits() or not other.is_alive(), what="the second transaction to wait")
    other.join(20)
    assert not other.is_alive()
    return other


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.fixture
def world(transactional_db: None) -> World:
    with transaction.atomic():
        return World(timezone.now())


#: Done by both at once; fine once.
RACES = [
    Attack(
        "one_settlement_per_authorisation",
        "two captures of a hold",
        lambda w: w.again("capture", authorisation_id=w.held.pk),
    ),
    Attack(
        "one_operation_in_flight_per_terminal",
        "two questions to a terminal",
        lambda w: w.again("token_read", state="in_flight", request_id=w.number()),
    ),
    Attack(
        "one_cardholder_per_terminal",
        "two cardholders",
        lambda w: w.again("token_read", state="queued", request_id=w.number()),
    ),
    Attack("request_id_once_per_terminal", "one request id", lambda w: w.again("token_read", request_id=77)),
    Attack(
        "one_open_session_per_connector",
        "two sessions",
        lambda w: w.again(
            "session",
            connector_id=w.free_connector.pk,
            public_id=str(w.number()),
            authorisation_id=w.spare().pk,
            start_command_id=None,
            transaction_id=None,
            card_id=None,
        ),
    ),
    Attack("refund_is_reserved", "the last cents refunded twice", lambda w: w.again("given", amount_minor=100)),
    Attack("operation_decided_once", "two decisions", lambda w: w.again("decision", operation_id=w.requested.pk)),
    Attack("journal_number_once", "one number in a chain", lambda w: w.again("entry", number=2)),
    Attack("seal_number_once", "one number of a seal", lambda w: w.again("seal", number=2)),
    Attack("card_token_once", "one card", lambda w: w.again("card", fingerprint="seen by two")),
]


@pytest.mark.parametrize("attack", RACES, ids=str)
def test_of_two_transactions_at_once_one_is_refused(world: World, attack: Attack) -> None:
    second = race(lambda: attack.attempts(world), lambda: attack.attempts(world))
    assert isinstance(second.error, DatabaseError), second.error
    if connection.vendor == "postgresql":
        assert attack.constraint in str(second.error)


def test_two_agents_refund_the_last_cent_once(quick_desk: QuickDesk) -> None:
    quick_desk.taken(CENT)
    seen = [Authorisation.objects.get(), Authorisation.objects.get()]
    second = race(lambda: quick_desk.refund(seen[0], CENT, CENT), lambda: quick_desk.refund(seen[1], CENT, CENT))
    assert isinstance(second.error, RefundRefused)
    assert second.error.code == "stale"
    assert (Refund.objects.count(), Authorisation.objects.get().refunded_minor) == (1, 1)


def test_two_processes_settle_a_hold_once(quick_desk: QuickDesk) -> None:
    quick_desk.held()
    seen = [Authorisation.objects.get(), Authorisation.objects.get()]
    second = race(lambda: quick_desk.capture(seen[0]), lambda: quick_desk.release(seen[1]))
    assert second.error is None
    assert [each.kind for each in Operation.objects.exclude(kind="authorise")] == ["capture"]


def test_two_people_decide_once(quick_desk: QuickDesk) -> None:
    quick_desk.lose(quick_desk.capture(quick_desk.held()))
    user = User.objects.create(username="ops")

    def say(event: Event, amount: str) -> Decision:
        row = Authorisation.objects.get()
        return decide(row, event, amount=euros(amount), user=user, note="seen", now=quick_desk.clock())

    second = race(lambda: say(Event.FOUND_CAPTURED, "12.34"), lambda: say(Event.FOUND_RELEASED, "0.00"))
    assert isinstance(second.error, NotInDoubt)
    assert (Decision.objects.count(), Authorisation.objects.get().state) == (1, "captured")


def test_two_sweeps_seal_once(world: World) -> None:
    later = timezone.now() + timedelta(hours=1)
    journal.write(world.held.pk, "requested", later - timedelta(minutes=5), was={})
    second = race(lambda: journal.seal(later), lambda: journal.seal(later))
    assert (second.result, second.error, JournalSeal.objects.count()) == (None, None, 2)


def test_two_refunds_of_a_payment_that_end_at_once_make_one_chain(quick_desk: QuickDesk) -> None:
    authorisation, user = quick_desk.taken(), User.objects.create(username="ops")
    lost, under_way = quick_desk.refund(authorisation, CENT), quick_desk.refund(authorisation, CENT)
    quick_desk.lose(lost.operations.get())
    asked = operations.claim(under_way.operations.get().pk, quick_desk.clock())
    assert asked is not None
    answer = Result(Outcome.APPROVED, CENT, asked.request_id)
    second = race(
        lambda: answers.record(asked.pk, answer, quick_desk.clock()),
        lambda: decide_refund(lost, done=False, user=user, note="seen", now=quick_desk.clock()),
    )
    assert second.error is None
    assert [entry.cause for entry in JournalEntry.objects.order_by("number")][-2:] == ["refund_done", "refund_refused"]
    assert (journal.verify().findings, Authorisation.objects.get().refunded_minor) == ([], 1)
