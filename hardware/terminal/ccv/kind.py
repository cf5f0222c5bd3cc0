"""``ccv+https://api.psp.ccv.eu/api/v1?terminal=12345678``: CCV's cloud."""

from __future__ import annotations

from hardware.terminal.ccv.driver import CcvTerminal
from hardware.terminal.ccv.hints import read_hint
from hardware.terminal.ccv.record import read_profile, read_url
from hardware.terminal.ccv.statement import CcvStatement
from hardware.terminal.interface import PaymentTerminal, Trace
from hardware.terminal.kind import Clock, Record, Simulated, TerminalKind
from hardware.terminal.statements import StatementSource


def _open(url: str, record: Record, trace: Trace | None, clock: Clock) -> PaymentTerminal:
    return CcvTerminal(read_url(url), read_profile(record), trace, clock)


def _statement(url: str, record: Record) -> StatementSource:
    return CcvStatement(read_url(url), read_profile(record))


KIND = TerminalKind(
    schemes=("ccv+http", "ccv+https"),
    open=_open,
    statement=_statement,
    hint=read_hint,
    simulated={
        "ccv": Simulated(
            "hardware.terminal.ccv.simulator",
            "ccv+http://{host}:{port}/api/v1?terminal=12345678",
            profile={
                "key_env": "CCV_DEMO_KEY",
                "test_mode": True,
                "abilities": {"refund": True, "abort": True, "display_text": True},
            },
            environment={"CCV_DEMO_KEY": "t_simulated_terminal_key"},
        ),
    },
)
