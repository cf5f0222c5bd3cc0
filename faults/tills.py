"""The terminals on wires, by the protocol that they speak."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from faults.serials import Cable
from faults.wired import WiredTill
from hardware.terminal.simulator.listener import Server
from hardware.terminal.simulator.servers import StreamServer
from hardware.terminal.zvt.simulator import accidents as zvt
from hardware.terminal.zvt.simulator.desk import Desk
from hardware.terminal.zvt.simulator.machine import Machine
from hardware.terminal.zvt.simulator.server import connected
from hardware.terminal.zvt.simulator.setup import PtyPlace, Setup, TcpPlace

_ZVT_PORT = 20007


class ZvtTcpTill(WiredTill):
    """ZVT on a TCP port."""

    kinds = zvt.TCP_KINDS

    def servers(self) -> Iterable[Server]:
        """See ``WiredTill``."""
        self._machine = Machine(self.device, Setup(TcpPlace(self.host, _ZVT_PORT)))
        desk = Desk(self._machine)
        return [StreamServer(partial(connected, desk, self._machine), self.host, _ZVT_PORT)]

    async def crash(self, seconds: float) -> None:
        """See ``WiredTill``; it forgets who registered."""
        await self._machine.crash(seconds)


class ZvtSerialTill(WiredTill):
    """ZVT on a serial line."""

    kinds = zvt.SERIAL_KINDS

    def servers(self) -> Iterable[Server]:
        """See ``WiredTill``."""
        around = self.around
        self._machine = Machine(self.device, Setup(PtyPlace()))
        desk = Desk(self._machine)
        self._cable = Cable(self.host, around.network, around.orders, around.rng, desk.converse, self._machine.ears)
        around.network.cables[self._cable.where] = self._cable
        return [self._cable]

    async def crash(self, seconds: float) -> None:
        """See ``WiredTill``; it forgets who registered."""
        await self._machine.crash(seconds)

    def leave(self, seconds: float) -> None:
        """See ``WiredTill``."""
        super().leave(seconds)
        self._cable.begin_anew(out=self.around.rng.random() < 0.5)


TILLS: dict[str, type[WiredTill]] = {"zvt+tcp": ZvtTcpTill, "zvt+serial": ZvtSerialTill}
