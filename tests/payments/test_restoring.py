"""A database out of a backup: the bank has done what our books know nothing of."""

from __future__ import annotations

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command

from hardware.chargers import request_start
from hardware.models import ChargePoint, Connector, Terminal, Transaction
from hardware.terminal.interface import Reason, Verb
from hardware.terminal.registry import open_statement
from hardware.terminals import driver
from payments import operations, recovery, restoring
from payments.models import Authorisation, Operation
from payments.secrets import unseal_handle
from tests.hardware.terminal.simulated import Simulator
from tests.payments.approving import QuickDesk
from tests.payments.cashdesk import TWELVE, CashDesk
from tests.payments.clock import Clock
from tests.payments.conftest import Woken
from tests.payments.reconciliation.sides import theirs

pytestmark = pytest.mark.django_db

#: A request id of the time after the backup.
LATER = 999


@pytest.fixture
def desk(desk: CashDesk) -> CashDesk:
    """Its terminal has a list."""
    desk.terminal.profile = {**desk.terminal.profile, "paths": {"statement": "/sim/book"}}
    desk.terminal.save()
    return desk


def bank_captures(held: Authorisation, request_id: int = LATER) -> None:
    """As our worker did after the backup was made."""
    handle = unseal_handle(held.sealed_handle)
    terminal = driver(held.terminal)
    terminal.capture(request_id=request_id, key=uuid4(), amount=TWELVE, handle=handle, reason=Reason.NORMAL_END)


def restored(desk: CashDesk) -> str:
    """What the command says."""
    said = StringIO()
    call_command("after_restore", stdout=said)
    for operation in Operation.objects.filter(state="unknown"):
        Operation.objects.filter(pk=operation.pk).update(recovery_at=desk.clock())
        recovery.recover(operation.pk, desk.clock)
    return said.getvalue()


def settlements(simulator: Simulator) -> list[tuple[str, int, int]]:
    """Kind, amount and repeats of what the bank did after the hold, refused or not."""
    return [
        (line["kind"], line["amount_minor"], line["repeats"])
        for line in simulator.book()
        if line["kind"] != "authorise"
    ]


def test_a_capture_that_only_the_bank_knows_is_found_and_not_done_again(desk: CashDesk, simulator: Simulator) -> None:
    held = desk.hold(simulator)
    bank_captures(held)
    said = restored(desk)
    held.refresh_from_db()
    assert (held.state, held.captured) == ("captured", TWELVE)
    assert settlements(simulator) == [("capture", 1234, 0)]
    assert f"Only on the list of IM30, now in doubt: capture {LATER}" in said


def test_a_release_that_only_the_bank_knows_is_found(desk: CashDesk, simulator: Simulator) -> None:
    held = desk.hold(simulator)
    handle = unseal_handle(held.sealed_handle)
    driver(held.terminal).release(
        request_id=LATER, key=uuid4(), currency="EUR", handle=handle, reason=Reason.NOT_STARTED
    )
    restored(desk)
    held.refresh_from_db()
    assert held.state == "released"


@pytest.mark.parametrize("under_way", [False, True])
def test_what_waited_and_was_done_since_is_not_sent_again(
    desk: CashDesk, simulator: Simulator, under_way: bool
) -> None:
    held = desk.hold(simulator)
    operation = desk.capture(held)
    if under_way:
        operations.claim(operation.pk, desk.clock())
    bank_captures(held, operation.request_id)
    restored(desk)
    held.refresh_from_db()
    assert (held.state, held.captured) == ("captured", TWELVE)
    assert settlements(simulator) == [("capture", 1234, 0)]


def test_what_waited_and_was_never_sent_is_asked_once_that_is_known(desk: CashDesk, simulator: Simulator) -> None:
    held = desk.hold(simulator)
    first = desk.capture(held)
    said = restored(desk)
    assert f"Was waiting when the backup was made, now in doubt: capture {first.request_id}" in said
    assert settlements(simulator) == []
    desk.run(held)
    assert held.state == "captured"
    assert settlements(simulator) == [("capture", 1234, 0)]


def test_a_refund_that_waited_is_not_sent_again(desk: CashDesk, simulator: Simulator) -> None:
    captured = desk.captured(simulator)
    row = desk.refund(captured, TWELVE)
    operation = row.operations.get()
    driver(captured.terminal).refund(
        request_id=operation.request_id, key=uuid4(), amount=TWELVE, handle=unseal_handle(captured.sealed_handle)
    )
    restored(desk)
    row.refresh_from_db()
    assert row.state == "done"
    assert settlements(simulator) == [("capture", 1234, 0), ("refund", 1234, 0)]


def test_a_hold_that_nobody_settled_meanwhile_is_left_alone(desk: CashDesk, simulator: Simulator) -> None:
    held = desk.hold(simulator)
    restored(desk)
    held.refresh_from_db()
    assert held.state == "authorised"


