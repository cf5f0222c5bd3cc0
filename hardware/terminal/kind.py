"""What a kind of terminal is to the rest of the product: the one thing that a driver's folder hands out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hardware.terminal.interface import PaymentTerminal, Trace
from hardware.terminal.statements import StatementSource

Clock = Callable[[], float]
Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Simulated:
    """How a demo starts a simulator, and what its device record says.

    ``options`` and ``url`` are templates over ``host``, ``port`` (page and control), ``wire``, ``till`` and ``data``;
    a ``"{till}"`` in ``profile`` becomes the port. ``ports``: how many of wire and till it listens on or is dialled on.
    """

    module: str
    url: str
    options: str = ""
    profile: Record = field(default_factory=dict)
    ports: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TerminalKind:
    """One wire. Everything that is called with a URL raises ValueError, with a text for the installer, for a wrong one."""

    schemes: tuple[str, ...]
    #: URL, device record, who is told the dialogue, and what patience is measured with: the driver, not yet connected.
    open: Callable[[str, Record, Trace | None, Clock], PaymentTerminal]
    #: By the name that ``TERMINAL=`` knows it by.
    simulated: Mapping[str, Simulated]
    #: The list of what happened at a terminal, where there is one (statements.py).
    statement: Callable[[str, Record], StatementSource | None] = lambda url, record: None
    #: What a hint from afar is about, or None when it is none (hints.py).
    hint: Callable[[bytes], str | None] = lambda body: None
