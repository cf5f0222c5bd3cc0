"""The terminal's side of both channels over real sockets, playing a script. It shares the message layer with the driver."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from hardware.terminal.opi.device import (
    DeviceRequest,
    DeviceResponse,
    Entry,
    Output,
    read_device_response,
    write_device_request,
)
from hardware.terminal.opi.framing import Frames, frame
from hardware.terminal.opi.mapping import Inferred
from hardware.terminal.opi.messages import Request, Response, Values, read_request, write_response
from tests.support.processes import free_port

PATIENCE = 20.0  # seconds: a bound for what should happen at once
MAPPING = Inferred()
AT = "2026-03-02T09:15:20+01:00"
HELD = Values(
    terminal_id="12345678",
    stan="000321",
    amount="50.00",
    currency="EUR",
    approval="A1B2C3",
    circuit="VISA",
    masked_card_number="************4242",
    at=AT,
    reference="TRX-SECRET-1",
    token="99TOKENSECRET",
)
ENTRY = Entry("50.00", "EUR", "VISA", "************4242", "TRX-SECRET-1", "A1B2C3", AT)


class Caller:
    """One request on channel 0, and the connection that it came on."""

    def __init__(self, request: Request, connection: socket.socket, device_port: int) -> None:
        self.request = request
        self.connection = connection
        self._device_port = device_port
        self._sequence = 0

    def device(self, *outputs: Output, request_id: str = "", **more: object) -> DeviceResponse:
        """Dial in on channel 1, ask, and return what was answered."""
        self._sequence += 1
        name = request_id or f"{self.request.request_id}.{self._sequence}"
        asked = DeviceRequest("Output", name, self.request.workstation_id, outputs, **more)  # type: ignore[arg-type]
        with self.dial() as link:
            link.sendall(frame(write_device_request(asked)))
            return read_device_response(read_frame(link))

    def dial(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._device_port), PATIENCE)

    def answer(self, result: str = "Success", values: Values = HELD, **header: str) -> None:
        """Answer the request, with whatever header is different from its own."""
        self.connection.sendall(frame(self.written(result, values, **header)))

    def written(self, result: str = "Success", values: Values = HELD, **header: str) -> bytes:
        told = {
            "request_type": self.request.request_type,
            "request_id": self.request.request_id,
            "workstation_id": self.request.workstation_id,
        } | header
        return write_response(Response(self.request.kind, result=result, values=values, **told), MAPPING)


Script = Callable[[Caller], object]


class Peer:
    """Listens on a free port, and plays one script for each request, in order; the last one for all that follow."""

    def __init__(self, *scripts: Script) -> None:
        self.requests: list[Request] = []
        self.defects: list[Exception] = []
        self.device_port = free_port()
        self._scripts = deque(scripts)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    @property
    def asked(self) -> list[str]:
        return [each.request_type for each in self.requests]

    def close(self) -> None:
        self._closing.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), PATIENCE):
            self._acceptor.join(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        self._server.close()
        assert not self.defects, self.defects

    def _accept(self) -> None:
        while True:
            connection, _ = self._server.accept()
            if self._closing.is_set():
                connection.close()
                return
            self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.settimeout(PATIENCE)
                request = read_request(read_frame(connection), MAPPING)
                self.requests.append(request)
                script = self._scripts[0] if len(self._scripts) == 1 else self._scripts.popleft()
                script(Caller(request, connection, self.device_port))
            except Exception as defect:
                self.defects.append(defect)


def read_frame(connection: socket.socket) -> bytes:
    frames = Frames()
    while data := connection.recv(65_536):
        if bodies := frames.feed(data):
            return bodies[0]
    raise ConnectionError("closed before a whole frame")
