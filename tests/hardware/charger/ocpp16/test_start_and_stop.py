"""The rules of StartTransaction and StopTransaction, over a real socket."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from hardware import chargers
from hardware.models import ChargePoint, Command, Connector, StopReport, Transaction
from tests.hardware.charger.central import Json, Wire
from tests.support.waiting import eventually

AT = "2026-01-31T12:00:00.250Z"
Dial = Callable[[], Wire]


def ask_to_start(connector: Connector) -> Command:
    now = timezone.now()
    return chargers.request_start(connector, now=now, expires_at=now + timedelta(minutes=2))


def start(tag: str, *, connector: int = 1, meter: int = 1000, at: str = AT) -> Json:
    return {"connectorId": connector, "idTag": tag, "meterStart": meter, "timestamp": at}


def stop(transaction_id: int, *, meter: int = 6000, at: str = "2026-01-31T12:30:00Z") -> Json:
    return {"transactionId": transaction_id, "meterStop": meter, "timestamp": at}


@pytest.fixture
def charging(dial: Dial, connector: Connector) -> tuple[Wire, Transaction]:
    """A charge point in the middle of a transaction."""
    command, wire = ask_to_start(connector), dial()
    wire.call("Heartbeat", {})
    message_id, _ = wire.expect("RemoteStartTransaction")
    wire.answer(message_id, {"status": "Accepted"})
    wire.call("StartTransaction", start(str(command.id_tag)))
    return wire, Transaction.objects.get()


def test_a_start_is_sent_with_its_connector_and_a_tag_of_twenty_characters(dial: Dial, connector: Connector) -> None:
    wire = dial()
    wire.call("Heartbeat", {})
    command = ask_to_start(connector)
    message_id, payload = wire.expect("RemoteStartTransaction")
    assert payload == {"connectorId": 1, "idTag": command.id_tag}
    assert len(payload["idTag"]) == 20
    assert message_id == str(command.pk)
    wire.answer(message_id, {"status": "Accepted"})
    eventually(lambda: Command.objects.get(pk=command.pk).state == Command.State.ACCEPTED)


def test_the_tag_of_a_start_begins_one_transaction(charging: tuple[Wire, Transaction], connector: Connector) -> None:
    _, transaction = charging
    assert (transaction.connector, transaction.meter_start_wh) == (connector, 1000)
    assert transaction.started_at == datetime(2026, 1, 31, 12, 0, 0, 250_000, UTC)


def test_the_same_start_again_gives_the_same_transaction(charging: tuple[Wire, Transaction]) -> None:
    wire, transaction = charging
    again = wire.call("StartTransaction", start(str(transaction.command.id_tag)))
    assert again == {"transactionId": transaction.pk, "idTagInfo": {"status": "Accepted"}}
    assert Transaction.objects.count() == 1


def test_a_driver_who_plugs_into_the_other_connector_charges_there(dial: Dial, connector: Connector) -> None:
    command, wire = ask_to_start(connector), dial()
    answer = wire.call("StartTransaction", start(str(command.id_tag), connector=2))
    assert answer["idTagInfo"] == {"status": "Accepted"}
    assert Transaction.objects.get(pk=answer["transactionId"]).connector.number == 2


@pytest.mark.parametrize("case", ["unknown", "used", "cancelled", "of another charge point", "unrecorded connector"])
def test_any_other_tag_is_refused_and_stopped(case: str, dial: Dial, connector: Connector) -> None:
    command, wire = ask_to_start(connector), dial()
    payload = start(str(command.id_tag))
    if case == "unknown":
        payload["idTag"] = "NOBODYASKEDFORTHIS"
    elif case == "used":
        wire.call("StartTransaction", payload | {"meterStart": 1})
    elif case == "cancelled":
        assert chargers.cancel_start(command, now=timezone.now())
    elif case == "of another charge point":
        other = ChargePoint.objects.create(name="Other", identity="CP002")
        elsewhere = Connector.objects.create(charge_point=other, number=1, label="3")
        payload["idTag"] = ask_to_start(elsewhere).id_tag
    else:
        payload["connectorId"] = 7
    before = Transaction.objects.count()
    answer = wire.call("StartTransaction", payload)
    assert answer["idTagInfo"] == {"status": "Invalid"}
    assert answer["transactionId"] < -1000
    assert Transaction.objects.count() == before
    _, stopped = wire.expect("RemoteStopTransaction")
    assert stopped == {"transactionId": answer["transactionId"]}


def test_a_start_cannot_be_cancelled_once_its_transaction_began(charging: tuple[Wire, Transaction]) -> None:
    _, transaction = charging
    assert not chargers.cancel_start(transaction.command, now=timezone.now())


def test_only_a_tag_that_is_open_is_authorised(charging: tuple[Wire, Transaction]) -> None:
    wire, transaction = charging
    tag = str(transaction.command.id_tag)
    assert wire.call("Authorize", {"idTag": tag}) == {"idTagInfo": {"status": "Accepted"}}
    assert wire.call("Authorize", {"idTag": "SOMEBODY"}) == {"idTagInfo": {"status": "Invalid"}}
    wire.call("StopTransaction", stop(transaction.pk))
    assert wire.call("Authorize", {"idTag": tag}) == {"idTagInfo": {"status": "Invalid"}}


def test_the_first_stop_ends_the_transaction_and_a_missing_reason_means_local(
    charging: tuple[Wire, Transaction],
) -> None:
    wire, transaction = charging
    assert wire.call("StopTransaction", stop(transaction.pk) | {"idTag": "X"}) == {"idTagInfo": {"status": "Accepted"}}
    transaction.refresh_from_db()
    assert (transaction.meter_stop_wh, transaction.stop_reason) == (6000, "Local")
    assert transaction.stopped_at == datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
    assert transaction.stop_received_at is not None
    assert StopReport.objects.get().counted


def test_a_later_stop_is_kept_and_changes_nothing(charging: tuple[Wire, Transaction]) -> None:
    wire, transaction = charging
    wire.call("StopTransaction", stop(transaction.pk) | {"reason": "Remote"})
    assert wire.call("StopTransaction", stop(transaction.pk, meter=9000) | {"reason": "UnlockCommand"}) == {}
    transaction.refresh_from_db()
    assert (transaction.meter_stop_wh, transaction.stop_reason) == (6000, "Remote")
    assert sorted(StopReport.objects.values_list("counted", "meter_stop_wh")) == [(False, 9000), (True, 6000)]


@pytest.mark.parametrize("orphan", [-1, 0, 987_654, -1001])
def test_a_stop_of_nothing_we_know_is_kept_as_an_orphan(orphan: int, charging: tuple[Wire, Transaction]) -> None:
    wire, transaction = charging
    assert wire.call("StopTransaction", stop(orphan)) == {}
    report = StopReport.objects.get()
    assert (report.is_orphan, report.counted, report.ocpp_transaction_id) == (True, False, orphan)
    transaction.refresh_from_db()
    assert transaction.stopped_at is None


def test_a_stop_below_the_start_is_recorded_as_it_was_reported(charging: tuple[Wire, Transaction]) -> None:
    wire, transaction = charging
    wire.call("StopTransaction", stop(transaction.pk, meter=10))
    transaction.refresh_from_db()
    assert transaction.meter_stop_wh == 10


def test_a_clock_that_cannot_be_read_refuses_nothing(dial: Dial, connector: Connector) -> None:
    command, wire, before = ask_to_start(connector), dial(), timezone.now()
    wire.call("StartTransaction", start(str(command.id_tag), at="yesterday"))
    transaction = Transaction.objects.get()
    assert transaction.started_at == transaction.received_at >= before


def test_a_number_beyond_the_records_is_refused_by_name(charging: tuple[Wire, Transaction]) -> None:
    wire, transaction = charging
    assert wire.ask("StopTransaction", stop(transaction.pk, meter=2**70))[2] == "PropertyConstraintViolation"
    assert wire.call("Heartbeat", {})["currentTime"]
