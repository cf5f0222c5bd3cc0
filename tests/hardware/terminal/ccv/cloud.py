"""A virtual cloud on a free port, and device records for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hardware.terminal.ccv.simulator.server import WIRE
from tests.hardware.terminal.simulated import Simulator

KEY_FILE = str(Path(__file__).with_name("simulator.key"))

#: Looks often, waits for nobody, and repeats nothing.
TIMERS: dict[str, object] = {
    "poll_first": 0.01,
    "poll_longest": 0.1,
    "cardholder": 20.0,
    "settle": 20.0,
    "status_interval": 0.0,
    "display_interval": 0.0,
    "absent_after": 0.0,
}
PROFILE: dict[str, object] = {
    "key_file": KEY_FILE,
    "abilities": {"refund": True, "abort": True, "display_text": True},
    "repeat_pauses": [],
    "throttle_pauses": [],
    "timers": TIMERS,
}
#: Waits for hints rather than looking.
HINTED = PROFILE | {"timers": TIMERS | {"poll_first": 600.0, "poll_longest": 600.0, "cardholder": 600.0}}
#: Repeats at once what may not have arrived.
REPEATING = PROFILE | {"repeat_pauses": [0.01, 0.2], "throttle_pauses": [0.01, 0.01, 0.01]}


@contextmanager
def started(folder: Path, **settings: Any) -> Iterator[Simulator]:
    """A virtual cloud that runs meanwhile."""
    simulator = Simulator(folder / "im30", WIRE, **settings)
    try:
        yield simulator
    finally:
        simulator.stop()


def url(simulator: Simulator) -> str:
    return f"ccv+{simulator.url}/api/v1?terminal=12345678"
