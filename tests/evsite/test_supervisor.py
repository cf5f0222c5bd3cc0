"""``make run`` starts all, ends all, and says who died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from evsite.processes import ROOT
from tests.support.waiting import eventually

#: Supervises programs that note their pid in a folder, the way ``evsite.run`` does with the real ones.
SCRIPT = """
import sys
from evsite.processes import Program
from evsite.supervisor import Supervisor

programs = {}
for argument in sys.argv[2:]:
    name, _, code = argument.partition("=")
    prelude = "import os, pathlib, signal, sys, threading; "
    note = f"pathlib.Path({sys.argv[1]!r}, {name!r}).write_text(str(os.getpid())); "
    code = prelude + (code.replace("NOTE; ", note) if "NOTE; " in code else note + code)
    programs[name] = Program(name, [sys.executable, "-c", code], lambda pid: True)
supervisor = Supervisor(programs, {"PYTHONUNBUFFERED": "1"})
supervisor.loop()
print("asked" if supervisor.asked_to_stop else supervisor.obituary())
"""
FOREVER = "print('working'); signal.pause()"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN); NOTE; threading.Event().wait()"


class Run:
    """A supervisor in a process of its own."""

    def __init__(self, folder: Path, **programs: str) -> None:
        self.folder, self.names = folder, list(programs)
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(folder), *(f"{name}={code}" for name, code in programs.items())],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )

    def started(self) -> dict[str, int]:
        """The pids, once all programs run."""
        paths = [self.folder / name for name in self.names]
        eventually(lambda: all(path.exists() and path.read_text() for path in paths), what="all programs started")
        return {path.name: int(path.read_text()) for path in paths}

    def output(self) -> str:
        """Everything it printed, once it has ended."""
        return self.process.communicate(timeout=20)[0]


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    """Those that a test started; none outlives it."""
    started: list[Run] = []
    yield started
    for run in started:
        run.process.kill()
        run.process.communicate()


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_ends_everything(tmp_path: Path, runs: list[Run], sent: signal.Signals) -> None:
    runs.append(run := Run(tmp_path, valkey=FOREVER, web=FOREVER, worker=FOREVER))
    pids = run.started()
    run.process.send_signal(sent)
    assert run.output().endswith("asked\n")
    assert not any(alive(pid) for pid in pids.values())


def test_when_one_dies_all_end_and_its_last_lines_are_told(tmp_path: Path, runs: list[Run]) -> None:
    until_told = f"while not pathlib.Path({str(tmp_path / 'go')!r}).exists(): threading.Event().wait(0.01)"
    ghost = f"exec({until_told!r}); print('I saw a ghost'); sys.exit(3)"
    runs.append(run := Run(tmp_path, valkey=FOREVER, web=FOREVER, worker=ghost))
    pids = run.started()
    (tmp_path / "go").touch()
    obituary = run.output().partition("TapCharge stopped")[2]
    assert obituary == " because worker ended with exit code 3. Its last lines:\nI saw a ghost\n"
    assert not any(alive(pid) for pid in pids.values())


def test_a_killed_process_is_named_with_its_signal(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, valkey=FOREVER, web=FOREVER))
    os.kill(run.started()["web"], signal.SIGKILL)
    assert "because web was ended by signal 9" in run.output()


def test_each_line_begins_with_the_name_of_its_process(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, web="print('one\\ntwo')", worker=FOREVER))
    lines = [line.split(" ", 1)[1] for line in run.output().splitlines() if "|" in line]
    assert {"web    | one", "web    | two"} <= set(lines)


def test_valkey_ends_after_those_that_talk_to_it(tmp_path: Path, runs: list[Run]) -> None:
    ended = tmp_path / "ended"
    note = f"open({str(ended)!r}, 'a').write('{{0}} '), sys.exit(0)"
    ends = f"signal.signal(signal.SIGTERM, lambda *_: (threading.Event().wait({{1}}), {note})); NOTE; "
    runs.append(run := Run(tmp_path, valkey=ends.format("valkey", 0) + FOREVER, web=ends.format("web", 0.3) + FOREVER))
    run.started()
    run.process.terminate()
    run.output()
    assert ended.read_text(encoding="utf-8") == "web valkey "


def test_valkey_is_heard_only_when_it_dies(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, valkey="print('no disk left'); sys.exit(1)", web=FOREVER))
    before, _, obituary = run.output().partition("TapCharge stopped")
    assert "no disk left" not in before
    assert obituary.endswith("no disk left\n")


def test_what_does_not_end_is_killed(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, web=STUBBORN, worker=FOREVER))
    pids = run.started()
    run.process.terminate()
    assert run.output().endswith("asked\n")
    assert not any(alive(pid) for pid in pids.values())


def test_a_killed_supervisor_leaves_no_process_behind(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, valkey=FOREVER, web=STUBBORN))
    pids = run.started()
    run.process.kill()
    eventually(lambda: not any(alive(pid) for pid in pids.values()), what="all processes are gone")
