"""The two kinds of server that most wires need: HTTP and bytes over TCP. A serial line brings its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class HttpServer:
    """An aiohttp application on one address; keeps the port it was given when it was asked for any (0)."""

    def __init__(self, app: web.Application, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._site: web.TCPSite | None = None
        app.on_response_prepare.append(self._close_if_away)

    @property
    def where(self) -> str:
        """Its address."""
        return f"http://{self.host}:{self.port}/"

    async def open(self) -> None:
        """Start to listen. Raises OSError when the port is taken."""
        if self._runner.server is None:
            await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await site.start()
        self._site = site
        self.port = int(self._runner.addresses[0][1])

    async def shut(self) -> None:
        """Stop to listen. Connections that stand get their answer and are closed."""
        if self._site is not None:
            await self._site.stop()
            self._site = None

    def cut_all(self) -> None:
        """Cut every connection that stands."""
        for connection in self._runner.server.connections if self._runner.server else ():
            if connection.transport is not None:
                connection.transport.abort()

    async def close(self) -> None:
        """Stop for good."""
        await self._runner.cleanup()

    async def _close_if_away(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let no kept-alive connection outlive the listening socket."""
        if self._site is None:
            response.force_close()


class StreamServer:
    """One conversation per TCP connection; keeps the port it was given when it was asked for any (0).

    ``converse`` gets reader and writer, and the connection is closed when it ends; that the other side hung up
    (``ConnectionError``, ``asyncio.IncompleteReadError``) is no error.
    """

    def __init__(self, converse: Conversation, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._converse = converse
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._conversations: set[asyncio.Task[None]] = set()

    @property
    def where(self) -> str:
        """Its address."""
        return f"tcp://{self.host}:{self.port}"

    async def open(self) -> None:
        """Start to listen. Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._connected, self.host, self.port, reuse_address=True)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def shut(self) -> None:
        """Stop to listen. Connections that stand go on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def cut_all(self) -> None:
        """Cut every connection that stands."""
        for each in self._writers:
            each.transport.abort()

    async def close(self) -> None:
        """Stop for good, and wait until every conversation has ended."""
        await self.shut()
        self.cut_all()
        for each in self._conversations:
            each.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # they hung up
        finally:
            self._writers.discard(writer)
            writer.close()
