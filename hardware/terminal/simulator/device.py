"""One simulated terminal with everything that belongs to it, and what happened on its wire."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hardware.terminal.simulator.ask import Ask
from hardware.terminal.simulator.bank import Bank
from hardware.terminal.simulator.book import Book
from hardware.terminal.simulator.faults import Faults
from hardware.terminal.simulator.listener import Listener
from hardware.terminal.simulator.terminal import Terminal
from hardware.terminal.simulator.traffic import Exchange

_TRAFFIC_KEPT = 2000  # exchanges


@dataclass(frozen=True, slots=True)
class Settings:
    """How a simulator is started. ``data`` is the folder of its book; ``port`` that of page and control.

    Seconds for both times.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8100
    terminal_id: str = "12345678"
    card_timeout: float = 60.0
    remember: float = 10.0


@dataclass(slots=True)
class Device:
    """The terminal, its bank and book, its faults, its traffic, and the servers of its wire."""

    settings: Settings
    book: Book
    bank: Bank
    terminal: Terminal
    faults: Faults = field(default_factory=Faults)
    traffic: deque[Exchange] = field(default_factory=lambda: deque(maxlen=_TRAFFIC_KEPT))
    listener: Listener = field(default_factory=Listener)

    @classmethod
    def switched_on(cls, settings: Settings, faults: Faults) -> Device:
        """Open the book and switch the terminal on; needs a running event loop."""
        book = Book(settings.data)
        bank = Bank(book, lambda: datetime.now(UTC))
        terminal = Terminal(bank, card_timeout=settings.card_timeout, remember=settings.remember)
        return cls(settings, book, bank, terminal, faults)

    def arrived(self, ask: Ask) -> Exchange:
        """Note that a request came in."""
        exchange = Exchange(ask.operation, ask.request_id, time.time())
        self.traffic.append(exchange)
        return exchange

    def power_cut(self) -> None:
        """Lose everything but the book."""
        self.terminal.power_cut()
        self.faults.clear()

    async def crash(self, seconds: float) -> None:
        """Lose everything but the book, and be off the network, with every connection, for ``seconds``."""
        self.power_cut()
        await self.listener.go_away(seconds)
        self.listener.cut_all()
