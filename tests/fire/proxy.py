"""A proxy in front of the web processes, as a deploy has one: it sends every new connection to the newest of them."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from evsite.processes import HOST


class Proxy(socketserver.ThreadingTCPServer):
    """Listens on ``port`` of the loopback. ``target`` is the port that the next connection goes to."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, target: int) -> None:
        self.target = target
        super().__init__((HOST, port), _Connection)


class _Connection(socketserver.BaseRequestHandler):
    server: Proxy

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection((HOST, self.server.target), timeout=5) as inner:
            inner.settimeout(None)
            threading.Thread(target=_copy, args=(inner, self.request), daemon=True).start()
            _copy(self.request, inner)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    """Pass bytes on until either side is gone, and let the other one know."""
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(port: int, target: int) -> Iterator[Proxy]:
    """A proxy for the length of the block."""
    with Proxy(port, target) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
