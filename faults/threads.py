"""What stands in for the module ``threading`` where the product uses it: the same words, on virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from functools import partial
from typing import Any, TypeVar

from faults.scheduler import NEVER, RUNNING, Flag, Process, Scheduler, Strand

Key = TypeVar("Key")
Value = TypeVar("Value")


class _Event:
    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler, self._flag = scheduler, Flag()

    def set(self) -> None:
        self._flag.set()

    def clear(self) -> None:
        if self._flag.is_set:
            self._flag = Flag()

    def is_set(self) -> bool:
        return self._flag.is_set

    def wait(self, timeout: float | None = None) -> bool:
        return self._scheduler.wait(self._flag, NEVER if timeout is None else timeout)


class _Lock:
    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler, self._freed = scheduler, Flag()
        self._freed.set()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        until = NEVER if timeout < 0 else self._scheduler.now + timeout
        while not self._freed.is_set:
            if not blocking or self._scheduler.now >= until:
                return False
            self._scheduler.wait(self._freed, until - self._scheduler.now)
        self._freed = Flag()
        return True

    def release(self) -> None:
        self._freed.set()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class _Thread:
    def __init__(
        self, scheduler: Scheduler, *, target: Callable[..., object], args: tuple[Any, ...], name: str, daemon: bool
    ) -> None:
        self._scheduler, self._work, self._name = scheduler, partial(target, *args), name
        self._strand: Strand | None = None

    def start(self) -> None:
        process = RUNNING.get()
        assert process is not None
        self._strand = self._scheduler.spawn(process, self._name, self._work)

    def join(self) -> None:
        assert self._strand is not None
        self._scheduler.wait(self._strand.ended)


class Threading:
    """``threading.Thread``, ``threading.Event`` and ``threading.Lock`` for one scheduler."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.Event, self.Lock = partial(_Event, scheduler), partial(_Lock, scheduler)
        self.Thread = partial(_Thread, scheduler)


class OfEachProcess(MutableMapping[Key, Value]):
    """A dictionary in a module: each process has its own, and takes it along when it dies."""

    def __init__(self) -> None:
        self._of: dict[Process | None, dict[Key, Value]] = {}

    def forget(self, process: Process) -> None:
        """``process`` died."""
        self._of.pop(process, None)

    def __getitem__(self, key: Key) -> Value:
        return self._mine[key]

    def __setitem__(self, key: Key, value: Value) -> None:
        self._mine[key] = value

    def __delitem__(self, key: Key) -> None:
        del self._mine[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._mine)

    def __len__(self) -> int:
        return len(self._mine)

    @property
    def _mine(self) -> dict[Key, Value]:
        return self._of.setdefault(RUNNING.get(), {})
