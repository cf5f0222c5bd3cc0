"""``python -m bench.relay PORT``: the least that a live screen can cost. A websocket frame comes in, goes once through
the pub/sub of Valkey, and goes out to every open websocket; nothing is parsed, stored or rendered.
"""

from __future__ import annotations

import asyncio
import os
import sys

import redis.asyncio
from websockets.asyncio.server import ServerConnection, broadcast, serve

_CHANNEL = "bench:relay"


async def main(port: int) -> None:
    """Serve until terminated."""
    valkey = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"])
    open_sockets: set[ServerConnection] = set()

    async def take(socket: ServerConnection) -> None:
        open_sockets.add(socket)
        try:
            async for frame in socket:
                await valkey.publish(_CHANNEL, frame)
        finally:
            open_sockets.discard(socket)

    async with valkey.pubsub() as subscription, serve(take, "127.0.0.1", port):
        await subscription.subscribe(_CHANNEL)
        async for message in subscription.listen():
            if message["type"] == "message":
                broadcast(open_sockets, message["data"].decode())


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
