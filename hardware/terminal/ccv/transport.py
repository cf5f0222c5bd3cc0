"""HTTPS to CCV's cloud and back: bodies in, answers out, and the truth about what may have arrived.

``NotSent`` only while no connection stood, or where the answer proves that the request was not looked at; every other
failure is ``OutcomeUnknown``. Nothing is sent twice here (that is ``conversation.py``): no retries, no redirects, and every
exchange on its own connection.
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from uuid import UUID

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, LocationValueError, MaxRetryError, NewConnectionError

from hardware.terminal.ccv.keys import Key
from hardware.terminal.ccv.profile import Profile
from hardware.terminal.ccv.tracing import Tracer
from hardware.terminal.ccv.transactions import LARGEST
from hardware.terminal.interface import NotSent, OutcomeUnknown, TerminalError, Trace

_NEVER_BUILT = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    LocationValueError,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status, and the body as it is."""

    status: int
    body: bytes


class Transport:
    """The API's root and the session that talks to it. Safe to use from several threads."""

    def __init__(self, base_url: str, profile: Profile, key: Key, trace: Trace | None = None) -> None:
        self._base_url = base_url
        self._tracer = Tracer(trace)
        self._timers = profile.timers
        self._session = requests.Session()
        self._session.trust_env = False  # no .netrc: the key is the one that the profile names
        self._session.verify = profile.verify_tls
        self._session.auth = (key.value, "")
        self._session.headers.clear()
        self._session.headers.update({"User-Agent": profile.user_agent, "Accept": "application/json"})
        self._session.headers.update({"Connection": "close", "Accept-Encoding": "identity"})
        self._session.mount(base_url, HTTPAdapter(max_retries=0))

    def post(self, path: str, body: bytes, key: UUID | None = None) -> Answer:
        """Send ``body``, ``key`` as its ``Idempotency-Reference``. Raises NotSent or OutcomeUnknown."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Reference": str(key)} if key else {})
        return self._exchange("POST", path, body, headers)

    def get(self, path: str) -> Answer:
        """Fetch ``path``. Raises NotSent or OutcomeUnknown."""
        return self._exchange("GET", path, None, {})

    def close(self) -> None:
        """Give back connections."""
        self._session.close()

    def _exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        self._tracer.sent(method, path, body)
        try:
            answer = self._send(method, path, body, headers)
        except TerminalError as error:
            self._tracer.failed(error)
            raise
        self._tracer.received(answer.status, answer.body)
        return answer

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        try:
            with self._session.request(
                method,
                self._base_url + path,
                data=body,
                headers=headers,
                timeout=(self._timers.connect, self._timers.answer),
                allow_redirects=False,
                stream=True,
            ) as answer:
                return Answer(answer.status_code, _read(answer, time.monotonic() + self._timers.answer))
        except (requests.RequestException, HTTPError, OSError) as error:
            failure = _failure(error)
        raise failure  # outside: the library's error holds the request, and that the key


def _read(answer: requests.Response, deadline: float) -> bytes:
    """Read the body piece by piece, so that a server that dribbles cannot hold us for ever."""
    body = b""
    while piece := answer.raw.read1(65_536):
        body += piece
        if len(body) > LARGEST:
            raise OutcomeUnknown("the answer is too large", reason="garbled")
        if time.monotonic() > deadline:
            raise OutcomeUnknown("the answer did not end in time", reason="timeout")
    return body


def _failure(error: Exception) -> TerminalError:
    if isinstance(error, requests.ConnectTimeout):
        return NotSent("CCV did not accept a connection in time", reason="connect_timeout")
    if isinstance(error, _NEVER_BUILT):
        return NotSent("the request could not be built from the device record", reason="invalid_request")
    root = error.args[0] if error.args else None
    if isinstance(root, MaxRetryError) and isinstance(
        root.reason, NewConnectionError
    ):  # includes names without address
        return NotSent("CCV cannot be reached", reason="refused")
    if _certificate_refused(root):
        return NotSent("the certificate of CCV's host is not trusted", reason="certificate")
    if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
        return OutcomeUnknown("no answer in time", reason="timeout")
    return OutcomeUnknown("the connection was lost", reason="connection_lost")


def _certificate_refused(error: object) -> bool:
    """Whether we refused the certificate: that happens before the request is written."""
    while isinstance(error, BaseException):
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        error = inner if isinstance(inner, BaseException) else None
    return False
