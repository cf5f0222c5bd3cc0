"""The technician's command against the real simulator: what it does, what it says, and how it exits."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hardware.terminal.__main__ import main
from hardware.terminal.simulator.cards import CARDS
from hardware.terminal.technician.notebook import Notebook, default_path
from tests.hardware.terminal.simulated import PATIENCE, Simulator
from tests.support.waiting import eventually

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PROFILE = {"refund": True, "recover": True, "connect_timeout": 5.0}


class Call:
    """Calls the command for one simulator and keeps what it said."""

    def __init__(self, simulator: Simulator, state: Path) -> None:
        self.url, self.state = f"payproxy+{simulator.url}", state
        self.said = ""
        self.profile: dict[str, object] = dict(PROFILE)

    def __call__(self, *arguments: str) -> int:
        lines: list[str] = []
        options = ["--profile", json.dumps(self.profile), "--state", str(self.state)]
        status = main([self.url, *options, *arguments], lines.append, lambda: NOON)
        self.said = "\n".join(lines)
        return status

    @property
    def noted(self) -> Notebook:
        return Notebook(self.state, self.url)


@pytest.fixture
def call(simulator: Simulator, tmp_path: Path) -> Call:
    return Call(simulator, tmp_path / "notes" / "terminal.json")


def kinds(simulator: Simulator) -> list[tuple[str, str, int]]:
    return [(each["kind"], each["outcome"], each["amount_minor"]) for each in simulator.book()]


def test_status_says_how_the_terminal_is_and_what_it_can_do(call: Call, simulator: Simulator) -> None:
    assert call("status") == 0
    assert "Terminal 12345678: ready (IDLE)" in call.said
    assert "Its screen: Welcome" in call.said
    assert "authorise" in call.said
    simulator.fault("status", "logged_out")
    assert call("status") == 1
    assert "attention (LOGGED_OUT)" in call.said


def test_a_token_is_read_and_not_shown(call: Call, simulator: Simulator) -> None:
    simulator.card("visa-1")
    assert call("token") == 0
    assert "Read VISA ending in 1001: a token of the type card, with PAR." in call.said
    assert CARDS["visa-1"].token not in call.said
    simulator.fault("token", "cancelled")
    assert call("token") == 1
    assert "Aborted at the terminal: cancel key. No money moved." in call.said
    simulator.fault("token", "lost_answer")
    simulator.card()
    assert call("token") == 1
    assert "No card was read" in call.said
    assert call.noted.questions == []


def test_a_hold_is_noted_said_to_be_open_and_released(call: Call, simulator: Simulator) -> None:
    simulator.card()
    assert call("authorise", "40.00") == 0
    (hold,) = call.noted.holds
    assert f"python -m hardware.terminal {call.url} --profile ... --state {call.state} release" in call.said
    assert f"release --hold {hold.request_id}" in call.said
    assert str(call.state) in call.said
    assert call.state.stat().st_mode & 0o777 == 0o600
    assert hold.reference not in call.said
    assert call("status") == 0
    assert "Open: EUR 40.00" in call.said
    assert call("release") == 0
    assert "Released the whole hold" in call.said
    assert call.noted.holds == []
    assert kinds(simulator) == [("authorise", "approved", 4000), ("release", "approved", 4000)]
    with pytest.raises(SystemExit) as ended:
        call("release")
    assert ended.value.code == 2


def test_a_hold_is_captured_and_refunded(call: Call, simulator: Simulator) -> None:
    simulator.card()
    call("authorise", "40.00")
    request_id = str(call.noted.holds[0].request_id)
    assert call("capture", "--hold", request_id, "18.40") == 0
    assert "Took EUR 18.40; the rest of the hold is released." in call.said
    assert "Open:" not in call.said
    assert call("refund", "8.40") == 0
    assert "Gave back EUR 8.40." in call.said
    assert call("refund", "10.01") == 1
    assert "Declined: above the captured amount. No money moved." in call.said
    assert [each["amount_minor"] for each in simulator.book()] == [4000, 1840, 840, 0]


def test_a_lost_answer_is_noted_before_it_is_asked_and_found_out(call: Call, simulator: Simulator) -> None:
    simulator.card()
    simulator.fault("authorise", "lost_answer")
    assert call("authorise", "40.00") == 3
    assert "Money may have moved, so do not repeat it." in call.said
    assert call("authorise", "40.00") == 1, "first the question"
    assert "First find out" in call.said
    simulator.fault("recover", "lost_answer")
    assert call("recover") == 3
    assert "Still unknown: authorise EUR 40.00" in call.said
    assert call("recover") == 0
    assert "Held EUR 40.00" in call.said
    assert call("release") == 0
    assert kinds(simulator) == [("authorise", "approved", 4000), ("release", "approved", 4000)]
    assert call("recover") == 0
    assert call.said == "Nothing is unanswered."


def test_what_was_never_carried_out_is_found_out_or_forgotten_by_a_person(call: Call, simulator: Simulator) -> None:
    for ending in ((), ("--forget",)):
        simulator.fault("authorise", "lost_before")
        assert call("authorise", "40.00") == 3
        assert call("recover", *ending) == 0
        assert call.noted.questions == []
        assert call.noted.holds == []
    assert simulator.book() == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [("busy", "end that with abort"), ("logged_out", "Log the terminal in"), ("declined", "Declined: do not honour")],
)
def test_a_failure_says_that_no_money_moved_and_what_to_do(
    call: Call, simulator: Simulator, fault: str, said: str
) -> None:
    simulator.card()
    simulator.fault("authorise", fault)
    assert call("authorise", "40.00") == 1
    assert "No money moved." in call.said
    assert said in call.said
    assert call.noted.questions == []


def test_what_a_terminal_cannot_do_is_said(call: Call, simulator: Simulator) -> None:
    assert call("end-of-day") == 1
    assert "PayProxy has no end of day" in call.said
    call.profile["refund"] = False
    simulator.card()
    call("authorise", "40.00")
    call("capture", "40.00")
    assert call("refund", "1.00") == 1
    assert "(unsupported). No money moved." in call.said


def test_abort_ends_what_another_call_waits_for(
    call: Call, simulator: Simulator, background: Callable[..., Future[Any]], tmp_path: Path
) -> None:
    waiting = background(Call(simulator, tmp_path / "other.json"), "authorise", "40.00")
    simulator.wait_for("card")
    assert call("abort") == 0
    assert waiting.result(PATIENCE) == 1
    simulator.fault("any", "connection_refused", seconds=0.3)
    assert call("abort") == 1
    assert "Press its cancel key" in call.said


def test_the_dialogue_is_shown_without_what_identifies_a_card(call: Call, simulator: Simulator) -> None:
    simulator.card("visa-1")
    call("authorise", "40.00", "--trace")
    assert "> POST /terminal/payment paymentType=AUTHORISE" in call.said
    assert "amount=40.00" in call.said
    assert "< status=SUCCESS" in call.said
    assert "token=(hidden)" in call.said
    reference, card = call.noted.holds[0].reference, CARDS["visa-1"]
    trace = call.said
    call("release", "--trace")
    assert "authReference=(hidden)" in call.said
    for secret in (reference, card.token, card.par):
        assert secret not in trace + call.said
    simulator.fault("any", "garbled")
    call("status", "--trace")
    assert "bytes that cannot be read)" in call.said
    simulator.fault("any", "lost_answer")
    call("status", "--trace")
    assert "! OutcomeUnknown: the connection was lost" in call.said


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",),
        ("authorise",),
        ("status", "40.00"),
        ("authorise", "forty"),
        ("authorise", "0"),
        ("authorise", "-1"),
        ("authorise", "NaN"),
        ("authorise", "40.001"),
        ("authorise", "40", "--currency", "EURO"),
        ("status", "--profile", "{"),
        ("status", "--profile", "[]"),
        ("status", "--profile", "@/nowhere/at/all"),
        ("status", "--profile", '{"unheard": 1}'),
        ("release", "--hold", "7"),
    ],
)
def test_a_wrong_call_is_refused_with_status_2(
    call: Call, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        call(*arguments)
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_a_notebook_of_another_terminal_or_a_broken_one_is_refused(call: Call, tmp_path: Path) -> None:
    Notebook(call.state, "payproxy+http://elsewhere").write()
    with pytest.raises(SystemExit):
        call("authorise", "40.00")
    call.state.write_text("{", encoding="utf-8")
    with pytest.raises(SystemExit):
        call("authorise", "40.00")


def test_every_terminal_has_a_notebook_of_its_own_in_the_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert default_path("payproxy+http://10.0.0.5:8080") == Path("/state/tapcharge/payproxy-http-10.0.0.5-8080.json")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/tess")
    assert default_path("zvt+serial:///dev/ttyS0").parent == Path("/home/tess/.local/state/tapcharge")


@contextmanager
def started(call: Call) -> Iterator[subprocess.Popen[str]]:
    """The command in a terminal's foreground: one that was started in the background does not hear Ctrl-C."""
    command = [sys.executable, "-m", "hardware.terminal", call.url, "authorise", "40.00", "--state", str(call.state)]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_an_impatient_technician_is_told_how_it_ended(call: Call, simulator: Simulator) -> None:
    with started(call) as process:
        simulator.wait_for("card")
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "Aborted at the terminal: aborted by the kiosk. No money moved." in said
    assert call.noted.questions == []


def test_a_command_that_is_killed_leaves_a_note_of_what_it_asked(call: Call, simulator: Simulator) -> None:
    with started(call) as process:
        simulator.wait_for("card")
        process.kill()
    simulator.card()
    eventually(simulator.book, what="the card was held, and nobody heard of it")
    assert call("recover") == 0
    assert "Held EUR 40.00" in call.said
    assert call("release") == 0
    assert simulator.totals()[0]["held_minor"] == 0
