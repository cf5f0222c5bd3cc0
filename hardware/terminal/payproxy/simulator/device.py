"""One simulated terminal with everything that belongs to it, and what happened on its wire."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hardware.terminal.payproxy.simulator.bank import Bank
from hardware.terminal.payproxy.simulator.book import Book
from hardware.terminal.payproxy.simulator.faults import Faults
from hardware.terminal.payproxy.simulator.terminal import Terminal
from hardware.terminal.payproxy.simulator.wire import Ask

_TRAFFIC_KEPT = 2000  # exchanges


@dataclass(frozen=True, slots=True)
class Settings:
    """How a simulator is started. ``data`` is the folder of its book; seconds for both times."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8100
    terminal_id: str = "12345678"
    card_timeout: float = 60.0
    remember: float = 10.0


@dataclass(slots=True)
class Exchange:
    """One request and when it came and was answered (Unix time); for whoever measures how fast the kiosk is."""

    operation: str
    request_id: str
    arrived_at: float
    answered_at: float | None = None

    def as_json(self) -> dict[str, object]:
        """Return the exchange as ``GET /sim/traffic`` shows it."""
        return {
            "operation": self.operation,
            "request_id": self.request_id,
            "arrived_at": self.arrived_at,
            "answered_at": self.answered_at,
        }


@dataclass(slots=True)
class Device:
    """The terminal, its bank and book, its faults and its traffic."""

    settings: Settings
    book: Book
    bank: Bank
    terminal: Terminal
    faults: Faults = field(default_factory=Faults)
    traffic: deque[Exchange] = field(default_factory=lambda: deque(maxlen=_TRAFFIC_KEPT))

    @classmethod
    def switched_on(cls, settings: Settings) -> Device:
        """Open the book and switch the terminal on; needs a running event loop."""
        book = Book(settings.data)
        bank = Bank(book, lambda: datetime.now(UTC))
        terminal = Terminal(bank, card_timeout=settings.card_timeout, remember=settings.remember)
        return cls(settings, book, bank, terminal)

    def arrived(self, ask: Ask) -> Exchange:
        """Note that a request came in."""
        exchange = Exchange(ask.operation, ask.request_id, time.time())
        self.traffic.append(exchange)
        return exchange

    def power_cut(self) -> None:
        """Lose everything but the book."""
        self.terminal.power_cut()
        self.faults.clear()
