"""Simulated charge points against the real central system."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from hardware import chargers
from hardware.charger.ocpp16.simulator.main import Wanted
from hardware.charger.readings import Reading
from hardware.models import ChargePoint, Command, Connector, StopReport, Transaction
from hardware.signals import meter_read
from tests.hardware.charger.conftest import KEY
from tests.hardware.charger.rows import arrives
from tests.hardware.charger.simulated import Simulator, booted
from tests.support.waiting import eventually

ONE = [Wanted("CP001", 2, KEY)]


@pytest.fixture
def cars(central: str, charge_point: ChargePoint) -> Iterator[Simulator]:
    with booted(central, ONE) as simulator:
        yield simulator
    eventually(lambda: not ChargePoint.objects.exclude(connection="").exists())


@pytest.fixture
def readings() -> Iterator[list[Reading]]:
    """Every reading that is announced."""
    heard: list[Reading] = []

    def hear(sender: object, readings: list[Reading], **rest: object) -> None:
        heard.extend(readings)

    meter_read.connect(hear)
    yield heard
    meter_read.disconnect(hear)


def ask_to_start(connector: Connector) -> Command:
    now = timezone.now()
    return chargers.request_start(connector, now=now, expires_at=now + timedelta(minutes=2))


def begun(command: Command) -> Transaction:
    return arrives(Transaction.objects.filter(command=command))


def ended(transaction: Transaction) -> Transaction:
    return arrives(Transaction.objects.filter(pk=transaction.pk, stopped_at__isnull=False))


def test_a_charge_point_boots_is_configured_and_reports_its_connectors(cars: Simulator) -> None:
    record = arrives(ChargePoint.objects.exclude(configuration={}))
    assert (record.vendor, record.model, record.is_connected) == ("TapCharge", "Simulated", True)
    assert record.configuration["ConnectionTimeOut"] == "Accepted"
    assert record.configuration["LocalPreAuthorize"] == "NotSupported"
    eventually(lambda: Connector.objects.filter(status="Available").count() == 2)


def test_a_whole_visit(cars: Simulator, connector: Connector, readings: list[Reading]) -> None:
    cars.do("cars/CP001/1/plug", {"soc": 50, "battery_wh": 40_000})
    eventually(lambda: Connector.objects.get(pk=connector.pk).status == "Preparing")
    transaction = begun(ask_to_start(connector))
    eventually(lambda: Connector.objects.get(pk=connector.pk).status == "Charging")
    eventually(lambda: len(readings) >= 3)
    stop = chargers.request_stop(transaction, now=timezone.now())
    done = ended(transaction)
    assert done.stop_reason == "Remote"
    assert done.meter_stop_wh is not None
    assert done.stopped_at is not None
    hours = (done.stopped_at - done.started_at) / timedelta(hours=1)
    assert 0 < done.meter_stop_wh - done.meter_start_wh <= 11_000 * hours
    assert (readings[-1].soc_percent or 0) >= 50
    assert [reading.at for reading in readings] == sorted(reading.at for reading in readings)
    eventually(lambda: Command.objects.get(pk=stop.pk).state == Command.State.ACCEPTED)
    eventually(lambda: Connector.objects.get(pk=connector.pk).status == "Finishing")
    cars.do("cars/CP001/1/unplug")
    eventually(lambda: Connector.objects.get(pk=connector.pk).status == "Available")


def test_a_start_waits_for_the_cable(cars: Simulator, connector: Connector) -> None:
    command = ask_to_start(connector)
    eventually(lambda: cars.bay()["waiting_for_plug"])
    assert not Transaction.objects.exists()
    cars.do("cars/CP001/1/plug")
    begun(command)


def test_unplugging_ends_the_transaction(cars: Simulator, connector: Connector) -> None:
    cars.do("cars/CP001/1/plug")
    transaction = begun(ask_to_start(connector))
    cars.do("cars/CP001/1/unplug")
    assert ended(transaction).stop_reason == "EVDisconnected"


def test_a_full_car_suspends_and_a_fault_ends_it(cars: Simulator, connector: Connector) -> None:
    cars.do("cars/CP001/1/plug")
    transaction = begun(ask_to_start(connector))
    cars.do("cars/CP001/1/full")
    eventually(lambda: Connector.objects.get(pk=connector.pk).status == "SuspendedEV")
    cars.do("chargers/CP001/fault")
    assert ended(transaction).stop_reason == "Other"
    faulted = arrives(Connector.objects.filter(pk=connector.pk, status="Faulted"))
    assert faulted.error_code == "GroundFailure"
    cars.do("chargers/CP001/fault", {"clear": True})
    eventually(lambda: Connector.objects.filter(pk=connector.pk, status="Finishing", error_code="").exists())


def test_what_happens_offline_is_delivered_in_order_afterwards(
    cars: Simulator, connector: Connector, readings: list[Reading]
) -> None:
    cars.do("cars/CP001/1/plug")
    transaction = begun(ask_to_start(connector))
    cars.do("chargers/CP001/offline")
    eventually(lambda: not ChargePoint.objects.get().is_connected)
    eventually(lambda: cars.charger()["queue"] >= 2)
    cars.do("cars/CP001/1/unplug")
    heard = len(readings)
    assert Transaction.objects.get(pk=transaction.pk).stopped_at is None
    cars.do("chargers/CP001/online")
    assert ended(transaction).stop_reason == "EVDisconnected"
    assert len(readings) >= heard + 2
    assert [reading.at for reading in readings] == sorted(reading.at for reading in readings)
    eventually(lambda: cars.charger()["queue"] == 0)


def test_a_stop_that_was_asked_for_offline_is_sent_on_the_next_connection(
    cars: Simulator, connector: Connector
) -> None:
    cars.do("cars/CP001/1/plug")
    transaction = begun(ask_to_start(connector))
    cars.do("chargers/CP001/offline")
    eventually(lambda: not ChargePoint.objects.get().is_connected)
    chargers.request_stop(transaction, now=timezone.now())
    cars.do("chargers/CP001/online")
    assert ended(transaction).stop_reason == "Remote"


def test_a_duplicate_stop_is_kept_and_not_counted(cars: Simulator, connector: Connector) -> None:
    cars.do("cars/CP001/1/plug")
    transaction = begun(ask_to_start(connector))
    cars.do("chargers/CP001/behave", {"stop": "duplicate"})
    chargers.request_stop(transaction, now=timezone.now())
    eventually(lambda: StopReport.objects.count() == 2)
    assert sorted(StopReport.objects.values_list("counted", "reason")) == [(False, "UnlockCommand"), (True, "Remote")]
    assert ended(transaction).stop_reason == "Remote"


def test_a_rejected_start_says_so(cars: Simulator, connector: Connector) -> None:
    cars.do("chargers/CP001/behave", {"start": "reject"})
    command = ask_to_start(connector)
    eventually(lambda: Command.objects.get(pk=command.pk).state == Command.State.REJECTED)


def test_a_cancelled_start_delivers_nothing_when_the_car_comes_late(cars: Simulator, connector: Connector) -> None:
    command = ask_to_start(connector)
    eventually(lambda: cars.bay()["waiting_for_plug"])
    assert chargers.cancel_start(command, now=timezone.now())
    cars.do("cars/CP001/1/plug")
    report = arrives(StopReport.objects.all())
    assert (report.is_orphan, report.reason) == (True, "DeAuthorized")
    assert not Transaction.objects.exists()
    assert cars.bay()["transaction"] is None


def test_a_reboot_ends_the_transaction_and_boots_again(cars: Simulator, connector: Connector) -> None:
    cars.do("cars/CP001/1/plug")
    transaction = begun(ask_to_start(connector))
    before = ChargePoint.objects.get().booted_at
    chargers.request_reset(ChargePoint.objects.get(), now=timezone.now())
    assert ended(transaction).stop_reason == "SoftReset"
    eventually(lambda: ChargePoint.objects.get().booted_at != before)


@pytest.mark.parametrize("how", ["jump", "backwards", "wrong_unit"])
def test_a_meter_that_misbehaves_is_reported_as_it_is_and_a_wrong_unit_not_at_all(
    how: str, cars: Simulator, connector: Connector, readings: list[Reading]
) -> None:
    cars.do("chargers/CP001/behave", {"meter": how})
    cars.do("cars/CP001/1/plug")
    transaction = begun(ask_to_start(connector))
    first = eventually(lambda: readings[:1])[0].energy_wh
    start = transaction.meter_start_wh
    if how == "wrong_unit":
        assert first is None
    else:
        assert first is not None
        assert (first >= start + 100_000) if how == "jump" else (first < start)


def test_an_open_transaction_survives_a_power_cut_as_a_stop(
    central: str, charge_point: ChargePoint, connector: Connector, tmp_path: Path
) -> None:
    with booted(central, ONE, data=tmp_path) as before:
        before.do("cars/CP001/1/plug")
        transaction = begun(ask_to_start(connector))
        eventually(lambda: before.bay()["transaction"]["id"] == transaction.pk)
        eventually(lambda: before.bay()["transaction"]["energy_wh"] > 5)
    with booted(central, ONE, data=tmp_path) as after:
        done = ended(transaction)
        assert done.stop_reason == "PowerLoss"
        assert (done.meter_stop_wh or 0) > done.meter_start_wh
        assert after.bay()["energy_wh"] == done.meter_stop_wh
        assert after.bay()["status"] == "Finishing"
    eventually(lambda: not ChargePoint.objects.exclude(connection="").exists())
