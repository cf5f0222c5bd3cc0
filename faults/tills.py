"""The terminals on wires, by the protocol that they speak."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from aiohttp import web

from faults.environment import KEY
from faults.serials import Cable
from faults.site import TILL_PORTS
from faults.wired import WiredTill
from hardware.terminal.ccv.simulator import accidents as ccv
from hardware.terminal.ccv.simulator.server import wire as ccv_wire
from hardware.terminal.opi.simulator.server import opi_wire
from hardware.terminal.simulator.faults import Kind
from hardware.terminal.simulator.listener import Server
from hardware.terminal.simulator.servers import HttpServer, StreamServer
from hardware.terminal.zvt.simulator import accidents as zvt
from hardware.terminal.zvt.simulator.desk import Desk
from hardware.terminal.zvt.simulator.machine import Machine
from hardware.terminal.zvt.simulator.profiles import PROFILES
from hardware.terminal.zvt.simulator.server import connected
from hardware.terminal.zvt.simulator.setup import PtyPlace, Setup, TcpPlace
from hardware.terminal.zvt.simulator.turnover import ALREADY_SETTLED, Turnover

_ZVT_PORT, _OPI_PORT = 20007, 4100
#: The makes of ZVT terminals; half of them are the IM30's.
_MAKES = ("ccv", "ccv", "ccv", "plain", "feig", "card-complete")


class Watchful:
    """A turnover memory that notes who asks for what was settled before: no bank hears of that."""

    def __init__(self, turnover: Turnover, again: list[str]) -> None:
        self._turnover, self._again = turnover, again

    def __getattr__(self, name: str) -> Any:
        return getattr(self._turnover, name)

    def refusal(self, receipt: str, currency: str, amount: int) -> int | None:
        """See ``Turnover``."""
        found = self._turnover.refusal(receipt, currency, amount)
        if found == ALREADY_SETTLED:
            self._again.append(receipt)
        return found


class ZvtTill(WiredTill):
    """ZVT, on whatever line, of some make."""

    def machine(self, place: TcpPlace | PtyPlace) -> Machine:
        """The terminal behind the line."""
        make = self.around.rng.choice(_MAKES)
        self.record = {"preset": make}
        self._machine = Machine(self.device, Setup(place, PROFILES[make]))
        self._machine.turnover = Watchful(self._machine.turnover, self.again)  # type: ignore[assignment]
        return self._machine

    async def crash(self, seconds: float) -> None:
        """See ``WiredTill``; it forgets who registered."""
        await self._machine.crash(seconds)


class ZvtTcpTill(ZvtTill):
    """ZVT on a TCP port."""

    kinds = zvt.TCP_KINDS

    def servers(self) -> Iterable[Server]:
        """See ``WiredTill``."""
        machine = self.machine(TcpPlace(self.host, _ZVT_PORT))
        return [StreamServer(partial(connected, Desk(machine), machine), self.host, _ZVT_PORT)]


class ZvtSerialTill(ZvtTill):
    """ZVT on a serial line."""

    kinds = zvt.SERIAL_KINDS

    def servers(self) -> Iterable[Server]:
        """See ``WiredTill``."""
        around, machine = self.around, self.machine(PtyPlace())
        self._cable = Cable(self.host, around.network, around.orders, around.rng, Desk(machine).converse, machine.ears)
        around.network.cables[self._cable.where] = self._cable
        return [self._cable]

    def leave(self, seconds: float) -> None:
        """See ``WiredTill``."""
        super().leave(seconds)
        self._cable.begin_anew(out=self.around.rng.random() < 0.5)


class OpiTill(WiredTill):
    """OPI-NL: it listens for channel 0 and calls the box on channel 1."""

    kinds = tuple(Kind)

    def servers(self) -> Iterable[Server]:
        """See ``WiredTill``."""
        self.around.network.callers[TILL_PORTS[self.host]] = self.host
        return opi_wire(_OPI_PORT, TILL_PORTS[self.host]).servers(self.device)


class CcvTill(WiredTill):
    """CCV's cloud, with the terminal behind it."""

    kinds = ccv.KINDS

    def servers(self) -> Iterable[Server]:
        """See ``WiredTill``."""
        app = web.Application(client_max_size=1_000_000)
        app.add_routes(ccv_wire(KEY).routes(self.device))
        address = ("127.0.0.1", TILL_PORTS[self.host])  # without TLS there is no other
        self.around.network.names[address] = self.host
        return [HttpServer(app, *address)]


TILLS: dict[str, type[WiredTill]] = {
    "zvt+tcp": ZvtTcpTill,
    "zvt+serial": ZvtSerialTill,
    "opi+tcp": OpiTill,
    "ccv": CcvTill,
}
