"""A real central system on a free port, and charge points that are nothing but a socket and a test's own frames."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import uvicorn
from channels.routing import ProtocolTypeRouter, URLRouter
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from hardware.charger.ocpp16.routing import websocket_urlpatterns
from tests.support.waiting import eventually

PATIENCE_S = 10.0
SUBPROTOCOL = Subprotocol("ocpp1.6")
Json = dict[str, Any]


@contextmanager
def central_system() -> Iterator[str]:
    """Serve the product's charge point sockets; gives the URL up to the identity."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        ProtocolTypeRouter({"websocket": URLRouter(websocket_urlpatterns)}),
        ws="websockets-sansio",
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    eventually(lambda: server.started)
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/ocpp"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        listener.close()


def basic(user: str, password: bytes) -> dict[str, str]:
    """The header of HTTP Basic over raw bytes."""
    return {"Authorization": "Basic " + base64.b64encode(user.encode() + b":" + password).decode()}


class Wire:
    """The charge point's end of a socket. Calls of the central system wait in ``calls`` until a test takes them."""

    def __init__(self, connection: ClientConnection) -> None:
        self._socket = connection
        self._ids = count(1)
        self._calls: deque[tuple[str, str, Json]] = deque()

    def send(self, frame: str | bytes) -> None:
        """Send anything."""
        self._socket.send(frame)

    def receive(self) -> list[Any]:
        """The next frame that answers us; calls are put aside."""
        while True:
            frame = json.loads(self._socket.recv(timeout=PATIENCE_S))
            if frame[0] != 2:
                return list(frame)
            self._calls.append((frame[1], frame[2], frame[3]))

    def ask(self, action: str, payload: Json) -> list[Any]:
        """Call the central system and return its whole answer."""
        message_id = str(next(self._ids))
        self.send(json.dumps([2, message_id, action, payload]))
        answer = self.receive()
        assert answer[1] == message_id
        return answer

    def call(self, action: str, payload: Json) -> Json:
        """Call the central system and return the payload of its answer."""
        answer = self.ask(action, payload)
        assert answer[0] == 3, answer
        return dict(answer[2])

    def next_call(self) -> tuple[str, str, Json]:
        """The next call of the central system: id, action, payload."""
        if not self._calls:
            frame = json.loads(self._socket.recv(timeout=PATIENCE_S))
            assert frame[0] == 2, frame
            return frame[1], frame[2], frame[3]
        return self._calls.popleft()

    def expect(self, action: str) -> tuple[str, Json]:
        """Wait for one action, saying NotSupported to any other (set-up after the start of a connection)."""
        while True:
            message_id, found, payload = self.next_call()
            if found == action:
                return message_id, payload
            self.answer(message_id, {"status": "NotImplemented" if found == "TriggerMessage" else "NotSupported"})

    def answer(self, message_id: str, payload: Json) -> None:
        """Answer a call of the central system."""
        self.send(json.dumps([3, message_id, payload]))

    def closed_with(self) -> int:
        """Wait for the central system to close the socket; gives the code."""
        try:
            while True:
                self._socket.recv(timeout=PATIENCE_S)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006

    def hang_up(self) -> None:
        """Close the socket."""
        self._socket.close()


@contextmanager
def dialled(url: str, identity: str, key: str) -> Iterator[Wire]:
    """A socket of ``identity`` for the length of the block. Raises InvalidStatus when the handshake is refused."""
    headers = basic(identity, key.encode())
    with connect(f"{url}/{identity}", subprotocols=[SUBPROTOCOL], additional_headers=headers, max_size=None) as socket:
        yield Wire(socket)
