"""The wire below the driver: what may have arrived, against sockets that behave badly on purpose."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from moneyed import Money

from hardware.terminal.interface import Handle, NotSent, OutcomeUnknown, Readiness, Reason, TerminalError, Verb
from hardware.terminal.payproxy.driver import PayProxyTerminal
from hardware.terminal.payproxy.record import read_profile
from tests.hardware.terminal.simulated import PATIENCE

SECRET = "H4sIAAAA-very-secret-reference"
QUICK: dict[str, object] = {"connect_timeout": 5.0}
IMPATIENT = {"capture": 0.3, "status": 0.3}


class Peer:
    """A socket that reads requests to their end, answers with ``raw``, and keeps what it read.

    ``hang``: then it says nothing more; ``drip``: then it sends a blank every so many seconds.
    """

    def __init__(self, raw: bytes, *, hang: bool = False, drip: float = 0, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self._raw, self._hang, self._drip, self._tls = raw, hang or drip > 0, drip, tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(PATIENCE)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        self._done.set()
        with socket.create_connection(self._socket.getsockname()):
            self._thread.join(PATIENCE)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            plain, _ = self._socket.accept()
            with plain:
                if self._done.is_set():
                    return
                try:
                    self._answer(self._tls.wrap_socket(plain, server_side=True) if self._tls else plain)
                except OSError:
                    continue

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            self.requests.append(_read_request(connection))
            connection.sendall(self._raw)
            while self._hang and not self._done.wait(self._drip or PATIENCE):
                connection.sendall(b" ")


def _read_request(connection: socket.socket) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read:
        read += connection.recv(65_536)
    head, _, body = read.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def http(status: str, body: bytes = b"{}", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def talking(
    raw: bytes, *, hang: bool = False, drip: float = 0, **record: object
) -> Iterator[tuple[PayProxyTerminal, Peer]]:
    peer = Peer(raw, hang=hang, drip=drip)
    terminal = PayProxyTerminal(f"http://{peer.address}", read_profile(QUICK | record))
    yield terminal, peer
    terminal.close()
    peer.close()


def capture(terminal: PayProxyTerminal) -> object:
    return terminal.capture(
        request_id=700012,
        key=uuid4(),
        amount=Money("18.40", "EUR"),
        handle=Handle(1, SECRET, "1"),
        reason=Reason.NORMAL_END,
    )


@pytest.mark.parametrize(
    ("raw", "ending", "reason"),
    [
        (http("401 Unauthorized"), NotSent, "http_401"),
        (http("404 Not Found"), NotSent, "http_404"),
        (http("405 Method Not Allowed"), NotSent, "http_405"),
        (http("400 Bad Request"), OutcomeUnknown, "http_400"),
        (http("409 Conflict"), OutcomeUnknown, "http_409"),
        (http("500 Oops"), OutcomeUnknown, "http_500"),
        (http("502 Bad Gateway"), OutcomeUnknown, "http_502"),
        (http("503 Unavailable"), OutcomeUnknown, "http_503"),
        (http("204 No Content", b""), OutcomeUnknown, "http_204"),
        (http("302 Found", b"", "Location: /elsewhere"), OutcomeUnknown, "http_302"),
        (http("200 OK", b""), OutcomeUnknown, "garbled"),
        (http("200 OK", b"<html>"), OutcomeUnknown, "garbled"),
        (http("200 OK", b"{}"), OutcomeUnknown, "garbled"),
        (http("200 OK", b"[" * 100_000), OutcomeUnknown, "garbled"),
        (http("200 OK", b" " * 1_100_000), OutcomeUnknown, "garbled"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", OutcomeUnknown, "connection_lost"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", OutcomeUnknown, "connection_lost"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", OutcomeUnknown, "garbled"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", OutcomeUnknown, "connection_lost"),
        (b"", OutcomeUnknown, "connection_lost"),
    ],
    ids=lambda value: repr(value)[:40] if isinstance(value, bytes) else None,
)
def test_each_http_answer_has_one_meaning(raw: bytes, ending: type[TerminalError], reason: str) -> None:
    with talking(raw) as (terminal, peer):
        with pytest.raises(ending) as caught:
            capture(terminal)
        assert (type(caught.value), caught.value.reason) == (ending, reason)
        assert len(peer.requests) == 1, "nothing is ever sent twice"


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_a_terminal_that_stops_in_the_middle_is_a_timeout(raw: bytes) -> None:
    with talking(raw, hang=True, read_timeouts=IMPATIENT) as (terminal, _):
        with pytest.raises(OutcomeUnknown) as caught:
            capture(terminal)
        assert caught.value.reason == "timeout"
        status = terminal.status()
        assert (status.readiness, status.detail) == (Readiness.UNREACHABLE, "timeout")


def test_a_terminal_that_dribbles_cannot_hold_us_for_ever() -> None:
    with talking(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n", drip=0.02, read_timeouts=IMPATIENT) as (
        terminal,
        _,
    ):
        with pytest.raises(OutcomeUnknown) as caught:
            capture(terminal)
        assert caught.value.reason == "timeout"


def test_a_request_goes_out_on_its_own_connection_with_the_records_headers() -> None:
    with talking(http("404 Nope"), headers={"X-Api-Key": "k1"}, paths={"payment": "/v2/pay"}) as (terminal, peer):
        for _ in range(2):
            with pytest.raises(NotSent):
                capture(terminal)
        first, second = peer.requests
        assert first == second
        head = first.partition(b"\r\n\r\n")[0].decode().lower().split("\r\n")
        assert head[0] == "post /v2/pay http/1.1"
        assert {"connection: close", "x-api-key: k1", "content-type: application/json"} <= set(head)


def test_an_environment_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with talking(http("404 Nope")) as (terminal, peer):
        with pytest.raises(NotSent):
            capture(terminal)
        assert len(peer.requests) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://terminal.invalid", f"http://{'x' * 70}.invalid"])
def test_a_terminal_that_is_not_there_was_never_sent_anything(url: str) -> None:
    terminal = PayProxyTerminal(url, read_profile(QUICK))
    with pytest.raises(NotSent):
        capture(terminal)
    assert terminal.status().readiness is Readiness.UNREACHABLE
    terminal.close()


def test_a_full_backlog_is_a_connect_timeout_and_was_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as crowded, socket.socket() as first, socket.socket() as second:
        crowded.bind(("127.0.0.1", 0))
        crowded.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(crowded.getsockname())
        terminal = PayProxyTerminal(
            f"http://127.0.0.1:{crowded.getsockname()[1]}", read_profile(QUICK | {"connect_timeout": 0.2})
        )
        with pytest.raises(NotSent) as caught:
            capture(terminal)
        assert caught.value.reason == "connect_timeout"
        terminal.close()


@pytest.mark.parametrize(
    "verb",
    [
        lambda terminal: terminal.capture(
            request_id=10**9,
            key=uuid4(),
            amount=Money("1.00", "EUR"),
            handle=Handle(1, SECRET),
            reason=Reason.NORMAL_END,
        ),
        lambda terminal: terminal.authorise(request_id=1, key=uuid4(), amount=Money("1.005", "EUR"), language="en"),
        lambda terminal: terminal.authorise(request_id=1, key=uuid4(), amount=Money("0.00", "EUR"), language="en"),
        lambda terminal: terminal.authorise(request_id=1, key=uuid4(), amount=Money("-1.00", "EUR"), language="en"),
        lambda terminal: terminal.read_token(request_id=-1, language="en"),
    ],
)
def test_a_request_that_makes_no_sense_is_never_sent(verb: Callable[[PayProxyTerminal], object]) -> None:
    with talking(http("200 OK")) as (terminal, peer):
        with pytest.raises(NotSent) as caught:
            verb(terminal)
        assert caught.value.reason == "invalid_request"
        assert peer.requests == []


def test_verbs_that_are_switched_off_are_never_sent() -> None:
    with talking(http("200 OK")) as (terminal, peer):
        for verb in (
            lambda: terminal.refund(request_id=1, key=uuid4(), amount=Money("1.00", "EUR"), handle=Handle(1, SECRET)),
            lambda: terminal.recover(request_id=1, verb=Verb.CAPTURE, amount=Money("1.00", "EUR")),
        ):
            with pytest.raises(NotSent) as caught:
                verb()
            assert caught.value.reason == "unsupported"
        assert peer.requests == []


def test_an_abort_that_the_terminal_refuses_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with talking(http("200 OK", b'{"status": "FAILURE"}')) as (terminal, _), pytest.raises(NotSent):
        terminal.abort()


@pytest.mark.parametrize("raw", [b"", http("500 Oops"), http("200 OK", b'{"status": "WHAT"}'), http("404 Nope")])
def test_no_error_and_no_log_line_holds_a_reference(raw: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with talking(raw) as (terminal, peer):
        with pytest.raises(TerminalError) as caught:
            capture(terminal)
        assert SECRET.encode() in peer.requests[0]
    said = "".join(traceback.format_exception(caught.value)) + repr(terminal) + caplog.text
    assert SECRET not in said
    assert caught.value.__context__ is None, "the library's own error would carry the request along"
