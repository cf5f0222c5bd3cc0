"""A browser's websocket, straight into the consumer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from asgiref.testing import ApplicationCommunicator

#: It has no types of its own.
_communicator: Any = ApplicationCommunicator


class Socket:
    """One socket to ``application``. ``path`` may have a query."""

    def __init__(self, application: Any, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        parts = urlsplit(path)
        scope = {
            "type": "websocket",
            "path": parts.path,
            "query_string": parts.query.encode("ascii"),
            "headers": headers,
            "subprotocols": [],
        }
        self._communicator: Any = _communicator(application, scope)

    async def connect(self) -> bool:
        """Whether it was let in."""
        await self._communicator.send_input({"type": "websocket.connect"})
        answer = await self.output()
        return bool(answer["type"] == "websocket.accept")

    async def disconnect(self) -> None:
        """Go away, and wait until the other side has noticed."""
        await self._communicator.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._communicator.wait(10)

    async def send(self, text: str | None = None, data: bytes | None = None) -> None:
        """Send a message."""
        await self._communicator.send_input({"type": "websocket.receive", "text": text, "bytes": data})

    async def output(self) -> dict[str, Any]:
        """The next thing that the application does."""
        output: dict[str, Any] = await self._communicator.receive_output(10)
        return output

    async def text(self) -> str:
        """The next message."""
        output = await self.output()
        assert output["type"] == "websocket.send", output
        text: str = output["text"]
        return text

    async def is_silent(self) -> bool:
        """Whether nothing comes for a tenth of a second."""
        silent: bool = await self._communicator.receive_nothing(0.1)
        return silent
