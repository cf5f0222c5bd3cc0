"""``zvt+serial:///dev/serial/by-id/...`` and ``zvt+tcp://10.0.0.5:20007``: ZVT."""

from __future__ import annotations

from hardware.terminal.kind import Simulated, TerminalKind
from hardware.terminal.zvt.opening import open_zvt

_PROFILE = {"preset": "ccv", "refund": True, "end_of_day_is_harmless": True}

KIND = TerminalKind(
    schemes=("zvt+serial", "zvt+tcp"),
    open=open_zvt,
    simulated={
        "zvt+tcp": Simulated(
            "hardware.terminal.zvt.simulator",
            "zvt+tcp://{host}:{wire}",
            "--tcp {host}:{wire}",
            profile=_PROFILE,
            ports=1,
        ),
        "zvt+serial": Simulated(
            "hardware.terminal.zvt.simulator",
            "zvt+serial://{data}/tty",
            "--serial pty --link {data}/tty",
            profile=_PROFILE,
        ),
    },
)
