"""Commands on their way: lost wake-ups, lost answers, what is sent again and what never is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from hardware import chargers, outbox, reports
from hardware.models import ChargePoint, Command, Connector, StopReport, Transaction
from hardware.signals import command_answered
from tests.hardware.charger.central import Wire
from tests.support.waiting import eventually

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
State = Command.State


@pytest.fixture
def announced() -> Iterator[list[tuple[str, str]]]:
    """Kind and state of every command that is announced."""
    heard: list[tuple[str, str]] = []

    def hear(sender: object, command: Command, **rest: object) -> None:
        heard.append((command.kind, command.state))

    command_answered.connect(hear)
    yield heard
    command_answered.disconnect(hear)


@pytest.fixture
def connected(charge_point: ChargePoint) -> Iterator[ChargePoint]:
    """A charge point whose socket is called "a"."""
    reports.connected(charge_point.pk, "a", NOW)
    charge_point.refresh_from_db()
    yield charge_point
    ChargePoint.objects.update(connection="")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def start(connector: Connector, at: datetime = NOW) -> Command:
    return chargers.request_start(connector, now=at, expires_at=at + timedelta(minutes=2))


def begin(command: Command) -> Transaction:
    start = reports.Start(1, str(command.id_tag), 1000, NOW)
    begun = reports.transaction_start(command.charge_point_id, start, NOW)
    assert begun is not None
    return begun


def take(charge_point: ChargePoint, at: datetime = NOW, connection: str = "a") -> Command | None:
    return outbox.take(charge_point.pk, connection, at)


def test_commands_are_taken_once_and_in_order(connected: ChargePoint, connector: Connector) -> None:
    first, second = start(connector), chargers.request_unlock(connector, now=later(1))
    assert [take(connected), take(connected), take(connected)] == [first, second, None]
    first.refresh_from_db()
    assert (first.state, first.sent_at, first.tries) == (State.SENT, NOW, 1)


def test_tags_are_random_and_single_use(connected: ChargePoint, connector: Connector) -> None:
    tags = {str(start(connector).id_tag) for _ in range(50)}
    assert len(tags) == 50
    assert all(len(tag) == 20 and tag.isalnum() and tag.isascii() for tag in tags)


def test_a_socket_that_was_replaced_takes_nothing(connected: ChargePoint, connector: Connector) -> None:
    command = start(connector)
    reports.connected(connected.pk, "b", NOW)
    with pytest.raises(outbox.SupersededError):
        take(connected)
    assert take(connected, connection="b") == command


def test_a_start_that_is_too_late_is_never_sent(
    connected: ChargePoint, connector: Connector, announced: list[tuple[str, str]]
) -> None:
    command = start(connector)
    assert take(connected, later(121)) is None
    assert chargers.wake_open_commands(later(121)) == 1
    command.refresh_from_db()
    assert command.state == State.EXPIRED
    assert announced == [("start", "expired")]
    assert reports.transaction_start(connected.pk, reports.Start(1, str(command.id_tag), 0, NOW), NOW) is None


def test_a_command_that_is_not_answered_for_half_a_minute_is_announced_once(
    connected: ChargePoint, connector: Connector, announced: list[tuple[str, str]]
) -> None:
    command = start(connector)
    take(connected)
    assert chargers.wake_open_commands(later(29)) == 0
    assert chargers.wake_open_commands(later(30)) == 1
    assert chargers.wake_open_commands(later(60)) == 0
    assert announced == [("start", "no_answer")]
    command.refresh_from_db()
    outbox.answered(command, outbox.Answer.ACCEPTED, {"status": "Accepted"}, later(61))
    command.refresh_from_db()
    assert (command.state, command.answer) == (State.NO_ANSWER, {"status": "Accepted"})
    assert begin(command).command == command


def test_a_start_without_an_answer_is_sent_again_with_its_tag_on_the_next_connection_only(
    connected: ChargePoint, connector: Connector
) -> None:
    command = start(connector)
    assert take(connected) == command
    assert take(connected, later(1)) is None
    reports.connected(connected.pk, "b", later(5))
    again = take(connected, later(6), "b")
    assert again is not None
    assert (again.pk, again.id_tag, again.tries) == (command.pk, command.id_tag, 2)


def test_a_start_whose_transaction_began_is_never_sent_again(connected: ChargePoint, connector: Connector) -> None:
    command = start(connector)
    take(connected)
    begin(command)
    reports.connected(connected.pk, "b", later(5))
    assert take(connected, later(6), "b") is None
    outbox.answered(command, outbox.Answer.REJECTED, {"status": "Rejected"}, later(7))
    command.refresh_from_db()
    assert command.state == State.ACCEPTED


def test_a_stop_is_asked_for_once_and_repeated_until_the_transaction_is_over(
    connected: ChargePoint, connector: Connector
) -> None:
    command = start(connector)
    take(connected)
    charging = begin(command)
    stop = chargers.request_stop(charging, now=NOW)
    assert chargers.request_stop(charging, now=later(1)) == stop
    assert take(connected) == stop
    chargers.wake_open_commands(later(30))
    reports.connected(connected.pk, "b", later(40))
    assert take(connected, later(41), "b") == stop
    reports.transaction_stop(connected.pk, reports.Stop(charging.pk, 2000, later(42), "Remote"), later(42))
    reports.connected(connected.pk, "c", later(50))
    assert take(connected, later(51), "c") is None


def test_the_end_of_a_transaction_takes_back_a_stop_that_still_waits(
    connected: ChargePoint, connector: Connector
) -> None:
    command = start(connector)
    take(connected)
    charging = begin(command)
    stop = chargers.request_stop(charging, now=NOW)
    reports.transaction_stop(connected.pk, reports.Stop(charging.pk, 2000, later(1), "EVDisconnected"), later(1))
    stop.refresh_from_db()
    assert stop.state == State.CANCELLED


def test_a_cancelled_start_is_not_sent_and_starts_nothing(connected: ChargePoint, connector: Connector) -> None:
    command = start(connector)
    assert chargers.cancel_start(command, now=later(1))
    assert command.state == State.CANCELLED
    assert take(connected) is None
    assert reports.transaction_start(connected.pk, reports.Start(1, str(command.id_tag), 0, NOW), later(2)) is None
    stop = take(connected, later(3))
    assert stop is not None
    assert stop.payload == {"transactionId": reports.refused_id(1)}


def test_a_start_that_was_refused_twice_is_stopped_once(connected: ChargePoint) -> None:
    for _ in range(2):
        reports.transaction_start(connected.pk, reports.Start(2, "SOMEBODY", 0, NOW), NOW)
    assert Command.objects.filter(kind=Command.Kind.STOP).count() == 1


def test_an_answer_to_a_cancelled_start_does_not_bring_it_back(
    connected: ChargePoint, connector: Connector, announced: list[tuple[str, str]]
) -> None:
    command = start(connector)
    take(connected)
    chargers.cancel_start(command, now=later(1))
    outbox.answered(command, outbox.Answer.ACCEPTED, {"status": "Accepted"}, later(2))
    command.refresh_from_db()
    assert command.state == State.CANCELLED
    assert announced == []


@pytest.mark.parametrize("kind", ["unlock", "reset", "trigger"])
def test_what_would_surprise_the_next_driver_expires(kind: str, connected: ChargePoint, connector: Connector) -> None:
    if kind == "unlock":
        chargers.request_unlock(connector, now=NOW)
    elif kind == "reset":
        chargers.request_reset(connected, now=NOW, hard=True)
    else:
        chargers.request_trigger(connected, "MeterValues", now=NOW, connector=connector)
    assert take(connected, later(61)) is None


def test_a_transaction_is_stopped_by_one_report_whatever_the_code_does(
    connected: ChargePoint, connector: Connector
) -> None:
    command = start(connector)
    charging = begin(command)
    reports.transaction_stop(connected.pk, reports.Stop(charging.pk, 2000, later(1), "Remote"), later(1))
    report = StopReport.objects.get()
    report.pk = None
    with pytest.raises(IntegrityError, match=r"transaction_stops_once|UNIQUE"), transaction.atomic():
        report.save(force_insert=True)


def test_a_lost_wake_up_is_made_up_for_by_the_sweep(dial: Callable[[], Wire], connector: Connector) -> None:
    wire = dial()
    wire.call("Heartbeat", {})
    for _ in range(2):
        wire.answer(wire.expect("TriggerMessage")[0], {"status": "Accepted"})
    wire.call("Heartbeat", {})
    asked = timezone.now() - timedelta(seconds=5)
    command = Command.objects.create(  # a row without its wake-up
        charge_point=connector.charge_point,
        connector=connector,
        kind=Command.Kind.UNLOCK,
        created_at=asked,
    )
    assert chargers.wake_open_commands(asked) == 0
    assert chargers.wake_open_commands(timezone.now()) == 1
    message_id, _ = wire.expect("UnlockConnector")
    wire.answer(message_id, {"status": "Unlocked"})
    eventually(lambda: Command.objects.get(pk=command.pk).state == State.ACCEPTED)


def test_a_charge_point_without_a_sign_of_life_is_silent(charge_point: ChargePoint) -> None:
    assert chargers.silent_charge_points(NOW) == [charge_point]
    reports.seen(charge_point.pk, NOW)
    assert chargers.silent_charge_points(later(90)) == []
    assert chargers.silent_charge_points(later(91)) == [charge_point]
    ChargePoint.objects.update(enabled=False)
    assert chargers.silent_charge_points(later(91)) == []
