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
