"""HTTP to a terminal, or to the provider behind it, and back: bodies in, answers out, and what may have arrived.

``NotSent`` only while no connection stood; once it stood, every failure is ``OutcomeUnknown``. Nothing is ever sent
twice: no retries, no redirects, and every exchange on its own connection, because a kept-alive one that turns out to
be dead says nothing about whether the request was read.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, LocationValueError, MaxRetryError, NewConnectionError

from hardware.terminal.interface import NotSent, OutcomeUnknown, TerminalError

_LARGEST = 1_000_000  # bytes of an answer
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
    body: bytes = field(repr=False)


class Http:
    """One base URL and the session that talks to it. Safe to use from several threads.

    ``called`` is how errors call the other side. ``verify``: whether its certificate is checked, or the path of a CA file.
    """

    def __init__(
        self,
        base_url: str,
        called: str,
        *,
        connect_timeout: float,
        verify: bool | str,
        headers: Mapping[str, str],
        key: str | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._called = called
        self._connect_timeout = connect_timeout
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, no .netrc
        self._session.verify = verify
        self._session.auth = None if key is None else (key, "")
        self._session.headers.clear()
        self._session.headers.update({"User-Agent": "TapCharge", "Accept": "application/json"})
        self._session.headers.update(headers)
        self._session.headers.update({"Connection": "close", "Accept-Encoding": "identity"})
        self._session.mount(self._base_url, HTTPAdapter(max_retries=0))

    def __repr__(self) -> str:
        where = urlsplit(self._base_url)
        return f"{type(self).__name__}({where.scheme}://{where.netloc})"

    def exchange(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], read_timeout: float
    ) -> Answer:
        """Send one request, and return what came back for it. Raises NotSent or OutcomeUnknown."""
        try:
            with self._session.request(
                method,
                self._base_url + path,
                data=body,
                headers=({"Content-Type": "application/json"} if body is not None else {}) | dict(headers),
                timeout=(self._connect_timeout, read_timeout),
                allow_redirects=False,
                stream=True,
            ) as answer:
                return Answer(answer.status_code, _read(answer, time.monotonic() + read_timeout))
        except (requests.RequestException, HTTPError, OSError) as error:
            failure = self._failure(error)
        raise failure  # outside: the library's error holds the request, and that a secret

    def close(self) -> None:
        """Give back connections."""
        self._session.close()

    def _failure(self, error: Exception) -> TerminalError:
        if isinstance(error, requests.ConnectTimeout):
            return NotSent(f"{self._called} did not accept a connection in time", reason="connect_timeout")
        if isinstance(error, _NEVER_BUILT):
            return NotSent("the request could not be built from the device record", reason="invalid_request")
        root = error.args[0] if error.args else None
        if isinstance(root, MaxRetryError) and isinstance(root.reason, NewConnectionError):  # or a name without address
            return NotSent(f"{self._called} cannot be reached", reason="refused")
        if _certificate_refused(root):
            return NotSent(f"the certificate of {self._called} is not trusted", reason="certificate")
        if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
            return OutcomeUnknown("no answer in time", reason="timeout")
        return OutcomeUnknown("the connection was lost", reason="connection_lost")


def _read(answer: requests.Response, deadline: float) -> bytes:
    """Read the body piece by piece, so that a server that dribbles cannot hold us for ever.

    One that stops early is an error of urllib3.
    """
    body = b""
    while piece := answer.raw.read1(65_536):
        body += piece
        if len(body) > _LARGEST:
            raise OutcomeUnknown("the answer is too large", reason="garbled")
        if time.monotonic() > deadline:
            raise OutcomeUnknown("the answer did not end in time", reason="timeout")
    return body


def _certificate_refused(error: object) -> bool:
    """Whether we refused the certificate: that happens before the request is written."""
    while isinstance(error, BaseException):
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        error = inner if isinstance(inner, BaseException) else None
    return False
