"""The simulated charge point without a socket: its queue, its clock and its manners."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hardware.charger.ocpp16.simulator import calls
from hardware.charger.ocpp16.simulator.car import Car
from hardware.charger.ocpp16.simulator.charger import Charger
from hardware.charger.ocpp16.simulator.messages import Json, Message

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
ACCEPTED = {"status": "Accepted"}


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def ready(*, speed: int = 60) -> Charger:
    """A charge point that has booted and told everything there is to tell."""
    charger = Charger("CP001", 2, speed)
    boot = charger.next_message(NOW)
    assert boot is not None
    charger.answered(boot, ACCEPTED | {"currentTime": "2026-01-31T12:00:00Z", "interval": 3600}, NOW)
    while (message := charger.next_message(NOW)) is not None:
        charger.answered(message, {}, NOW)
    return charger


def said(charger: Charger, at: datetime) -> Message:
    """The next message, which there has to be."""
    message = charger.next_message(at)
    assert message is not None
    return message


def remote_start(charger: Charger, tag: str = "TAG", at: datetime = NOW) -> Json | None:
    return calls.answer(charger, "RemoteStartTransaction", {"connectorId": 1, "idTag": tag}, at)


def charging(*, speed: int = 60) -> Charger:
    charger = ready(speed=speed)
    charger.plug(charger.bays[1], Car.at(20), NOW)
    assert remote_start(charger) == ACCEPTED
    return charger


def test_time_inside_a_transaction_runs_as_fast_as_its_energy() -> None:
    charger = charging(speed=60)
    charger.tick(later(60))  # an hour for the car
    bay = charger.bays[1]
    assert bay.charging is not None
    assert bay.charging.clock == NOW + timedelta(hours=1)
    assert 10_900 <= bay.register_wh - bay.charging.meter_start_wh <= 11_000


def test_samples_keep_their_interval_in_the_transactions_time() -> None:
    charger = charging(speed=60)  # every 60 s of its time is a second of ours
    for tenth in range(1, 51):
        charger.tick(later(tenth / 10))
    samples = [message for message in charger.queue if message.action == "MeterValues"]
    assert [sample.payload["meterValue"][0]["timestamp"] for sample in samples[:2]] == [
        "2026-01-31T12:01:00.000Z",
        "2026-01-31T12:02:00.000Z",
    ]


def test_samples_never_come_faster_than_twice_a_second() -> None:
    charger = ready(speed=3600)
    charger.settings.change("MeterValueSampleInterval", "1")
    charger.plug(charger.bays[1], Car.at(20), NOW)
    remote_start(charger)
    for tenth in range(1, 11):
        charger.tick(later(tenth / 10))
    assert [message.action for message in charger.queue].count("MeterValues") == 2


def test_a_queue_made_offline_learns_the_number_of_its_transaction() -> None:
    charger = charging()
    charger.tick(later(1))
    charger.unplug(charger.bays[1], later(2))
    charger.next_message(later(2))  # the state of the connector
    start = said(charger, later(2))
    assert start.action == "StartTransaction"
    charger.answered(start, {"transactionId": 77, "idTagInfo": {"status": "Accepted"}}, later(2))
    assert [(message.action, message.payload["transactionId"]) for message in charger.queue] == [
        ("MeterValues", 77),
        ("StopTransaction", 77),
    ]


def test_a_transaction_message_is_tried_again_later_and_not_for_ever() -> None:
    charger = charging()
    charger.next_message(NOW)  # the state of the connector
    start = said(charger, NOW)
    for attempt, pause in ((1, 10), (2, 20)):
        charger.unanswered(start, NOW)
        assert charger.next_message(later(pause - 1)) is None, attempt
        assert said(charger, later(pause)) is start
    charger.unanswered(start, NOW)
    assert list(charger.queue) == []


def test_a_start_without_a_cable_is_given_up_in_time() -> None:
    charger = ready()
    charger.settings.change("ConnectionTimeOut", "90")
    remote_start(charger)
    charger.tick(later(89))
    assert charger.bays[1].status == "Preparing"
    charger.tick(later(90))
    assert charger.bays[1].status == "Available"
    charger.plug(charger.bays[1], Car.at(20), later(91))
    assert charger.bays[1].charging is None


def test_the_same_start_again_is_accepted_and_another_one_is_not() -> None:
    charger = charging()
    assert remote_start(charger) == ACCEPTED
    assert remote_start(charger, "OTHER") == {"status": "Rejected"}
    assert [message.action for message in charger.queue] == ["StartTransaction"]


def test_manners_last_as_often_as_they_were_asked_for() -> None:
    charger = ready()
    charger.behaviour.ask({"start": "ignore", "times": 2})
    assert [remote_start(charger), remote_start(charger), remote_start(charger)] == [None, None, ACCEPTED]


def test_configuration_answers_as_a_charge_point_does() -> None:
    charger = ready()

    def change(key: str, value: str) -> Json | None:
        return calls.answer(charger, "ChangeConfiguration", {"key": key, "value": value}, NOW)

    assert change("HeartbeatInterval", "30") == ACCEPTED
    assert change("HeartbeatInterval", "often") == {"status": "Rejected"}
    assert change("NumberOfConnectors", "9") == {"status": "Rejected"}
    assert change("LocalAuthorizeOffline", "maybe") == {"status": "Rejected"}
    assert change("Colour", "red") == {"status": "NotSupported"}
    found = calls.answer(charger, "GetConfiguration", {"key": ["HeartbeatInterval", "Colour"]}, NOW)
    assert found == {
        "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "30"}],
        "unknownKey": ["Colour"],
    }


def test_unlocking_ends_the_transaction_and_only_a_known_connector_unlocks() -> None:
    charger = charging()
    assert calls.answer(charger, "UnlockConnector", {"connectorId": 1}, later(1)) == {"status": "Unlocked"}
    assert charger.queue[-1].payload["reason"] == "UnlockCommand"
    assert calls.answer(charger, "UnlockConnector", {"connectorId": 9}, later(1)) == {"status": "NotSupported"}


def test_a_trigger_sends_what_was_asked_for() -> None:
    charger = charging()
    said(charger, NOW)  # the state of the connector

    def trigger(message: str, **more: int) -> Json | None:
        return calls.answer(charger, "TriggerMessage", {"requestedMessage": message, **more}, later(1))

    assert trigger("StatusNotification", connectorId=2) == ACCEPTED
    assert said(charger, later(1)).payload["connectorId"] == 2
    for message in ("Heartbeat", "BootNotification"):
        assert trigger(message) == ACCEPTED
        assert said(charger, later(1)).action == message
    assert trigger("MeterValues", connectorId=1) == ACCEPTED
    assert charger.queue[-1].payload["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
    assert trigger("StatusNotification", connectorId=9) == {"status": "Rejected"}
    assert trigger("FirmwareStatusNotification") == {"status": "NotImplemented"}


def test_a_connector_out_of_service_takes_no_start() -> None:
    charger = ready()
    for number, answer in ((1, ACCEPTED), (9, {"status": "Rejected"})):
        payload = {"connectorId": number, "type": "Inoperative"}
        assert calls.answer(charger, "ChangeAvailability", payload, NOW) == answer
    assert charger.bays[1].status == "Unavailable"
    assert charger.bays[2].status == "Available"
    assert remote_start(charger) == {"status": "Rejected"}
    calls.answer(charger, "ChangeAvailability", {"connectorId": 0, "type": "Operative"}, NOW)
    assert remote_start(charger) == ACCEPTED


def test_a_start_the_central_system_refuses_is_switched_off_at_once() -> None:
    charger = charging()
    said(charger, NOW)
    start = said(charger, NOW)
    charger.answered(start, {"transactionId": -1001, "idTagInfo": {"status": "Invalid"}}, later(1))
    assert charger.bays[1].charging is None
    assert [(message.action, message.payload["reason"]) for message in charger.queue] == [
        ("StopTransaction", "DeAuthorized")
    ]


def test_a_stop_that_is_to_be_rejected_or_ignored_keeps_charging() -> None:
    charger = charging()
    charger.bays[1].charging.transaction_id = 5  # type: ignore[union-attr]
    for how, answer in (("reject", {"status": "Rejected"}), ("ignore", None)):
        charger.behaviour.ask({"stop": how})
        assert calls.answer(charger, "RemoteStopTransaction", {"transactionId": 5}, NOW) == answer
    assert charger.bays[1].charging is not None
    assert calls.answer(charger, "RemoteStopTransaction", {"transactionId": 6}, NOW) == {"status": "Rejected"}
    assert calls.answer(charger, "RemoteStopTransaction", {"transactionId": 5}, NOW) == ACCEPTED


def test_a_boot_that_is_not_accepted_is_repeated_and_nothing_else_is_said() -> None:
    charger = Charger("CP001", 1, 60)
    boot = said(charger, NOW)
    charger.answered(boot, {"status": "Pending", "currentTime": "2026-01-31T12:00:00Z", "interval": 5}, NOW)
    assert charger.next_message(later(4)) is None
    assert said(charger, later(5)).action == "BootNotification"
    charger.unanswered(boot, later(5))
    assert charger.next_message(later(14)) is None
    assert said(charger, later(15)).action == "BootNotification"
