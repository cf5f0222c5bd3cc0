"""Virtual time in one thread: events in order, strands of work that wait for them, and who may do what meanwhile.

A *strand* is a greenlet that stands for a thread of the product: it runs until it waits for something. A *process* is a
set of strands that die together. Nothing here knows the product. Times are seconds since the history began.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from greenlet import greenlet

from faults.loop import VirtualLoop

NEVER = float("inf")


class Killed(BaseException):
    """The process of this strand died while it waited. No ``except Exception`` of the product catches it."""


@dataclass(eq=False)
class Process:
    """A simulated process. ``exempt``: no fault of the box strikes it (people, and the checks)."""

    name: str
    exempt: bool = False
    alive: bool = True
    frozen_until: float = 0.0
    strands: set[Strand] = field(default_factory=set)


#: Whose code runs now; None in the scheduler itself.
RUNNING: ContextVar[Process | None] = ContextVar("RUNNING", default=None)


class Flag:
    """What strands wait for; once set it stays set."""

    def __init__(self) -> None:
        self.is_set = False
        self.value: Any = None
        self._waiting: list[Callable[[], None]] = []

    def set(self, value: Any = None) -> None:
        """Set it, and let whoever waits go on."""
        if not self.is_set:
            self.is_set, self.value = True, value
            for wake in self._waiting:
                wake()

    def tell(self, wake: Callable[[], None]) -> None:
        """Have ``wake`` called when it is set."""
        self._waiting.append(wake)


class Strand:
    """One thread of ``process``; ``ended`` is set to what ``work`` returned, or to the exception it raised."""

    def __init__(self, scheduler: Scheduler, process: Process, name: str, work: Callable[[], Any]) -> None:
        self.process, self.name, self.ended = process, name, Flag()
        self.turn = 0
        self._scheduler, self._work = scheduler, work
        self._greenlet = greenlet(self._run, parent=scheduler.hub)

    def _run(self) -> None:
        RUNNING.set(self.process)
        outcome: object = None
        try:
            outcome = self._work()
        except BaseException as error:
            outcome = error
        self.process.strands.discard(self)
        self._scheduler.strand_ended(self, outcome)
        self.ended.set(outcome)

    def resume(self, turn: int) -> None:
        """Go on, if it still waits for that turn. Called by the scheduler only."""
        if turn != self.turn or (not self.process.alive and not self._greenlet):
            return
        if self.process.frozen_until > self._scheduler.now and self.process.alive:
            self._scheduler.at(self.process.frozen_until - self._scheduler.now, self.resume, turn)
            return
        self.turn += 1
        self._greenlet.switch()

    def pause(self) -> None:
        """Give way until resumed. Raises Killed when the process died meanwhile."""
        self._scheduler.hub.switch()
        if not self.process.alive:
            raise Killed

    @property
    def current(self) -> bool:
        """Whether this strand runs now."""
        return greenlet.getcurrent() is self._greenlet


class Scheduler:
    """The clock and what is to happen when. ``moved`` is called with every new time, before anything happens at it."""

    def __init__(self, moved: Callable[[float], None], may_wait: Callable[[], None]) -> None:
        self.now = 0.0
        self.hub = greenlet.getcurrent()
        self.loop = VirtualLoop(lambda: self.now)
        self.failures: list[tuple[str, BaseException]] = []
        self._tasks: list[asyncio.Task[Any]] = []
        self.loop.set_task_factory(self._task)
        self.loop.set_exception_handler(lambda loop, told: None)  # ``loose`` tells
        self._moved, self._may_wait = moved, may_wait
        self._order = count()
        self._events: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._strands: dict[greenlet, Strand] = {}

    # Events

    def at(self, delay: float, act: Callable[..., object], *arguments: Any) -> None:
        """Call ``act`` after ``delay`` seconds."""
        heapq.heappush(self._events, (self.now + max(0.0, delay), next(self._order), act, arguments))

    def run(self, until: float, enough: Callable[[], bool] = lambda: False) -> None:
        """Let time pass until ``until``, or until ``enough``."""
        while not enough():
            following = self.loop.drain()
            at = min(self._events[0][0] if self._events else NEVER, following)
            if at > until:
                break
            if at > self.now:
                self.now = at
                self._moved(at)
            if self._events and self._events[0][0] <= at:
                _, _, act, arguments = heapq.heappop(self._events)
                act(*arguments)
        if until > self.now and not enough():
            self.now = until
            self._moved(until)

    # Strands

    def spawn(self, process: Process, name: str, work: Callable[[], Any], delay: float = 0.0) -> Strand:
        """A new thread of ``process`` that begins after ``delay``; one that is dead begins nothing."""
        strand = Strand(self, process, name, work)
        self._strands[strand._greenlet] = strand
        process.strands.add(strand)
        self.at(delay, strand.resume, 0)
        return strand

    def sleep(self, seconds: float) -> None:
        """Wait; in a strand only."""
        strand = self._current()
        self.at(seconds, strand.resume, strand.turn)
        strand.pause()

    def wait(self, flag: Flag, timeout: float = NEVER) -> bool:
        """Wait for ``flag``, at most ``timeout``; whether it is set. In a strand only."""
        if not flag.is_set:
            strand = self._current()
            turn = strand.turn
            flag.tell(lambda: self.at(0.0, strand.resume, turn))
            if timeout < NEVER:
                self.at(timeout, strand.resume, turn)
            strand.pause()
        return flag.is_set

    def in_a_strand(self) -> bool:
        """Whether a strand runs now, and may wait."""
        return greenlet.getcurrent() is not self.hub

    def strand_ended(self, strand: Strand, outcome: object) -> None:
        """Forget a strand, and keep what it died of."""
        self._strands.pop(strand._greenlet, None)
        if isinstance(outcome, BaseException) and not isinstance(outcome, Killed):
            self.failures.append((strand.name, outcome))

    def kill(self, process: Process) -> None:
        """End ``process`` at once: every strand of it dies where it waits. Called outside its strands."""
        process.alive = False
        for strand in list(process.strands):
            strand.resume(strand.turn)
            if not strand.ended.is_set:  # it had not begun
                self.strand_ended(strand, None)
                strand.ended.set(Killed())
        process.strands.clear()

    @property
    def loose(self) -> list[BaseException]:
        """The exceptions of coroutines that nobody waited for."""
        ended = [task for task in self._tasks if task.done() and not task.cancelled() and task._log_traceback]
        return [error for task in ended if (error := task.exception()) is not None]

    def end(self) -> None:
        """Give everything back."""
        self._events.clear()
        for _ in range(3):  # some wait for something else when they are told to end
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.drain()
        self.loop.close()

    def _task(self, loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **more)
        self._tasks.append(task)
        return task

    def _current(self) -> Strand:
        strand = self._strands[greenlet.getcurrent()]
        if not strand.process.alive:
            raise Killed
        self._may_wait()
        return strand
