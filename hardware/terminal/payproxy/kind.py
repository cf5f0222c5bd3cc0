"""``payproxy+http://10.0.0.5:8080``: the PayProxy app on the terminal."""

from __future__ import annotations

from urllib.parse import urlsplit

from hardware.terminal.interface import PaymentTerminal, Trace
from hardware.terminal.kind import Clock, Record, Simulated, TerminalKind
from hardware.terminal.payproxy.driver import PayProxyTerminal
from hardware.terminal.payproxy.record import read_profile
from hardware.terminal.payproxy.statement import PayProxyStatement
from hardware.terminal.statements import StatementSource

_PREFIX = "payproxy+"


def _open(url: str, record: Record, trace: Trace | None, clock: Clock) -> PaymentTerminal:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("terminal URL needs a host and may have a port from 1 to 65535")
    if "@" in parts.netloc:
        raise ValueError("terminal URL may not hold a password: put it in the profile's headers")
    if parts.query or parts.fragment or any(each.isspace() for each in url):
        raise ValueError("terminal URL may not have a query, a fragment or blanks")
    return PayProxyTerminal(url.removeprefix(_PREFIX), read_profile(record), trace)


def _statement(url: str, record: Record) -> StatementSource | None:
    profile = read_profile(record)
    return PayProxyStatement(url.removeprefix(_PREFIX), profile) if profile.paths.statement else None


KIND = TerminalKind(
    schemes=("payproxy+http", "payproxy+https"),
    open=_open,
    statement=_statement,
    simulated={
        "payproxy": Simulated(
            "hardware.terminal.payproxy.simulator",
            "payproxy+http://{host}:{port}",
            profile={"refund": True, "recover": True, "paths": {"statement": "/sim/book"}},
        ),
    },
)
