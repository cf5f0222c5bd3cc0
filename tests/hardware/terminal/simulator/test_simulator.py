"""What every simulator shares, shown on PayProxy: its control API, its page, its traffic, and the process it runs as."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from moneyed import Money

from hardware.terminal.interface import Handle, PaymentTerminal, Reason, Verb
from hardware.terminal.payproxy.simulator.accidents import HttpKind
from hardware.terminal.payproxy.simulator.server import WIRE
from hardware.terminal.registry import open_terminal
from hardware.terminal.simulator.ask import Operation
from hardware.terminal.simulator.cards import CARDS
from hardware.terminal.simulator.faults import Kind
from tests.hardware.terminal.simulated import PATIENCE, REMEMBER, Simulator
from tests.support.waiting import eventually

FIFTY = Money("50.00", "EUR")


@pytest.mark.parametrize(
    ("path", "body", "error", "valid"),
    [
        ("/sim/card", {"card": "visa-9"}, "unknown card", list(CARDS)),
        ("/sim/card", {"card": ["visa-1"]}, "unknown card", list(CARDS)),
        ("/sim/card", {}, "unknown card", list(CARDS)),
        ("/sim/card", {"card": "visa-1", "pin": "1234"}, "unknown pin", ["ok", "wrong", "ask"]),
        ("/sim/card", {"card": "visa-1", "pun": "ok"}, "unknown key 'pun'", ["card", "pin"]),
        ("/sim/pin", {"pin": "ask"}, "unknown pin", ["ok", "wrong"]),
        ("/sim/card", [], "not a JSON object", None),
    ],
)
def test_bad_orders_are_refused_and_say_what_is_possible(
    simulator: Simulator, path: str, body: object, error: str, valid: list[str] | None
) -> None:
    answer = simulator.call("POST", path, json=body)
    assert answer.status_code == 400
    assert error in answer.json()["error"]
    assert answer.json().get("valid") == valid


@pytest.mark.parametrize(
    ("order", "named"),
    [
        ({"operation": "sale", "fault": "busy"}, ", ".join(Operation)),
        ({"operation": "any", "fault": "rain"}, ", ".join([*Kind, *HttpKind])),
        ({"operation": "any"}, ", ".join(WIRE.kinds)),
        ({"fault": "busy", "times": 0}, "times must be a whole number from 1 to 1000"),
        ({"fault": "busy", "times": True}, "times must be"),
        ({"fault": "slow", "seconds": -1}, "seconds must be"),
        ({"fault": "error_500", "after": "yes"}, "after must be true or false"),
        ({"fault": "declined", "reason": 7}, "reason must be a text"),
        ({"fault": "approved_less", "amount": 20.5}, "amount must be a whole number"),
        ({"fault": "busy", "often": 2}, "unknown key 'often'"),
    ],
)
def test_bad_faults_are_refused_and_say_what_is_possible(
    simulator: Simulator, order: dict[str, object], named: str
) -> None:
    answer = simulator.call("POST", "/sim/faults", json=order)
    assert answer.status_code == 400
    assert named in answer.json()["error"]
    assert simulator.get("/sim/faults")["faults"] == []


def test_a_body_that_is_not_json_is_refused(simulator: Simulator) -> None:
    for path in ("/sim/card", "/sim/faults", "/sim/pin"):
        answer = simulator.call("POST", path, data=b"{")
        assert (answer.status_code, answer.json()) == (400, {"error": "the body is not JSON"})


def test_faults_are_listed_and_forgotten(simulator: Simulator) -> None:
    simulator.fault("capture", "lost_answer", times=3)
    listed = simulator.get("/sim/faults")
    assert [(each["operation"], each["fault"], each["times"]) for each in listed["faults"]] == [
        ("capture", "lost_answer", 3)
    ]
    assert simulator.call("DELETE", "/sim/faults").json() == {"faults": []}
    assert simulator.get("/sim/faults")["faults"] == []


def test_an_early_card_counts_for_the_next_operation_once(simulator: Simulator, terminal: PaymentTerminal) -> None:
    assert simulator.card("visa-2") == {"presented": False, "remembered_for_seconds": REMEMBER}
    assert simulator.state()["remembered_card"] == "visa-2"
    assert terminal.read_token(request_id=1, language="en").card is not None
    assert simulator.state()["remembered_card"] is None


def test_an_early_card_is_forgotten_after_a_while(tmp_path: Path, background: Callable[..., Future[Any]]) -> None:
    forgetful = Simulator(tmp_path / "forgetful", remember=0.0)
    terminal = open_terminal(f"payproxy+{forgetful.url}", {})
    try:
        forgetful.card("visa-2")
        read = background(terminal.read_token, request_id=1, language="en")
        forgetful.wait_for("card")
        forgetful.card("maestro-1")
        assert read.result(PATIENCE).card.brand == "MAES"
    finally:
        terminal.close()
        forgetful.stop()


def test_keys_that_nobody_waits_for_do_nothing(simulator: Simulator) -> None:
    assert simulator.post("/sim/cancel", {}) == {"cancelled": False}
    assert simulator.call("POST", "/sim/pin", json={"pin": "ok"}).status_code == 409


def test_the_screen_speaks_the_cardholders_language(
    simulator: Simulator, terminal: PaymentTerminal, background: Callable[..., Future[Any]]
) -> None:
    held = background(terminal.authorise, request_id=1, key=uuid4(), amount=FIFTY, language="de")
    state = simulator.wait_for("card")
    assert state["screen"] == {"text_id": "S1001", "text": "Karte oder Telefon vorhalten", "language": "DE"}
    assert (state["operation"], state["request_id"]) == ("authorise", "1")
    assert 0 < state["seconds_left"] <= 60
    simulator.card()
    held.result(PATIENCE)
    assert simulator.state()["screen"]["text"] == "Genehmigt"


def test_traffic_has_the_times_of_every_exchange(simulator: Simulator, terminal: PaymentTerminal) -> None:
    simulator.card()
    terminal.read_token(request_id=77, language="en")
    (exchange,) = simulator.get("/sim/traffic")["exchanges"]
    assert (exchange["operation"], exchange["request_id"]) == ("token", "77")
    assert exchange["arrived_at"] <= exchange["answered_at"]


def test_nothing_sensitive_is_on_the_control_side(simulator: Simulator, terminal: PaymentTerminal) -> None:
    simulator.card()
    held = terminal.authorise(request_id=1, key=uuid4(), amount=FIFTY, language="en")
    assert held.handle is not None
    assert held.card is not None
    shown = "".join(simulator.call("GET", path).text for path in ("/sim/book", "/sim/state", "/sim/traffic"))
    for secret in (held.handle.reference, held.card.token, held.card.par):
        assert secret not in shown


def test_tokens_are_obviously_fake_and_all_different() -> None:
    assert len({card.token for card in CARDS.values()}) == len(CARDS)
    for card in CARDS.values():
        assert card.token.startswith("99")
        assert len(card.token) == 18
        assert (len(card.par), card.par[:4]) in {(29, "V001"), (29, "5001"), (0, "")}
    assert CARDS["wallet-visa-1"].par == CARDS["visa-1"].par
    assert CARDS["wallet-mc-1"].par == CARDS["mastercard-1"].par


def test_the_book_and_its_rules_survive_a_restart(tmp_path: Path) -> None:
    first = Simulator(tmp_path)
    terminal = open_terminal(f"payproxy+{first.url}", {})
    first.card()
    handle = terminal.authorise(request_id=1, key=uuid4(), amount=FIFTY, language="en").handle
    assert handle is not None
    before = first.book()
    first.stop()
    terminal.close()

    second = Simulator(tmp_path)
    terminal = open_terminal(f"payproxy+{second.url}", {"recover": True})
    assert second.book() == before
    again = terminal.recover(request_id=1, verb=Verb.AUTHORISE, amount=FIFTY).result
    assert again is not None
    assert again.handle == handle
    taken = terminal.capture(request_id=2, key=uuid4(), amount=FIFTY, handle=handle, reason=Reason.NORMAL_END)
    assert (taken.amount, taken.stan) == (FIFTY, "00000002")
    terminal.close()
    second.stop()


def test_the_page_and_its_assets_come_from_the_simulator_alone(simulator: Simulator) -> None:
    page = simulator.call("GET", "/").text
    assert "Virtual IM30" in page
    for asset in ("/terminal.css", "/terminal.js"):
        assert f'"{asset}"' in page
        text = simulator.call("GET", asset)
        assert text.status_code == 200
        assert "://" not in text.text
    assert "://" not in page


def started(data: Path, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "hardware.terminal.payproxy.simulator", "--port", str(port), "--data", str(data)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def announced(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    return line.partition(" on ")[2].partition(" ")[0].rstrip("/")


def test_the_process_keeps_its_book_when_it_is_killed_and_ends_politely_when_asked(tmp_path: Path) -> None:
    for end, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 0)):
        with started(tmp_path, 0) as process:
            url = announced(process)
            terminal = open_terminal(f"payproxy+{url}", {"recover": True})
            if end is signal.SIGKILL:
                requests.post(f"{url}/sim/card", json={"card": "visa-1", "pin": "ok"}, timeout=PATIENCE)
                terminal.authorise(request_id=1, key=uuid4(), amount=FIFTY, language="en")
            assert terminal.recover(request_id=1, verb=Verb.AUTHORISE, amount=FIFTY).result is not None
            terminal.close()
            process.send_signal(end)
            process.communicate(timeout=PATIENCE)
            assert process.returncode == code


def test_an_occupied_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        port = occupied.getsockname()[1]
        with started(tmp_path, port) as process:
            _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    (line,) = errors.splitlines()
    assert f"cannot listen on 127.0.0.1:{port}" in line


def test_a_refused_connection_is_a_closed_socket_and_comes_back(simulator: Simulator) -> None:
    simulator.fault("any", "connection_refused", seconds=0.3)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", simulator.port), timeout=PATIENCE)
    eventually(simulator.is_up, what="the terminal is back")


def test_a_handle_of_another_terminal_is_unknown_here(simulator: Simulator, terminal: PaymentTerminal) -> None:
    result = terminal.release(
        request_id=5, key=uuid4(), currency="EUR", handle=Handle(9, "elsewhere"), reason=Reason.NOT_STARTED
    )
    assert result.reason == "unknown reference"
