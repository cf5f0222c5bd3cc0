"""HTTP to the terminal and back: bodies in, bodies out, and the truth about what may have arrived.

``NotSent`` only while no connection stood; once it stood, every failure is ``OutcomeUnknown``. Nothing is ever sent
twice: no retries, no redirects, and every exchange on its own connection, because a kept-alive one that turns out to
be dead says nothing about whether the request was read.
"""

from __future__ import annotations

import ssl
import time
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, LocationValueError, MaxRetryError, NewConnectionError

from hardware.terminal.interface import NotSent, OutcomeUnknown, TerminalError, Trace
from hardware.terminal.payproxy.profile import Profile
from hardware.terminal.payproxy.tracing import Tracer

_LARGEST_ANSWER = 1_000_000  # bytes
_NOT_ROUTED = frozenset({401, 404, 405})  # its web server did not hand the request to the payment application
_NEVER_BUILT = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    LocationValueError,
)


class Transport:
    """One terminal's base URL and the session that talks to it. Safe to use from several threads (abort, display)."""

    def __init__(self, base_url: str, profile: Profile, trace: Trace | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self._tracer = Tracer(profile, trace)
        self._connect_timeout = profile.connect_timeout
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, no .netrc: the terminal is next door
        self._session.verify = profile.verify_tls
        self._session.headers.clear()
        self._session.headers.update({"User-Agent": "TapCharge", "Accept": "application/json"})
        self._session.headers.update(profile.headers)
        self._session.headers.update({"Connection": "close", "Accept-Encoding": "identity"})
        self._session.mount(self.base_url, HTTPAdapter(max_retries=0))

    def __repr__(self) -> str:
        where = urlsplit(self.base_url)
        return f"{type(self).__name__}({where.scheme}://{where.netloc})"

    def post(self, path: str, body: bytes, *, read_timeout: float) -> bytes:
        """Send ``body`` and return the answer's body. Raises NotSent or OutcomeUnknown."""
        return self._exchange("POST", path, body, read_timeout)

    def get(self, path: str, *, read_timeout: float) -> bytes:
        """Fetch ``path`` and return the answer's body. Raises NotSent or OutcomeUnknown."""
        return self._exchange("GET", path, None, read_timeout)

    def close(self) -> None:
        """Give back connections."""
        self._session.close()

    def _exchange(self, method: str, path: str, body: bytes | None, read_timeout: float) -> bytes:
        self._tracer.sent(method, path, body)
        try:
            answer = self._send(method, path, body, read_timeout)
        except TerminalError as error:
            self._tracer.failed(error)
            raise
        self._tracer.received(answer)
        return answer

    def _send(self, method: str, path: str, body: bytes | None, read_timeout: float) -> bytes:
        try:
            with self._session.request(
                method,
                self.base_url + path,
                data=body,
                headers={"Content-Type": "application/json"} if body is not None else None,
                timeout=(self._connect_timeout, read_timeout),
                allow_redirects=False,
                stream=True,
            ) as answer:
                if answer.status_code in _NOT_ROUTED:
                    raise NotSent(
                        f"the terminal answered HTTP {answer.status_code}",
                        reason=_http(answer),
                    )
                if answer.status_code != 200:
                    raise OutcomeUnknown(
                        f"the terminal answered HTTP {answer.status_code}",
                        reason=_http(answer),
                    )
                return _read(answer, time.monotonic() + read_timeout)
        except (requests.RequestException, HTTPError, OSError) as error:
            failure = _failure(error)
        raise failure  # outside: the library's error holds the request, and that a reference


def _http(answer: requests.Response) -> str:
    return f"http_{answer.status_code}"


def _read(answer: requests.Response, deadline: float) -> bytes:
    """Read the body piece by piece, so that a terminal that dribbles cannot hold us for ever; one that stops early is an error of urllib3."""
    body = b""
    while piece := answer.raw.read1(65_536):
        body += piece
        if len(body) > _LARGEST_ANSWER:
            raise OutcomeUnknown("the answer is too large", reason="garbled")
        if time.monotonic() > deadline:
            raise OutcomeUnknown("the answer did not end in time", reason="timeout")
    return body


def _failure(error: Exception) -> TerminalError:
    if isinstance(error, requests.ConnectTimeout):
        return NotSent("the terminal did not accept a connection in time", reason="connect_timeout")
    if isinstance(error, _NEVER_BUILT):
        return NotSent(
            "the request could not be built from the device record",
            reason="invalid_request",
        )
    root = error.args[0] if error.args else None
    if isinstance(root, MaxRetryError) and isinstance(root.reason, NewConnectionError):
        return NotSent("the terminal cannot be reached", reason="refused")
    if _certificate_refused(root):
        return NotSent("the terminal's certificate is not trusted", reason="certificate")
    if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
        return OutcomeUnknown("no answer in time", reason="timeout")
    return OutcomeUnknown("the connection was lost", reason="connection_lost")


def _certificate_refused(error: object) -> bool:
    """Whether we refused the terminal's certificate: that happens before the request is written."""
    while isinstance(error, BaseException):
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        error = inner if isinstance(inner, BaseException) else None
    return False