def test_doing_it_twice_does_nothing_more(desk: CashDesk, simulator: Simulator) -> None:
    held = desk.hold(simulator)
    bank_captures(held)
    source = open_statement(desk.terminal.url, desk.terminal.profile)
    assert source is not None
    lines = list(source.statement(desk.clock.forward(hours=-2), desk.clock.forward(hours=4)))
    assert len(restoring.remember(desk.terminal, lines, desk.clock())) == 1
    assert restoring.remember(desk.terminal, lines, desk.clock()) == []


def test_what_may_have_been_asked_was_asked_when_it_was_due_and_nobody_is_at_it(quick_desk: QuickDesk) -> None:
    waiting = quick_desk.capture(quick_desk.held())
    due = waiting.due_at
    now = quick_desk.clock.forward(hours=1)
    assert operations.presume_asked(waiting, now)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.started_at, waiting.lease_until) == ("in_flight", due, now)


def test_a_line_that_cannot_be_a_settlement_of_ours_is_not_remembered(quick_desk: QuickDesk) -> None:
    held = quick_desk.held()
    of = held.operations.get().request_id
    lines = [
        theirs(Verb.REFUND, LATER, of=of),
        theirs(Verb.AUTHORISE, LATER, of=of),
        theirs(Verb.CAPTURE, None, of=of, stan="42"),
        theirs(Verb.CAPTURE, LATER, of=None),
        theirs(Verb.CAPTURE, LATER, of=LATER),
    ]
    assert restoring.remember(quick_desk.terminal, lines, quick_desk.clock()) == []
    held.refresh_from_db()
    assert (held.state, held.operations.count()) == ("authorised", 1)
    [made] = restoring.remember(quick_desk.terminal, [theirs(Verb.CAPTURE, LATER, of=of)], quick_desk.clock())
    assert made.request_id == LATER


def test_what_the_bank_did_is_written_down_in_doubt_under_its_own_number_and_waits_for_no_worker(
    quick_desk: QuickDesk, woken: Woken
) -> None:
    held = quick_desk.held()
    elsewhere = QuickDesk(
        Terminal.objects.create(name="Elsewhere", url=f"approving://{uuid4()}", state="ready"), quick_desk.clock
    )
    Operation.objects.create(  # the same numbers, at another terminal
        kind="read_token",
        terminal=elsewhere.terminal,
        request_id=LATER,
        created_at=quick_desk.clock(),
        due_at=quick_desk.clock(),
    )
    line = theirs(Verb.CAPTURE, LATER, of=held.operations.get().request_id)
    woken.clear()
    assert restoring.remember(elsewhere.terminal, [line], quick_desk.clock()) == []
    [made] = restoring.remember(quick_desk.terminal, [line], quick_desk.clock())
    assert woken == []
    made.refresh_from_db()
    held.refresh_from_db()
    assert (made.kind, made.state, made.detail, made.amount_minor) == ("capture", "unknown", "restored", 1234)
    assert (made.started_at, made.created_at, made.lease_until) == (line.at, line.at, None)
    assert (held.state, held.reason) == ("in_doubt", "restored")
    assert restoring.remember(quick_desk.terminal, [line], quick_desk.clock()) == []


def test_only_the_request_that_asked_for_a_hold_names_it(quick_desk: QuickDesk) -> None:
    held = quick_desk.held()
    refused = Operation.objects.create(
        kind="release",
        state="not_sent",
        terminal=held.terminal,
        authorisation=held,
        request_id=77,
        currency="EUR",
        created_at=quick_desk.clock(),
        due_at=quick_desk.clock(),
    )
    line = theirs(Verb.CAPTURE, LATER, of=refused.request_id)
    assert restoring.remember(quick_desk.terminal, [line], quick_desk.clock()) == []


def test_a_terminal_without_a_list_is_named(desk: CashDesk, simulator: Simulator, terminal: Terminal) -> None:
    desk.hold(simulator)
    Terminal.objects.update(profile={"recover": True})
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("after_restore", stdout=said)
    assert ended.value.code == 1
    assert "Without a list: IM30" in said.getvalue()


def test_a_charge_point_is_given_no_transaction_id_of_the_time_that_was_lost(clock: Clock) -> None:
    def begin(number: int) -> int:
        charge_point = ChargePoint.objects.create(identity=f"CP{number}", name=f"CP{number}")
        connector = Connector.objects.create(charge_point=charge_point, number=1, label=str(number))
        command = request_start(connector, now=clock(), expires_at=clock())
        return Transaction.objects.create(
            charge_point=charge_point,
            connector=connector,
            command=command,
            meter_start_wh=0,
            started_at=clock(),
            received_at=clock(),
        ).pk

    call_command("after_restore", stdout=StringIO())
    first = begin(1)
    assert first > 1000
    call_command("after_restore", stdout=StringIO())
    assert begin(2) > first + 1000
