"""Bodies to PayProxy on the terminal, and bodies back.

``NotSent`` and ``OutcomeUnknown`` as ``hardware/terminal/http.py`` has them; beside those, any status but 200 is a
failure.
"""

from __future__ import annotations

from hardware.terminal.http import Http
from hardware.terminal.interface import NotSent, OutcomeUnknown, TerminalError, Trace
from hardware.terminal.payproxy.profile import Profile
from hardware.terminal.payproxy.tracing import Tracer

_NOT_ROUTED = frozenset({401, 404, 405})  # its web server did not hand the request to the payment application


class Transport:
    """One terminal's base URL. Safe to use from several threads (abort, display)."""

    def __init__(self, base_url: str, profile: Profile, trace: Trace | None = None) -> None:
        self._tracer = Tracer(profile, trace)
        self._http = Http(
            base_url,
            "the terminal",
            connect_timeout=profile.connect_timeout,
            verify=profile.verify_tls,
            headers=profile.headers,
        )

    def __repr__(self) -> str:
        return repr(self._http)

    def post(self, path: str, body: bytes, *, read_timeout: float) -> bytes:
        """Send ``body`` and return the answer's body. Raises NotSent or OutcomeUnknown."""
        return self._exchange("POST", path, body, read_timeout)

    def get(self, path: str, *, read_timeout: float) -> bytes:
        """Fetch ``path`` and return the answer's body. Raises NotSent or OutcomeUnknown."""
        return self._exchange("GET", path, None, read_timeout)

    def close(self) -> None:
        """Give back connections."""
        self._http.close()

    def _exchange(self, method: str, path: str, body: bytes | None, read_timeout: float) -> bytes:
        self._tracer.sent(method, path, body)
        try:
            answer = self._http.exchange(method, path, body, {}, read_timeout)
            if answer.status != 200:
                failure = NotSent if answer.status in _NOT_ROUTED else OutcomeUnknown
                raise failure(f"the terminal answered HTTP {answer.status}", reason=f"http_{answer.status}")
        except TerminalError as error:
            self._tracer.failed(error)
            raise
        self._tracer.received(answer.body)
        return answer.body
