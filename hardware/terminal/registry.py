"""Which driver speaks for which URL. Adding a kind of terminal is adding it to the list here."""

from __future__ import annotations

import time
from collections.abc import Mapping

from hardware.terminal.ccv.kind import KIND as CCV
from hardware.terminal.interface import PaymentTerminal, Trace
from hardware.terminal.kind import Clock, Record, Simulated, TerminalKind
from hardware.terminal.opi.kind import KIND as OPI
from hardware.terminal.payproxy.kind import KIND as PAYPROXY
from hardware.terminal.statements import StatementSource
from hardware.terminal.zvt.kind import KIND as ZVT

KINDS = (PAYPROXY, ZVT, OPI, CCV)

#: Which kind has which URL scheme.
BY_SCHEME: dict[str, TerminalKind] = {scheme: kind for kind in KINDS for scheme in kind.schemes}

#: The simulated terminals that a demo can have.
SIMULATED: Mapping[str, Simulated] = {name: each for kind in KINDS for name, each in kind.simulated.items()}


def open_terminal(
    url: str, profile: Record, trace: Trace | None = None, clock: Clock = time.monotonic
) -> PaymentTerminal:
    """Return the driver for ``url`` (``payproxy+http://10.0.0.5:8080``), set up by the device record's JSON.

    ``trace`` is told the dialogue in clear text, for a technician; ``clock`` is what it measures patience with, in
    seconds. Nothing is connected yet. Raises ValueError with a text for the installer when URL or profile cannot be used.
    """
    kind = _kind(url)
    if kind is None:
        raise ValueError(
            f"terminal URL must start with one of {', '.join(f'{each}://' for each in supported_schemes())}"
        )
    return kind.open(url, profile, trace, clock)


def open_statement(url: str, profile: Record) -> StatementSource | None:
    """Return the list of what happened at the terminal behind ``url``, or None where it offers none.

    Nothing is connected yet. Raises ValueError for a profile that cannot be used.
    """
    kind = _kind(url)
    return kind.statement(url, profile) if kind else None


def is_hint(url: str, body: bytes) -> bool:
    """Return whether ``body`` could be a hint about the terminal behind ``url`` (hints.py)."""
    kind = _kind(url)
    return kind is not None and kind.hint(body) is not None


def supported_schemes() -> tuple[str, ...]:
    """Return the URL schemes that have a driver, in alphabetical order."""
    return tuple(sorted(BY_SCHEME))


def _kind(url: str) -> TerminalKind | None:
    return BY_SCHEME.get(url.partition("://")[0])
