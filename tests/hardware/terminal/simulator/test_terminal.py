"""The cardholder's side without a wire: what a protocol is told while it waits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from hardware.terminal.simulator import screens
from hardware.terminal.simulator.ask import Ask, Operation
from hardware.terminal.simulator.bank import Bank
from hardware.terminal.simulator.book import Book
from hardware.terminal.simulator.cards import CARDS
from hardware.terminal.simulator.terminal import Screen, Tap, Terminal
from tests.support.waiting import eventually_async

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOLD = Ask(Operation.AUTHORISE, "1", language="nl", amount=5000, currency="EUR")


async def test_a_protocol_is_told_every_screen_of_an_operation() -> None:
    told: list[Screen] = []
    book = Book(None)
    terminal = Terminal(Bank(book, lambda: NOON), card_timeout=30, remember=10)
    terminal.on_screen = told.append
    terminal.present(Tap(CARDS["visa-1"], "ask"))
    held = asyncio.create_task(terminal.authorise(HOLD, None))
    await eventually_async(lambda: terminal.enter_pin("ok"), what="a PIN is asked for")
    entry = await held
    book.close()
    assert entry.outcome == "approved"
    assert [(each.text_id, each.language) for each in told] == [(screens.ENTER_PIN, "nl"), (screens.APPROVED, "nl")]
    assert told[-1].amount == 5000
