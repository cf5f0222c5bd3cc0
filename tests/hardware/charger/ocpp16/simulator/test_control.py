"""The simulator's HTTP side and its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from hardware.charger.ocpp16.simulator.main import Wanted, parse_chargers, parse_keys
from hardware.models import ChargePoint
from tests.hardware.charger.conftest import KEY
from tests.hardware.charger.simulated import Simulator
from tests.support.processes import free_port
from tests.support.waiting import eventually


@pytest.mark.parametrize(
    ("path", "status", "names"),
    [
        ("cars/CP009/1/plug", 404, "CP001, CP002"),
        ("cars/CP001/3/plug", 404, "1, 2"),
        ("cars/CP001/x/plug", 404, "1, 2"),
        ("cars/CP001/1/wash", 404, "plug, unplug, full"),
        ("chargers/CP001/dance", 404, "offline, online, reboot, fault"),
        ("chargers/CP009/fault", 404, "CP001, CP002"),
        ("cars/CP001/1/unplug", 400, "no car"),
        ("cars/CP001/1/full", 400, "no car"),
    ],
)
def test_what_does_not_exist_or_cannot_be_done_is_said(path: str, status: int, names: str, alone: Simulator) -> None:
    answer = alone.post(path)
    assert answer.status_code == status
    assert names in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"soc": 101}, "soc"),
        ({"soc": "20"}, "soc"),
        ({"battery_wh": 0}, "battery_wh"),
        ({"colour": "red"}, "battery_wh, soc, max_power_w"),
        ([1], "object"),
    ],
)
def test_a_car_that_cannot_be_is_refused(body: Any, names: str, alone: Simulator) -> None:
    answer = alone.post("cars/CP001/1/plug", body)
    assert answer.status_code == 400
    assert names in answer.json()["error"]
    assert alone.bay()["car"] is None


@pytest.mark.parametrize("body", [{"stop": "explode"}, {"mood": "bad"}, {"stop": "reject", "times": 0}])
def test_unknown_manners_are_refused(body: dict[str, Any], alone: Simulator) -> None:
    assert alone.post("chargers/CP001/behave", body).status_code == 400


def test_a_car_comes_and_goes(alone: Simulator) -> None:
    alone.do("cars/CP001/2/plug", {"soc": 55, "battery_wh": 40_000, "max_power_w": 7_400})
    assert alone.bay(2)["car"] == {"soc": 55, "battery_wh": 40_000, "max_power_w": 7_400, "full": False}
    assert alone.bay(2)["status"] == "Preparing"
    assert alone.post("cars/CP001/2/plug").status_code == 400
    alone.do("cars/CP001/2/full")
    assert alone.bay(2)["car"]["full"]
    alone.do("cars/CP001/2/unplug")
    assert (alone.bay(2)["car"], alone.bay(2)["status"]) == (None, "Available")


def test_an_ordinary_car_takes_what_the_cable_gives(alone: Simulator) -> None:
    alone.do("cars/CP002/1/plug")
    assert alone.charger("CP002")["connectors"][0]["car"]["max_power_w"] == 50_000


def test_a_fault_toggles_and_can_be_cleared(alone: Simulator) -> None:
    states = []
    for path, body in [
        ("fault", None),
        ("fault", None),
        ("fault", None),
        ("fault", {"clear": True}),
        ("fault-clear", None),
    ]:
        alone.do(f"chargers/CP001/{path}", body)
        states.append(alone.bay()["status"])
    assert states == ["Faulted", "Available", "Faulted", "Available", "Available"]


def test_it_is_not_healthy_before_everything_has_booted(alone: Simulator) -> None:
    answer = requests.get(f"{alone.url}/healthz", timeout=10)
    assert answer.status_code == 503
    assert answer.json()["waiting_for"] == ["CP001", "CP002"]
    assert not alone.charger()["connected"]


def test_the_page_comes_whole_and_loads_nothing_from_elsewhere(alone: Simulator) -> None:
    text = ""
    for path in ("/", "/page.css", "/page.js"):
        answer = requests.get(alone.url + path, timeout=10)
        assert answer.ok
        text += answer.text
    assert "Charge points" in text
    assert "http://" not in text
    assert "https://" not in text


def test_charge_points_and_keys_are_read_from_their_texts() -> None:
    keys = parse_keys("CP001=abc\nCP002=d=e,CP003=f")
    assert keys == {"CP001": "abc", "CP002": "d=e", "CP003": "f"}
    assert parse_chargers("CP001:2, CP002:1x50000,CP009:1:own", keys) == [
        Wanted("CP001", 2, "abc"),
        Wanted("CP002", 1, "d=e", 50_000),
        Wanted("CP009", 1, "own"),
    ]


@pytest.mark.parametrize("text", ["CP001", "CP001:two", "CP001:0:key", "CP008:1"])
def test_a_charge_point_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=text.split(":", maxsplit=1)[0]):
        parse_chargers(text, {"CP001": "abc"})


def test_the_process_runs_with_its_keys_in_a_file_and_stops_when_told(
    central: str, charge_point: ChargePoint, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"CP001={KEY}\n", encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "hardware.charger.simulator", "--url", central, "--port", str(port)]
    arguments = ["--chargers", "CP001:2", "--keys-file", str(keys), "--data", str(tmp_path / "data"), "--speed", "60"]
    with subprocess.Popen([*command, *arguments], stderr=subprocess.DEVNULL, env=os.environ) as process:
        simulator = Simulator(f"http://127.0.0.1:{port}")
        eventually(lambda: ChargePoint.objects.get().booted_at, timeout=20)
        eventually(simulator.is_ready)
        occupied = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=20, check=False)
        process.terminate()
        assert process.wait(10) == 0
    assert occupied.returncode != 0
    assert f"cannot listen on 127.0.0.1:{port}" in occupied.stderr
    saved = json.loads((tmp_path / "data" / "CP001.json").read_text(encoding="utf-8"))
    assert [bay["number"] for bay in saved["bays"]] == [1, 2]
    eventually(lambda: not ChargePoint.objects.get().is_connected)
