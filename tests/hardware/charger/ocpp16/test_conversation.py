"""A charge point's socket in daily use: boot, states, meter values, nonsense."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from hardware import chargers
from hardware.charger.readings import Reading
from hardware.models import ChargePoint, Connector, Transaction
from hardware.signals import charge_point_changed, connector_changed, meter_read
from tests.hardware.charger.central import Wire
from tests.hardware.charger.rows import arrives
from tests.support.waiting import eventually

Dial = Callable[[], Wire]
BOOT = {"chargePointVendor": "Acme", "chargePointModel": "Post", "firmwareVersion": "1.2", "meterType": "M1"}
AT = datetime(2026, 1, 31, 12, 0, 0, 250_000, UTC)


@pytest.fixture
def heard() -> Iterator[list[dict[str, Any]]]:
    """Every meter_read that is announced."""
    found: list[dict[str, Any]] = []

    def hear(sender: object, **what: Any) -> None:
        found.append(what)

    meter_read.connect(hear)
    yield found
    meter_read.disconnect(hear)


def meter_values(connector: int, transaction_id: int | None, wh: str = "1500") -> dict[str, Any]:
    value = {"timestamp": "2026-01-31T12:00:00.250Z", "sampledValue": [{"value": wh}]}
    payload: dict[str, Any] = {"connectorId": connector, "meterValue": [value]}
    return payload if transaction_id is None else payload | {"transactionId": transaction_id}


def begin(wire: Wire, connector: Connector) -> Transaction:
    now = timezone.now()
    command = chargers.request_start(connector, now=now, expires_at=now + timedelta(minutes=1))
    payload = {"connectorId": connector.number, "idTag": command.id_tag, "meterStart": 1000}
    answer = wire.call("StartTransaction", payload | {"timestamp": "2026-01-31T11:59:00Z"})
    return Transaction.objects.get(pk=answer["transactionId"])


def test_a_boot_is_noted_answered_with_our_clock_and_followed_by_the_set_up(
    dial: Dial, charge_point: ChargePoint
) -> None:
    wire = dial()
    answer = wire.call("BootNotification", BOOT)
    assert answer["status"] == "Accepted"
    assert answer["interval"] == 30
    assert abs(datetime.fromisoformat(answer["currentTime"]) - timezone.now()) < timedelta(seconds=10)
    keys: dict[str, str] = {}
    triggered: list[dict[str, Any]] = []
    while len(triggered) < 2:
        message_id, action, payload = wire.next_call()
        if action == "ChangeConfiguration":
            keys[payload["key"]] = payload["value"]
            word = "NotSupported" if payload["key"] == "MaxEnergyOnInvalidId" else "Accepted"
            wire.answer(message_id, {"status": word})
        else:
            triggered.append(payload)
            wire.answer(message_id, {"status": "NotImplemented"})
    assert keys["MeterValueSampleInterval"] == "10"
    assert (keys["LocalAuthorizeOffline"], keys["AuthorizationCacheEnabled"]) == ("false", "false")
    assert [payload["connectorId"] for payload in triggered] == [1, 2]
    record = arrives(ChargePoint.objects.exclude(configuration={}))
    assert (record.vendor, record.model, record.firmware_version, record.meter_type) == ("Acme", "Post", "1.2", "M1")
    assert record.configuration["MaxEnergyOnInvalidId"] == "NotSupported"
    assert record.configuration["ConnectionTimeOut"] == "Accepted"
    assert wire.call("Heartbeat", {})["currentTime"]


def test_a_reconnection_without_a_boot_is_only_asked_how_it_is(dial: Dial) -> None:
    wire = dial()
    wire.call("Heartbeat", {})
    asked = [wire.expect("TriggerMessage")]
    wire.answer(asked[0][0], {"status": "Accepted"})
    asked.append(wire.expect("TriggerMessage"))
    assert [payload for _, payload in asked] == [
        {"requestedMessage": "StatusNotification", "connectorId": number} for number in (1, 2)
    ]


def test_a_refused_set_up_is_no_reason_to_stop(dial: Dial, connector: Connector) -> None:
    wire = dial()
    wire.call("BootNotification", BOOT)
    message_id, _, _ = wire.next_call()
    wire.send(json.dumps([4, message_id, "InternalError", "", {}]))
    wire.expect("TriggerMessage")
    assert wire.call("Heartbeat", {})


def test_a_state_is_announced_when_it_changes_and_only_then(dial: Dial, connector: Connector) -> None:
    changes: list[tuple[str, str]] = []

    def hear(sender: object, connector: Connector, previous: str, **rest: object) -> None:
        changes.append((previous, connector.status))

    wire = dial()
    connector_changed.connect(hear)
    state = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    fault = {
        "connectorId": 1,
        "errorCode": "GroundFailure",
        "status": "Faulted",
        "info": "wet",
        "vendorErrorCode": "E7",
    }
    for payload in (state, state, fault, state | {"connectorId": 0}, state | {"connectorId": 9}):
        assert wire.call("StatusNotification", payload) == {}
    connector_changed.disconnect(hear)
    assert changes == [("Unknown", "Available"), ("Available", "Faulted")]
    connector.refresh_from_db()
    assert (connector.error_code, connector.status_info) == ("GroundFailure", "wet E7")


def test_readings_reach_their_transaction_with_and_without_its_number(
    dial: Dial, connector: Connector, heard: list[dict[str, Any]]
) -> None:
    wire = dial()
    transaction = begin(wire, connector)
    wire.call("MeterValues", meter_values(1, transaction.pk))
    wire.call("MeterValues", meter_values(1, None))
    assert [(one["transaction"], one["readings"]) for one in heard] == [(transaction, [Reading(AT, 1500)])] * 2


def test_readings_of_nothing_that_is_under_way_are_nobodys(
    dial: Dial, connector: Connector, heard: list[dict[str, Any]]
) -> None:
    wire = dial()
    transaction = begin(wire, connector)
    wire.call("MeterValues", meter_values(2, None))
    wire.call("MeterValues", meter_values(1, transaction.pk + 1))
    wire.call("MeterValues", meter_values(1, transaction.pk, wh="a lot"))
    stop = {"transactionId": transaction.pk, "meterStop": 1600, "timestamp": "2026-01-31T12:10:00Z"}
    wire.call("StopTransaction", stop)
    wire.call("MeterValues", meter_values(1, transaction.pk))
    assert heard == []


def test_two_open_transactions_on_a_connector_make_readings_without_a_number_nobodys(
    dial: Dial, connector: Connector, heard: list[dict[str, Any]]
) -> None:
    wire = dial()
    begin(wire, connector), begin(wire, connector)
    wire.call("MeterValues", meter_values(1, None))
    assert heard == []


def test_nonsense_is_answered_and_the_socket_stays(dial: Dial) -> None:
    wire = dial()
    for frame in ("this is not JSON", "x" * 1_000_000, b"\x00\x01", '[2,"1","Heartbeat"]'):
        wire.send(frame)
        assert wire.receive()[2] == "FormationViolation"
    assert wire.ask("Dance", {})[2] == "NotImplemented"
    assert wire.call("Heartbeat", {})["currentTime"]


def test_a_handler_that_fails_is_an_internal_error_writes_nothing_and_the_socket_stays(
    dial: Dial, charge_point: ChargePoint, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(sender: object, **rest: object) -> None:
        raise RuntimeError

    wire = dial()
    wire.call("Heartbeat", {})
    charge_point_changed.connect(fail)
    assert wire.ask("BootNotification", BOOT)[2] == "InternalError"
    charge_point_changed.disconnect(fail)
    charge_point.refresh_from_db()
    assert charge_point.vendor == ""
    assert wire.call("BootNotification", BOOT)["status"] == "Accepted"


@pytest.mark.parametrize(
    ("action", "payload", "answer"),
    [
        ("DataTransfer", {"vendorId": "acme", "data": "x"}, {"status": "UnknownVendorId"}),
        ("DiagnosticsStatusNotification", {"status": "Idle"}, {}),
        ("FirmwareStatusNotification", {"status": "Installed"}, {}),
        ("SecurityEventNotification", {"type": "StartupOfTheDevice", "timestamp": "2026-01-31T12:00:00Z"}, {}),
    ],
)
def test_the_rest_is_acknowledged(action: str, payload: dict[str, Any], answer: dict[str, Any], dial: Dial) -> None:
    assert dial().call(action, payload) == answer


def test_text_that_no_database_takes_does_no_harm(dial: Dial, charge_point: ChargePoint) -> None:
    assert dial().call("BootNotification", BOOT | {"chargePointVendor": "A\0B\ud800"})["status"] == "Accepted"
    eventually(lambda: ChargePoint.objects.get().vendor == "AB?")


def test_every_kind_of_command_becomes_its_call(dial: Dial, charge_point: ChargePoint, connector: Connector) -> None:
    wire, now = dial(), timezone.now()
    transaction = begin(wire, connector)
    chargers.request_stop(transaction, now=now)
    chargers.request_unlock(connector, now=now)
    chargers.request_trigger(charge_point, "MeterValues", now=now, connector=connector)
    chargers.request_trigger(charge_point, "Heartbeat", now=now)
    chargers.request_configure(charge_point, "HeartbeatInterval", "20", now=now)
    chargers.request_reset(charge_point, now=now, hard=True)
    found: list[tuple[str, dict[str, Any]]] = []
    while len(found) < 6:
        message_id, action, payload = wire.next_call()
        wire.answer(message_id, {"status": "Rejected"} if action != "UnlockConnector" else {"status": "Unlocked"})
        # The charge point may have begun before it read that it should.
        if action != "RemoteStartTransaction" and payload.get("requestedMessage") != "StatusNotification":
            found.append((action, payload))
    assert found == [
        ("RemoteStopTransaction", {"transactionId": transaction.pk}),
        ("UnlockConnector", {"connectorId": 1}),
        ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}),
        ("TriggerMessage", {"requestedMessage": "Heartbeat"}),
        ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "20"}),
        ("Reset", {"type": "Hard"}),
    ]
    answers = charge_point.commands.exclude(kind="start")
    eventually(lambda: answers.filter(state="rejected").count() == 5)
    assert answers.get(state="accepted").kind == "unlock"


def test_a_command_that_is_refused_with_an_error_is_rejected(dial: Dial, connector: Connector) -> None:
    wire, now = dial(), timezone.now()
    wire.call("Heartbeat", {})
    command = chargers.request_unlock(connector, now=now)
    message_id, _ = wire.expect("UnlockConnector")
    wire.send(json.dumps([4, message_id, "NotImplemented", "no lock", {}]))
    eventually(
        lambda: connector.commands.filter(pk=command.pk, state="rejected", answer__code="NotImplemented").exists()
    )
