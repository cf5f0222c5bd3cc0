"""A terminal record that points at a real simulator, a scripted one, a clock, and what was announced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from hardware.models import Terminal
from hardware.terminal import registry
from hardware.terminal.kind import TerminalKind
from payments import wakeups
from payments.signals import authorisation_changed, refund_changed, token_read
from tests.hardware.terminal.conftest import QUICK
from tests.hardware.terminal.simulated import Simulator
from tests.payments.approving import ApprovingTerminal, QuickDesk
from tests.payments.cashdesk import CashDesk
from tests.payments.clock import Clock
from tests.payments.scripted import ScriptedTerminal


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    started = Simulator(tmp_path / "im30")
    yield started
    started.stop()


@pytest.fixture
def terminal(db: None, simulator: Simulator) -> Terminal:
    """A terminal that can refund and recover."""
    return Terminal.objects.create(name="IM30", url=f"payproxy+{simulator.url}", profile=QUICK, state="ready")


@pytest.fixture
def desk(terminal: Terminal, clock: Clock) -> CashDesk:
    return CashDesk(terminal, clock)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> ScriptedTerminal:
    double = ScriptedTerminal()
    monkeypatch.setitem(registry.BY_SCHEME, "scripted", TerminalKind(("scripted",), lambda *_: double, {}))
    return double


@pytest.fixture
def scripted_terminal(db: None, scripted: ScriptedTerminal) -> Terminal:
    return Terminal.objects.create(name="Scripted", url=f"scripted://{uuid4()}", state="ready")


@pytest.fixture
def scripted_desk(scripted_terminal: Terminal, clock: Clock) -> CashDesk:
    return CashDesk(scripted_terminal, clock)


@pytest.fixture
def quick_desk(db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> QuickDesk:
    approving = ApprovingTerminal()
    monkeypatch.setitem(registry.BY_SCHEME, "approving", TerminalKind(("approving",), lambda *_: approving, {}))
    terminal = Terminal.objects.create(name="Approving", url=f"approving://{uuid4()}", state="ready")
    desk = QuickDesk(terminal, clock)
    desk.scripted = approving
    return desk


#: Wake-ups, as (task, id).
Woken = list[tuple[str, object]]


class Announcements:
    """What payments said, in order: the events of authorisations, the cards, the states of refunds."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.cards: list[Any] = []
        self.refunds: list[str] = []

    def on_authorisation(self, event: str, **_: object) -> None:
        self.events.append(event)

    def on_card(self, card: object, **_: object) -> None:
        self.cards.append(card)

    def on_refund(self, refund: Any, **_: object) -> None:
        self.refunds.append(refund.state)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> Woken:
    """The wake-ups that were sent, at once rather than after commit."""
    sent: Woken = []
    monkeypatch.setattr(wakeups, "after_commit", lambda task, key: sent.append((task, key)))
    return sent


@pytest.fixture(autouse=True)
def nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Money works without whoever uses it: the kiosk's listeners have tests of their own."""
    for signal in (authorisation_changed, token_read, refund_changed):
        monkeypatch.setattr(signal, "receivers", [])
        signal.sender_receivers_cache.clear()


@pytest.fixture
def announced(nobody_listens: None) -> Announcements:
    heard = Announcements()
    authorisation_changed.connect(heard.on_authorisation)
    token_read.connect(heard.on_card)
    refund_changed.connect(heard.on_refund)
    return heard
