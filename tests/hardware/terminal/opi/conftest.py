"""A scripted terminal, and the real driver pointed at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from hardware.terminal.interface import Trace
from hardware.terminal.opi.driver import OpiTerminal
from hardware.terminal.opi.record import read_profile
from tests.hardware.terminal.opi.peer import Peer, Script

#: No waiting between two questions.
PROMPT = {"reprint_pause": 0, "unavailable_pause": 0, "status_interval": 0}
NOW = datetime(2026, 3, 2, 8, 15, 21, tzinfo=UTC)  # a second after AT

Talking = Callable[..., tuple[OpiTerminal, Peer]]


@pytest.fixture
def talking() -> Iterator[Talking]:
    """``talking(script, ..., timers={...}, **profile)`` returns a driver and the peer that plays the scripts."""
    peers: list[Peer] = []

    def start(
        *scripts: Script, timers: dict[str, float] | None = None, trace: Trace | None = None, **profile: Any
    ) -> tuple[OpiTerminal, Peer]:
        peer = Peer(*scripts)
        peers.append(peer)
        record = {"listen_address": "127.0.0.1", "listen_port": peer.device_port, "workstation_id": "KIOSK7"}
        record |= {"abilities": {"refund": True}, "timers": PROMPT | (timers or {})} | profile
        return OpiTerminal("127.0.0.1", peer.port, read_profile(record), trace, now=lambda: NOW), peer

    yield start
    for peer in peers:
        peer.close()
