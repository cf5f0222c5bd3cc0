"""The device between the wire and the bank: its screen, its reader, its PIN pad, and one operation at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hardware.terminal.simulator import screens
from hardware.terminal.simulator.ask import Ask, Operation
from hardware.terminal.simulator.bank import Bank
from hardware.terminal.simulator.book import Entry
from hardware.terminal.simulator.cards import Kind as CardKind
from hardware.terminal.simulator.cards import SimCard
from hardware.terminal.simulator.faults import Fault, Kind

PIN_FROM = 5000  # minor units: from here on a plastic card needs its PIN (reference chapter 5.4)
_RESULT_STAYS = 4.0  # seconds that a result stays on the screen
_SETTLED_SCREENS = {"capture": screens.PAID, "release": screens.RELEASED, "refund": screens.REFUNDED}
_ENDED_SCREENS = {"aborted": screens.CANCELLED, "timed_out": screens.TIMED_OUT}


@dataclass(frozen=True, slots=True)
class Tap:
    """A card at the reader. ``pin``: ``ok``, ``wrong``, or ``ask`` for somebody who will type it."""

    card: SimCard
    pin: str = "ok"


@dataclass(frozen=True, slots=True)
class Screen:
    """What is to be read: a text, and an amount in minor units where ``currency`` is not empty."""

    text_id: str = screens.IDLE
    language: str = "en"
    amount: int = 0
    currency: str = ""
    until: float = 0.0  # the loop's time at which a result gives way to the welcome


class Ended(Exception):
    """The cardholder's part ended without a card: cancelled or timed out."""

    def __init__(self, outcome: str, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


class PowerCut(Exception):
    """The terminal died while it waited."""


class Terminal:
    """The virtual IM30. Not thread-safe: everything happens on one event loop."""

    def __init__(self, bank: Bank, *, card_timeout: float, remember: float) -> None:
        self.card_timeout = card_timeout
        self.remember = remember
        self.doing: Ask | None = None
        self.waiting_for: str | None = None  # "card" or "pin"
        #: Called with what the screen shows during an operation, for protocols that send it along.
        self.on_screen: Callable[[Screen], None] = lambda screen: None
        self._bank = bank
        self._loop = asyncio.get_running_loop()
        self._event: asyncio.Future[Tap | str] | None = None
        self._deadline = 0.0
        self._remembered: tuple[Tap, float] | None = None
        self._screen = Screen()

    # What the world sees

    @property
    def screen(self) -> Screen:
        """What the screen shows now."""
        expired = self.doing is None and self._loop.time() > self._screen.until
        return Screen(language=self._screen.language) if expired else self._screen

    @property
    def seconds_left(self) -> float | None:
        """How long it still waits for the cardholder."""
        return max(0.0, self._deadline - self._loop.time()) if self.waiting_for else None

    @property
    def remembered(self) -> SimCard | None:
        """The card that was presented too early and still counts."""
        if self._remembered is None or self._loop.time() > self._remembered[1]:
            return None
        return self._remembered[0].card

    # What the cardholder does

    def present(self, tap: Tap) -> bool:
        """Present a card. False when nothing waits for one: it then counts for the next operation, for a while."""
        if self._deliver("card", tap):
            return True
        self._remembered = (tap, self._loop.time() + self.remember)
        return False

    def enter_pin(self, pin: str) -> bool:
        """Type a PIN (``ok`` or ``wrong``). False when nothing waits for one."""
        return self._deliver("pin", pin)

    def cancel(self, reason: str = "cancel key") -> bool:
        """Press the cancel key, or abort from the kiosk. False when there was nothing to cancel."""
        self._remembered = None
        if self._event is None or self._event.done():
            return False
        self._event.set_exception(Ended("aborted", reason))
        return True

    def power_cut(self) -> None:
        """Lose everything that is not in the book."""
        self._remembered = None
        self._screen = Screen()
        if self._event is not None and not self._event.done():
            self._event.set_exception(PowerCut())

    # What the terminal does

    @contextmanager
    def occupied(self, ask: Ask) -> Iterator[None]:
        """Mark the terminal as busy with one request."""
        self.doing = ask
        try:
            yield
        finally:
            self.doing = None

    async def authorise(self, ask: Ask, fault: Fault | None) -> Entry:
        """Wait for a card and ask the bank to hold the amount."""
        try:
            tap = await self._card(ask, fault, screens.PRESENT_CARD)
            pin = await self._pin(ask, tap)
        except Ended as end:
            self._show(_ENDED_SCREENS[end.outcome], ask)
            return self._bank.no_card(ask.request_id, ask.amount, ask.currency, outcome=end.outcome, reason=end.reason)
        entry = self._bank.authorise(
            ask.request_id,
            tap.card,
            ask.amount,
            ask.currency,
            at_most=fault.amount if fault and fault.kind is Kind.APPROVED_LESS else None,
            declines="wrong PIN" if pin == "wrong" else _declines(fault),
        )
        refused = screens.WRONG_PIN if pin == "wrong" else screens.DECLINED
        self._show(screens.APPROVED if entry.outcome == "approved" else refused, ask, entry.amount_minor)
        return entry

    async def read_token(self, ask: Ask, fault: Fault | None) -> SimCard:
        """Wait for a card. Raises Ended when none came, or when the fault says that it cannot be read."""
        try:
            tap = await self._card(ask, fault, screens.PRESENT_CARD_TO_STOP)
            if _declines(fault):
                raise Ended("declined", _declines(fault))
        except Ended as end:
            self._show(_ENDED_SCREENS.get(end.outcome, screens.DECLINED), ask)
            raise
        self._show(screens.CARD_READ, ask)
        return tap.card

    def settle(self, ask: Ask, fault: Fault | None) -> Entry:
        """Capture, release or refund: no cardholder is needed."""
        move = self._bank.refund if ask.operation is Operation.REFUND else self._bank.settle
        entry = move(ask.request_id, ask.reference, ask.amount, ask.currency, declines=_declines(fault))
        approved = entry.outcome == "approved"
        self._show(_SETTLED_SCREENS[entry.kind] if approved else screens.DECLINED, ask, entry.amount_minor)
        return entry

    async def _card(self, ask: Ask, fault: Fault | None, text_id: str) -> Tap:
        if fault and fault.kind is Kind.CARDHOLDER_TIMEOUT:
            raise Ended("timed_out", "no card in time")
        if fault and fault.kind is Kind.CANCELLED:
            raise Ended("aborted", "cancel key")
        early, self._remembered = (self._remembered if self.remembered else None), None
        if early is not None:
            return early[0]
        self._show(text_id, ask, ask.amount)
        tap = await self._wait("card")
        assert isinstance(tap, Tap)
        return tap

    async def _pin(self, ask: Ask, tap: Tap) -> str:
        if tap.card.kind is CardKind.PHONE or ask.amount < PIN_FROM:
            return "not needed"
        if tap.pin != "ask":
            return tap.pin
        self._show(screens.ENTER_PIN, ask, ask.amount)
        pin = await self._wait("pin")
        assert isinstance(pin, str)
        return pin

    async def _wait(self, what: str) -> Tap | str:
        self._event = self._loop.create_future()
        self._deadline = self._loop.time() + self.card_timeout
        self.waiting_for = what
        try:
            async with asyncio.timeout(self.card_timeout):
                return await self._event
        except TimeoutError:
            raise Ended("timed_out", f"no {what} in time") from None
        finally:
            self._event = self.waiting_for = None

    def _deliver(self, what: str, event: Tap | str) -> bool:
        if self.waiting_for != what or self._event is None or self._event.done():
            return False
        self._event.set_result(event)
        return True

    def _show(self, text_id: str, ask: Ask, amount: int = 0) -> None:
        currency = ask.currency if amount else ""
        self._screen = Screen(text_id, ask.language, amount, currency, until=self._loop.time() + _RESULT_STAYS)
        self.on_screen(self._screen)


def _declines(fault: Fault | None) -> str:
    return fault.reason if fault and fault.kind is Kind.DECLINED else ""
