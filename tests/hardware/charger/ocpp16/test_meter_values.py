"""Meter values of many charge points -> readings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.charger.ocpp16.meter_values import readings
from hardware.charger.readings import Reading

AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
ARRIVED = datetime(2026, 1, 31, 12, 5, tzinfo=UTC)
POWER = {"measurand": "Power.Active.Import", "unit": "W"}
SOC = {"measurand": "SoC", "unit": "Percent", "location": "EV"}


def one(*samples: dict[str, Any], at: str = "2026-01-31T12:00:00Z") -> list[Reading]:
    return readings([{"timestamp": at, "sampledValue": list(samples)}], ARRIVED)


@pytest.mark.parametrize(
    ("samples", "reading"),
    [
        ([{"value": "1234"}], Reading(AT, energy_wh=1234)),
        ([{"value": " 1234.9 ", "unit": "Wh"}], Reading(AT, energy_wh=1234)),
        ([{"value": "1.2345", "unit": "kWh"}], Reading(AT, energy_wh=1234)),
        ([{"value": "0.29", "unit": "kWh"}], Reading(AT, energy_wh=290)),
        ([{"value": "1.1E3"}], Reading(AT, energy_wh=1100)),
        ([{"value": "7.4", "measurand": "Power.Active.Import", "unit": "kW"}], Reading(AT, power_w=7400)),
        ([{"value": "2300.5"} | POWER | {"phase": f"L{n}"} for n in (1, 2, 3)], Reading(AT, power_w=6902)),
        (
            [{"value": "10"} | POWER | {"phase": "L1-N"}, {"value": "20"} | POWER | {"phase": "L2-N"}],
            Reading(AT, power_w=30),
        ),
        ([{"value": "1"} | POWER | {"phase": "L1"}, {"value": "50"} | POWER], Reading(AT, power_w=50)),
        ([{"value": "-20"} | POWER], Reading(AT, power_w=-20)),
        ([{"value": "63.7"} | SOC], Reading(AT, soc_percent=63)),
        ([{"value": "5"}, {"value": "6"} | POWER, {"value": "7"} | SOC], Reading(AT, 5, 6, 7)),
        ([{"value": "9", "location": "EV"}, {"value": "5", "location": "Outlet"}], Reading(AT, energy_wh=5)),
        (
            [{"value": "10", "context": "Transaction.Begin"}, {"value": "90", "context": "Transaction.End"}],
            Reading(AT, energy_wh=90),
        ),
        ([{"value": "10", "context": "Transaction.Begin"}], Reading(AT, energy_wh=10)),
    ],
)
def test_a_sample_is_read(samples: list[dict[str, Any]], reading: Reading) -> None:
    assert one(*samples) == [reading]


@pytest.mark.parametrize(
    "sample",
    [
        {"value": "1234", "unit": "kvarh"},
        {"value": "1234", "unit": "W"},
        {"value": "12 kWh"},
        {"value": ""},
        {"value": "NaN"},
        {"value": "Infinity"},
        {"value": "1E+999999999"},
        {"value": "-1"},
        {"value": "1234", "phase": "L1"},
        {"value": "1234", "location": "Inlet"},
        {"value": "1234", "location": "Cable"},
        {"value": "1234", "measurand": "Energy.Active.Import.Interval"},
        {"value": "OCMF|{}", "format": "SignedData"},
        {"value": "1234", "measurand": "Energy.Reactive.Import.Register", "unit": "varh"},
        {"value": "101"} | SOC,
        {"value": "11", "measurand": "Power.Offered", "unit": "W"},
    ],
)
def test_a_sample_that_cannot_be_used_is_left_out_without_a_word_to_the_charge_point(sample: dict[str, Any]) -> None:
    assert one(sample) == []
    assert one(sample, {"value": "7"} | POWER) == [Reading(AT, power_w=7)]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-31T12:00:00.123456789Z", AT.replace(microsecond=123456)),
        ("2026-01-31T13:00:00+01:00", AT),
        ("2026-01-31T12:00:00", AT),
        ("soon", ARRIVED),
        ("0001-01-01T00:00:00+14:00", ARRIVED),
    ],
)
def test_timestamps_are_read_as_utc_and_bad_ones_count_from_arrival(text: str, at: datetime) -> None:
    assert one({"value": "1"}, at=text) == [Reading(at, energy_wh=1)]


def test_readings_come_oldest_first() -> None:
    values = [
        {"timestamp": f"2026-01-31T12:0{minute}:00Z", "sampledValue": [{"value": str(minute)}]} for minute in (3, 1, 2)
    ]
    assert [reading.energy_wh for reading in readings(values, ARRIVED)] == [1, 2, 3]


@settings(deadline=None)  # a machine under load is no failure
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_whatever_raises(value: str, at: str) -> None:
    for reading in one({"value": value}, at=at):
        assert isinstance(reading.energy_wh, int)
        assert reading.at.tzinfo is not None
