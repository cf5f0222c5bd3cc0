"""TCP in memory: who listens where, and what happens to bytes on their way between the box and its terminals.

What one end of a connection sends arrives at the other after a while, in order, split and merged as chance has it. Ends
are made by ``sockets.py`` (for drivers, in strands) and by ``transports.py`` (for simulators, in the event loop).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from faults.orders import Orders
from faults.scheduler import Process, Scheduler

if TYPE_CHECKING:
    from faults.serials import Cable

#: The address of the box.
BOX = "10.0.0.1"
#: So many seconds pass until bytes are at the other end.
_LATENCY = (0.0005, 0.004)
#: How often what was sent in one piece arrives in two, and how long after the first the second comes.
_SPLIT, _PAUSE = 0.05, (0.001, 0.05)


class End:
    """One end of a connection between the box and ``terminal`` (an address); ``way``: ``up`` from the box, or ``down``."""

    def __init__(self, network: Network, terminal: str, way: str, process: Process | None = None) -> None:
        self.network, self.terminal, self.way, self.process = network, terminal, way, process
        self.peer: End | None = None
        self.open = True  # on this side
        self.last = 0.0  # when the latest of what was sent arrives

    def hang_up(self, *, reset: bool = False) -> None:
        """End the connection from this side: in order, or with a reset."""
        if self.open:
            self.open = False
            self.network.tell_end(self, reset=reset)

    def arrive(self, data: bytes) -> None:
        """Bytes of the other end are here."""
        raise AssertionError("an heir knows")

    def ended(self, *, reset: bool) -> None:
        """The other end has ended the connection, or with ``reset`` there is none any more."""
        raise AssertionError("an heir knows")


@dataclass(eq=False)
class Place:
    """A terminal's address. ``away_until``: nobody is there; ``mute_until``: nothing gets through, either way."""

    away_until: float = 0.0
    mute_until: float = 0.0
    ends: list[End] = field(default_factory=list)


class Network:
    """All connections.

    ``ports``: (address, port) -> what accepts a call there and makes the other end. ``callers``: port of the box -> the
    terminal that calls it. ``names``: (address, port) -> the terminal there, where the address is none of its own.
    ``cables``: serial port -> the line behind it.
    """

    def __init__(self, scheduler: Scheduler, orders: Orders, rng: random.Random) -> None:
        self.scheduler, self._orders, self._rng = scheduler, orders, rng
        self.ports: dict[tuple[str, int], Callable[[End], End]] = {}
        self.callers: dict[int, str] = {}
        self.names: dict[tuple[str, int], str] = {}
        self.cables: dict[str, Cable] = {}
        self._places: dict[str, Place] = {}

    def place(self, terminal: str) -> Place:
        """What is at a terminal's address."""
        return self._places.setdefault(terminal, Place())

    def terminal_at(self, address: str, port: int) -> str:
        """Which terminal is reached there."""
        return self.names.get((address, port), address)

    def is_away(self, terminal: str) -> bool:
        """Whether nobody is at a terminal's address now."""
        return self.place(terminal).away_until > self.scheduler.now

    def is_mute(self, terminal: str) -> bool:
        """Whether nothing gets through to a terminal's address, or from there."""
        return self.place(terminal).mute_until > self.scheduler.now

    def delay(self) -> float:
        """How long something is under way, in seconds."""
        return self._rng.uniform(*_LATENCY)

    def connect(self, end: End, address: str, port: int) -> None:
        """Have ``end`` call a port. Raises ConnectionRefusedError."""
        if self.is_away(end.terminal) or (address, port) not in self.ports:
            raise ConnectionRefusedError(111, "Connection refused")
        end.peer = self.ports[address, port](end)
        end.peer.peer = end
        place = self.place(end.terminal)
        place.ends = [each for each in (*place.ends, end, end.peer) if each.open]

    def call_back(self, end: End, address: str, port: int) -> None:
        """Have a terminal call a port of the box. Raises ConnectionRefusedError."""
        if self._orders.strike("call", end.terminal):
            raise ConnectionRefusedError(111, "Connection refused")
        self.connect(end, address, port)

    def cut(self, terminal: str, *, noticed: bool = True) -> None:
        """A terminal is without power: it forgets its connections; the box may notice when it next says something."""
        for end in list(self.place(terminal).ends):
            if end.open and (noticed or end.way == "down"):
                end.ended(reset=True)

    def died(self, process: Process) -> None:
        """A process is gone, and the system hangs up for it."""
        for place in self._places.values():
            for end in [each for each in place.ends if each.process is process]:
                end.hang_up()
        for cable in self.cables.values():
            if cable.port is not None and cable.port.process is process:
                cable.port.close()

    def carry(self, end: End, data: bytes) -> None:
        """Have ``data`` arrive at the peer of ``end``, unless something happens to it."""
        order = self._orders.strike("bytes", end.way)
        if order and order.kind == "bytes_cut":
            self._send(end, data[: self._rng.randrange(len(data))])
            self.tell_end(end, reset=True)
            end.ended(reset=True)
            return
        if order:  # bytes_late: the route is gone for a while, and TCP tries again
            self.place(end.terminal).mute_until = self.scheduler.now + order.seconds
        in_two = len(data) > 1 and self._rng.random() < _SPLIT
        first = self._rng.randrange(1, len(data)) if in_two else len(data)
        self._send(end, data[:first])
        if data[first:]:
            self._send(end, data[first:], self._rng.uniform(*_PAUSE))

    def tell_end(self, end: End, *, reset: bool) -> None:
        """Have the peer of ``end`` hear of its end, after whatever was sent before."""
        self.scheduler.at(self._when(end), self._end_of, end, reset)

    def _send(self, end: End, data: bytes, later: float = 0.0) -> None:
        if data:
            self.scheduler.at(self._when(end, later), self._arrive, end, data)

    def _when(self, end: End, later: float = 0.0) -> float:
        """In how many seconds something sent now is there: after what was sent before, and when the route is back."""
        route_back = self.place(end.terminal).mute_until
        end.last = max(end.last, self.scheduler.now + later, route_back) + self.delay()
        return end.last - self.scheduler.now

    def _arrive(self, end: End, data: bytes) -> None:
        peer = end.peer
        if peer is not None and peer.open:
            peer.arrive(data)
        elif end.open and not self.is_away(end.terminal):
            end.ended(reset=True)

    def _end_of(self, end: End, reset: bool) -> None:
        if end.peer is not None and end.peer.open:
            end.peer.ended(reset=reset)
