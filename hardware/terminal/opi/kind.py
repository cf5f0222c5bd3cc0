"""``opi+tcp://10.0.0.5:4100``: OPI-NL."""

from __future__ import annotations

from hardware.terminal.interface import PaymentTerminal, Trace
from hardware.terminal.kind import Clock, Record, Simulated, TerminalKind
from hardware.terminal.opi.driver import OpiTerminal
from hardware.terminal.opi.record import read_profile, read_url


def _open(url: str, record: Record, trace: Trace | None, clock: Clock) -> PaymentTerminal:
    return OpiTerminal(*read_url(url), read_profile(record), trace, clock=clock)


KIND = TerminalKind(
    schemes=("opi+tcp",),
    open=_open,
    simulated={
        "opi+tcp": Simulated(
            "hardware.terminal.opi.simulator",
            "opi+tcp://{host}:{wire}",
            "--opi-port {wire} --till-port {till}",
            profile={"listen_address": "127.0.0.1", "listen_port": "{till}", "abilities": {"refund": True}},
            ports=2,
        ),
    },
)
