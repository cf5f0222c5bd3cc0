"""Bodies to CCV's cloud, under its key, and answers back.

``NotSent`` and ``OutcomeUnknown`` as ``hardware/terminal/http.py`` has them. Nothing is sent twice here: that is
``conversation.py``.
"""

from __future__ import annotations

from uuid import UUID

from hardware.terminal.ccv.keys import Key
from hardware.terminal.ccv.profile import Profile
from hardware.terminal.ccv.tracing import Tracer
from hardware.terminal.http import Answer, Http
from hardware.terminal.interface import TerminalError, Trace


class Transport:
    """The API's root. Safe to use from several threads."""

    def __init__(self, base_url: str, profile: Profile, key: Key, trace: Trace | None = None) -> None:
        self._tracer = Tracer(trace)
        self._answer_timeout = profile.timers.answer
        self._http = Http(
            base_url,
            "CCV",
            connect_timeout=profile.timers.connect,
            verify=profile.verify_tls,
            headers={"User-Agent": profile.user_agent},
            key=key.value,
        )

    def post(self, path: str, body: bytes, key: UUID | None = None) -> Answer:
        """Send ``body``, ``key`` as its ``Idempotency-Reference``. Raises NotSent or OutcomeUnknown."""
        return self._exchange("POST", path, body, {"Idempotency-Reference": str(key)} if key else {})

    def get(self, path: str) -> Answer:
        """Fetch ``path``. Raises NotSent or OutcomeUnknown."""
        return self._exchange("GET", path, None, {})

    def close(self) -> None:
        """Give back connections."""
        self._http.close()

    def _exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        self._tracer.sent(method, path, body)
        try:
            answer = self._http.exchange(method, path, body, headers, self._answer_timeout)
        except TerminalError as error:
            self._tracer.failed(error)
            raise
        self._tracer.received(answer.status, answer.body)
        return answer
