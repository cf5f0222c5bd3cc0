"""A terminal that answers what a test says, for what the simulator's protocol cannot produce."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

from hardware.terminal.interface import Capability, Closing, Readiness, Recovered, Result, Status, TokenResult


class ScriptedTerminal:
    """Every verb runs the next step of the script: a function of its keyword arguments that returns or raises."""

    def __init__(self) -> None:
        self.capabilities: Set[Capability] = frozenset(Capability)
        self.longest_wait = 1.0
        self.recovers_only_the_last = self.closes_over_holds = False
        self.script: list[Callable[..., Any]] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.readiness = Readiness.READY
        self.wants_closing = False

    def _next(self, verb: str, /, **asked: Any) -> Any:
        self.asked.append((verb, asked))
        return self.script.pop(0)(**asked)

    def authorise(self, **asked: Any) -> Result:
        return self._next("authorise", **asked)  # type: ignore[no-any-return]

    def read_token(self, **asked: Any) -> TokenResult:
        return self._next("read_token", **asked)  # type: ignore[no-any-return]

    def capture(self, **asked: Any) -> Result:
        return self._next("capture", **asked)  # type: ignore[no-any-return]

    def release(self, **asked: Any) -> Result:
        return self._next("release", **asked)  # type: ignore[no-any-return]

    def refund(self, **asked: Any) -> Result:
        return self._next("refund", **asked)  # type: ignore[no-any-return]

    def recover(self, **asked: Any) -> Recovered:
        return self._next("recover", **asked)  # type: ignore[no-any-return]

    def end_of_day(self, **asked: Any) -> Closing:
        return self._next("end_of_day", **asked)  # type: ignore[no-any-return]

    def status(self) -> Status:
        self.asked.append(("status", {}))
        return Status(self.readiness, wants_closing=self.wants_closing)

    def abort(self) -> None:
        self.asked.append(("abort", {}))

    def display_text(self, *, language: str) -> str:
        return ""

    def close(self) -> None:
        pass

    @property
    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.asked]
