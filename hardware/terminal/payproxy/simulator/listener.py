"""The listening socket, which can really be closed: that is the only honest "connection refused"."""

from __future__ import annotations

import asyncio

from aiohttp import web


class Listener:
    """Listens on one address; keeps the port it was given when it was asked for any (0)."""

    def __init__(self, runner: web.AppRunner, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._runner = runner
        self._site: web.TCPSite | None = None
        self._return: asyncio.Task[None] | None = None

    async def close_if_away(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let no kept-alive connection outlive the listening socket (a signal handler of the application)."""
        if self._site is None:
            response.force_close()

    async def open(self) -> None:
        """Start to listen. Raises OSError when the port is taken."""
        site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await site.start()
        self._site = site
        self.port = int(self._runner.addresses[0][1])

    async def go_away(self, seconds: float) -> None:
        """Stop to listen, at once; listen again after ``seconds``. Connections that stand get their answer and are closed."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        if self._return is not None:
            self._return.cancel()
        self._return = asyncio.create_task(self._come_back(seconds))

    def cut_all(self) -> None:
        """Cut every connection that stands."""
        for connection in self._runner.server.connections if self._runner.server else ():
            if connection.transport is not None:
                connection.transport.abort()

    async def close(self) -> None:
        """Stop to listen for good."""
        if self._return is not None:
            self._return.cancel()
        await self._runner.cleanup()

    async def _come_back(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.open()
