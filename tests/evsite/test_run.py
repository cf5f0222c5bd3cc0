"""What ``make run`` says when it cannot start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from evsite.processes import HOST, ROOT
from tests.support.processes import free_port, free_port_pair, is_free

#: Holds a data directory until its standard input ends.
HOLD = """
import sys
from pathlib import Path
from evsite.run import _alone

with _alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def run(var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evsite.run"],
        cwd=ROOT,
        env={**os.environ, "VAR_DIR": str(var), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on, above two that are free."""
    lower = free_port_pair()
    while not is_free(lower + 2):
        lower = free_port_pair()
    with socket.socket() as listener:
        listener.bind((HOST, lower + 2))
        listener.listen()
        yield listener.getsockname()[1]


def test_an_occupied_port_is_one_clear_line(tmp_path: Path, taken: int) -> None:
    done = run(tmp_path, PORT=str(taken), SIM_PORT=str(free_port_pair()))
    assert done.returncode == 1
    assert done.stderr == f"Port {taken} is in use; choose another one: PORT={taken + 10} make run\n"
    assert done.stdout == ""


@pytest.mark.parametrize("above", [0, 1])
def test_both_ports_of_the_simulators_are_looked_at(tmp_path: Path, taken: int, above: int) -> None:
    done = run(tmp_path, PORT=str(free_port()), SIM_PORT=str(taken - above))
    assert done.stderr.startswith(f"Port {taken} is in use; choose another one: SIM_PORT=")


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_a_port_that_is_none_is_one_clear_line(tmp_path: Path, port: str) -> None:
    done = run(tmp_path, PORT=port)
    assert (done.returncode, done.stderr) == (1, f"PORT must be a port number, not {port!r}\n")


def test_a_terminal_that_nobody_simulates_is_one_clear_line(tmp_path: Path) -> None:
    done = run(tmp_path, PORT=str(free_port()), SIM_PORT=str(free_port_pair()), TERMINAL="abacus")
    assert done.returncode == 1
    assert done.stderr == "TERMINAL must be one of payproxy, zvt+tcp, zvt+serial, opi+tcp, ccv, not 'abacus'\n"


def test_a_port_of_the_terminals_wire_is_looked_at(tmp_path: Path, taken: int) -> None:
    done = run(tmp_path, PORT=str(free_port()), SIM_PORT=str(taken - 2), TERMINAL="zvt+tcp")
    assert done.stderr.startswith(f"Port {taken} is in use; choose another one: SIM_PORT=")


def test_a_second_run_on_the_same_data_is_refused(tmp_path: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        done = run(tmp_path, PORT=str(free_port()), SIM_PORT=str(free_port_pair()))
        assert (done.returncode, done.stderr) == (1, f"TapCharge already runs on {tmp_path}; stop it first\n")
        assert first.stdin is not None
        first.stdin.close()
