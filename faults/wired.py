"""A payment terminal on the in-memory network: its own simulator with its own servers, and the faults of a plan."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from faults.network import Network
from faults.orders import Order, Orders
from hardware.terminal.simulator.ask import Operation
from hardware.terminal.simulator.bank import Bank
from hardware.terminal.simulator.book import Book
from hardware.terminal.simulator.device import Device, Settings
from hardware.terminal.simulator.faults import Fault, Faults, Kind
from hardware.terminal.simulator.listener import Server
from hardware.terminal.simulator.terminal import Terminal

_MONEY = frozenset({Operation.AUTHORISE, Operation.CAPTURE, Operation.RELEASE, Operation.REFUND})
#: At the end of a fault's name: whether it strikes before the work is done or after, or only the first try.
_WHEN = re.compile("_(before|after|once)$")
#: Seconds for which nobody listens, or nothing gets through.
_AWAY_S, _MUTE_S = 8.0, 20.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a terminal stands in: the network, what is to go wrong, chance, and the bank's time."""

    network: Network
    orders: Orders
    rng: random.Random
    clock: Callable[[], datetime]


class Planned(Faults):
    """Instead of faults that somebody asked for: those that the plan has for the line."""

    def __init__(self, kinds: Iterable[StrEnum], till: WiredTill, orders: Orders) -> None:
        super().__init__()
        self._known: dict[str, StrEnum] = {str(kind): kind for kind in kinds}
        self._till, self._orders = till, orders

    def take(self, operation: Operation) -> Fault | None:
        """See ``Faults``."""
        money = ("money",) if operation in _MONEY else ()
        order = self._orders.strike("line", operation.value, *money)
        return self._fault(order) if order else None

    def _fault(self, order: Order) -> Fault | None:
        match order.kind:
            case "refused":
                self._till.leave(_AWAY_S)
                return None
            case "connect_timeout":
                self._till.fall_silent(_MUTE_S)
                return None
        name = order.kind if order.kind in self._known else _WHEN.sub("", order.kind)
        kind = Kind.CRASH if name == "restart" else self._known[name]
        after = order.kind.endswith(("_after", "_once"))
        return Fault(Operation.ANY, kind, seconds=order.seconds, amount=int(order.seconds) or 500, after=after)


class _Device(Device):
    """It is away from the network in memory."""

    till: WiredTill

    async def crash(self, seconds: float) -> None:
        """See ``Device``."""
        self.power_cut()
        self.till.leave(seconds)


class WiredTill:
    """One terminal, its bank and its wire. What speaks the protocol is up to its heirs."""

    kinds: Iterable[StrEnum]

    def __init__(self, host: str, around: Surroundings) -> None:
        self.host, self.around = host, around
        self.record: dict[str, object] = {}  # what the device record says of it in particular
        self.again: list[str] = []  # what was asked for once more, although it was settled
        self._place, self._loop = around.network.place(host), around.network.scheduler.loop
        self.book = Book(None)
        self.bank = Bank(self.book, around.clock)
        self.device = self._loop.run_until_complete(self._switch_on())

    @property
    def terminal(self) -> Terminal:
        """The reader and its screen."""
        return self.device.terminal

    @property
    def away_until(self) -> float:
        """When it is back on the network."""
        return self._place.away_until

    @away_until.setter
    def away_until(self, at: float) -> None:
        self._place.away_until, self._place.mute_until = at, 0.0

    def restart(self, seconds: float) -> None:
        """Power is cut; it is back after ``seconds`` with nothing but its book."""
        self._loop.create_task(self.crash(seconds))

    def leave(self, seconds: float) -> None:
        """Be off the network for a while, with every connection; the box need not notice."""
        now = self.around.network.scheduler.now
        self._place.away_until = max(self._place.away_until, now + seconds)
        self.around.network.cut(self.host, noticed=self.around.rng.random() < 0.5)

    def fall_silent(self, seconds: float) -> None:
        """Nothing gets through for a while."""
        self._place.mute_until = self.around.network.scheduler.now + seconds

    async def crash(self, seconds: float) -> None:
        """What a power cut does."""
        await self.device.crash(seconds)

    def servers(self) -> Iterable[Server]:
        """What it listens with."""
        raise AssertionError("an heir knows")

    async def _switch_on(self) -> Device:
        settings = Settings(data=None, host=self.host)  # type: ignore[arg-type]
        terminal = Terminal(self.bank, card_timeout=60.0, remember=10.0)
        device = _Device(settings, self.book, self.bank, terminal, Planned(self.kinds, self, self.around.orders))
        device.till, self.device = self, device
        await device.listener.open(*self.servers())
        return device
