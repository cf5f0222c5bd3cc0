"""The simulator on the network. A closed socket is the only honest "connection refused"."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Server(Protocol):
    """Something that a kiosk connects to: an HTTP port, a TCP port, a serial line. See ``servers.py``."""

    @property
    def where(self) -> str:
        """Its address, for people: ``tcp://127.0.0.1:4100``."""

    async def open(self) -> None:
        """Start to listen, on the port of last time. Raises OSError when that is taken."""

    async def shut(self) -> None:
        """Stop to listen, at once. Connections that stand may finish what they do."""

    def cut_all(self) -> None:
        """Cut every connection that stands."""

    async def close(self) -> None:
        """Stop for good."""


class Listener:
    """The servers of one terminal's wire, which go away and come back together."""

    def __init__(self) -> None:
        self._servers: list[Server] = []
        self._return: asyncio.Task[None] | None = None

    @property
    def where(self) -> str:
        """Where the protocol is spoken."""
        return " ".join(each.where for each in self._servers)

    async def open(self, *servers: Server) -> None:
        """Start to listen. Raises OSError when a port is taken."""
        self._servers.extend(servers)
        for each in self._servers:
            await each.open()

    async def go_away(self, seconds: float) -> None:
        """Stop to listen, at once; listen again after ``seconds``. Connections that stand get their answer and are closed."""
        for each in self._servers:
            await each.shut()
        if self._return is not None:
            self._return.cancel()
        self._return = asyncio.create_task(self._come_back(seconds))

    def cut_all(self) -> None:
        """Cut every connection that stands."""
        for each in self._servers:
            each.cut_all()

    async def close(self) -> None:
        """Stop to listen for good."""
        if self._return is not None:
            self._return.cancel()
        for each in self._servers:
            await each.close()

    async def _come_back(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.open()
