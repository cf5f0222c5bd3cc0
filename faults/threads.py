"""What stands in for the module ``threading`` where the product uses it: the same words, on virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from faults.scheduler import NEVER, RUNNING, Flag, Scheduler, Strand


class Threading:
    """``threading.Thread`` and ``threading.Event`` for one scheduler."""

    def __init__(self, scheduler: Scheduler) -> None:
        class Event:
            def __init__(self) -> None:
                self._flag = Flag()

            def set(self) -> None:
                self._flag.set()

            def wait(self, timeout: float | None = None) -> bool:
                return scheduler.wait(self._flag, NEVER if timeout is None else timeout)

        class Thread:
            def __init__(self, *, target: Callable[..., object], args: tuple[Any, ...], name: str, daemon: bool):
                self._work, self._name = lambda: target(*args), name
                self._strand: Strand | None = None

            def start(self) -> None:
                process = RUNNING.get()
                assert process is not None
                self._strand = scheduler.spawn(process, self._name, self._work)

            def join(self) -> None:
                assert self._strand is not None
                scheduler.wait(self._strand.ended)

        self.Event, self.Thread = Event, Thread
