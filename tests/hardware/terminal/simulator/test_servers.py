"""A protocol with a line of its own beside page and control: it goes away and comes back alone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from hardware.terminal.simulator.faults import Kind
from hardware.terminal.simulator.hosting import Wire
from hardware.terminal.simulator.servers import StreamServer
from tests.hardware.terminal.simulated import PATIENCE, Simulator
from tests.support.waiting import eventually


class EchoKind(StrEnum):
    SILENCE = "silence"


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(await reader.readexactly(4))


@pytest.fixture
def echoing(tmp_path: Path) -> Iterator[Simulator]:
    wire = Wire(
        kinds=(Kind.CONNECTION_REFUSED, EchoKind.SILENCE),
        seconds={EchoKind.SILENCE: 7.0},
        servers=lambda device: [StreamServer(echo, "127.0.0.1", 0)],
    )
    started = Simulator(tmp_path, wire)
    yield started
    started.stop()


def connect(simulator: Simulator) -> socket.socket:
    host, port = simulator.where.removeprefix("tcp://").split(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def answers(simulator: Simulator) -> bool:
    try:
        with connect(simulator) as line:
            line.sendall(b"ping")
            return line.recv(4) == b"ping"
    except ConnectionError:
        return False


def test_the_wire_goes_away_and_comes_back_while_control_stays(echoing: Simulator) -> None:
    assert answers(echoing)
    echoing.fault("any", "connection_refused", seconds=0.3)
    with pytest.raises(OSError, match="refused"):
        connect(echoing)
    assert echoing.is_up()
    eventually(lambda: answers(echoing), what="the line is back on its port")


def test_a_simulator_plays_the_kinds_of_its_own_wire_and_no_others(echoing: Simulator) -> None:
    assert echoing.get("/sim/faults")["kinds"] == ["connection_refused", "silence"]
    refused = echoing.call("POST", "/sim/faults", json={"operation": "any", "fault": "garbled"})
    assert (refused.status_code, "connection_refused, silence" in refused.text) == (400, True)
    echoing.fault("any", "silence")
    assert [each["seconds"] for each in echoing.get("/sim/faults")["faults"]] == [7.0]


def test_a_line_that_stands_is_cut_when_the_simulator_stops(tmp_path: Path) -> None:
    started = Simulator(tmp_path, Wire(servers=lambda device: [StreamServer(echo, "127.0.0.1", 0)]))
    with connect(started) as line:
        line.sendall(b"ping")
        assert line.recv(4) == b"ping"
        started.stop()
        assert line.recv(4) == b""
