"""The bare peers that run beside the product, on the same Valkey and in the same seconds."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect

from evsite.processes import HOST, ROOT, Layout, Program
from tests.support.processes import free_port
from tests.support.waiting import eventually_async

#: Seconds until a peer must be ready.
PATIENCE = 30


@asynccontextmanager
async def running(
    environment: Mapping[str, str], *command: str, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process with ``environment`` besides ours, for the length of the block; it ends when this one is killed."""
    tethered = Program("peer", list(command), lambda pid: True).tethered(str(os.getpid()))
    errors = None if stdout == subprocess.PIPE else stdout  # who talks to us may complain aloud
    process = await asyncio.create_subprocess_shell(
        tethered, cwd=ROOT, env={**os.environ, **environment}, stdin=stdin, stdout=stdout, stderr=errors
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 20)
        except TimeoutError:
            process.kill()
            await process.wait()


class Hop:
    """A task that does nothing, sent and run."""

    def __init__(self, sender: asyncio.subprocess.Process) -> None:
        self._sender = sender

    async def seconds(self) -> float:
        """One hop: from sending the task until its body runs."""
        assert self._sender.stdin is not None
        assert self._sender.stdout is not None
        self._sender.stdin.write(b"\n")
        await self._sender.stdin.drain()
        return float(await asyncio.wait_for(self._sender.stdout.readline(), PATIENCE))


@asynccontextmanager
async def hop(layout: Layout) -> AsyncIterator[Hop]:
    """A worker like the product's, and a process that sends to it."""
    worker = [{"evsite": "bench.hop"}.get(word, word) for word in layout.programs()["worker"].command]
    async with (
        running(layout.environment, *worker),
        running(
            layout.environment, sys.executable, "-m", "bench.hop", stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as sender,
    ):
        peer = Hop(sender)
        for _ in range(20):  # connections open, caches warm
            await peer.seconds()
        yield peer


class Relay:
    """A frame there and back through Valkey's pub/sub."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def seconds(self) -> float:
        """One round: from a frame leaving until it comes back."""
        started = time.time()
        await self._socket.send(repr(started))
        while await asyncio.wait_for(self._socket.recv(), PATIENCE) != repr(started):
            pass
        return time.time() - started


@asynccontextmanager
async def relay(layout: Layout) -> AsyncIterator[Relay]:
    """The bare relay (bench.relay) with a socket that hears what it says."""
    port = free_port()
    url = f"ws://{HOST}:{port}"
    async with running(layout.environment, sys.executable, "-m", "bench.relay", str(port)):
        await eventually_async(lambda: _listens(port), PATIENCE, "the relay listens")
        async with connect(url) as socket_:
            peer = Relay(socket_)
            for _ in range(20):
                await peer.seconds()
            yield peer


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
