"""An asyncio event loop on virtual time: it never waits, it says how long it would."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faults.transports import Server, Transport, Wires


class _Impatient(selectors.SelectSelector):
    """Instead of waiting it stops the loop, and notes for how long it would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.left: float | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout > 0:
            self.left = timeout
            if self.loop is not None:
                self.loop.stop()
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """For the parts of simulators and product that are coroutines; ``clock`` gives the time."""

    wires: Wires

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock_of = clock
        self._impatient = _Impatient()
        super().__init__(self._impatient)
        self._impatient.loop = self

    def time(self) -> float:
        """The virtual time."""
        return self._clock_of()

    def drain(self) -> float:
        """Run everything that is ready; gives the time of the next timer, or infinity."""
        self.run_forever()
        left = self._impatient.left
        return float("inf") if left is None else self.time() + left

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], host: str, port: int, **_: Any
    ) -> Server:
        """Listen at a terminal's address in memory."""
        return self.wires.listen(protocol_factory, host, port)

    async def create_connection(  # type: ignore[override]
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], host: str, port: int, **_: Any
    ) -> tuple[Transport, asyncio.BaseProtocol]:
        """Call the box in memory."""
        return await self.wires.call(protocol_factory, host, port)
