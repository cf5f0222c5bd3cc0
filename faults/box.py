"""The box that the product runs on: its processes, its queue and its bus."""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import Any

from evsite.celery import app
from faults.orders import Orders
from faults.scheduler import RUNNING, Flag, Killed, Process, Scheduler

Listener = Callable[[str], Awaitable[None]]

app.loader.import_default_modules()  # the tasks of every app

WORKERS = ("worker-1", "worker-2")
#: Tasks that come by themselves, whether anything happens or not.
_SWEEPS = ("kiosk.sweep", "payments.sweep")
_ROUTINE = frozenset({*_SWEEPS, "payments.poll_terminal"})
#: Threads of a worker.
_THREADS = 4
#: Beat begins with this pause between sweeps and stretches it while nothing happens. Where a sweep would find nothing,
#: beat looks again after a while instead of sending one.
_SWEEP_S, _STRETCH, _LONGEST_SWEEP_S, _LOOK_S = 2.0, 8.0, 1800.0, 10.0


class Box:
    """Processes by name. What dies is started again by the supervisor after a while."""

    def __init__(
        self,
        scheduler: Scheduler,
        orders: Orders,
        rng: random.Random,
        note: Callable[[str], None],
        due: Callable[[], set[str]],
        workers: Sequence[str] = WORKERS,
    ) -> None:
        self._due, self._swept, self._workers = due, 0.0, workers
        self.scheduler, self.orders, self.rng, self.note = scheduler, orders, rng, note
        self.processes: dict[str, Process] = {}
        self.said: list[str] = []
        self.queue_away_until = 0.0
        self.longest_pause = _LONGEST_SWEEP_S
        self.patient = False  # nothing is urgent any more, whatever happens
        self._queue: deque[tuple[str, list[Any], float]] = deque()
        self._listeners: dict[tuple[str, str], list[tuple[Process, Listener]]] = {}
        self._databases: dict[Process, deque[tuple[Callable[[], Any], Any]]] = {}
        self._pause, self._epoch = _SWEEP_S, 0
        self._on_death: list[Callable[[Process], None]] = []
        for name in ("web", "beat", *workers):
            self.start(name)
        self.scheduler.at(1.0, self._beat)

    # Processes

    def start(self, name: str) -> None:
        """Start a process, beside one of the same name that still runs (a deploy)."""
        self.processes[name] = Process(name)
        self.note(f"{name} starts")
        self._drain()

    def on_death(self, act: Callable[[Process], None]) -> None:
        """Have ``act`` called with every process that dies."""
        self._on_death.append(act)

    def die(self, process: Process) -> None:
        """``process`` is gone from here on; the supervisor notices."""
        if not process.alive:
            return
        process.alive = False
        self.note(f"{process.name} dies")
        self.scheduler.at(0.0, self._bury, process)
        self.scheduler.at(self.rng.choice((0.5, 3.0, 12.0)), self._replace, process)

    def _bury(self, process: Process) -> None:
        self.scheduler.kill(process)
        self._databases.pop(process, None)
        for listeners in self._listeners.values():
            listeners[:] = [each for each in listeners if each[0] is not process]
        for act in self._on_death:
            act(process)

    def _replace(self, process: Process) -> None:
        if self.processes[process.name] is process:
            self.start(process.name)

    def request(self, work: Callable[[], Any], name: str) -> Flag:
        """Have the web process do something for a person; the flag tells what came of it, value or exception."""
        web = self.processes["web"]
        if not web.alive:
            refused = Flag()
            refused.set(ConnectionError("the web process is down"))
            return refused
        self.stir()
        return self.scheduler.spawn(web, name, work, self.rng.uniform(0.005, 0.05)).ended

    # The queue

    def send_task(self, name: str, args: list[Any], retry: bool, expires: float, ignore_result: bool) -> None:
        """What ``Celery.send_task`` does."""
        if self.scheduler.now < self.queue_away_until:
            raise ConnectionError("the queue is away")
        self.said.append(json.dumps([name, args]))
        if name not in _ROUTINE:
            self.stir()
        order = self.orders.strike("queue", name)
        kind = order.kind if order else ""
        if kind == "task_lost":
            return
        late = order.seconds if order and kind == "task_late" else 0.0
        dead_at = self.scheduler.now + expires
        for _ in range(2 if kind == "task_twice" else 1):
            self.scheduler.at(self.rng.uniform(0.002, 0.05) + late, self._arrive, name, args, dead_at)

    def empty_queue(self) -> None:
        """Everything that waits in the queue is gone."""
        self._queue.clear()

    def _arrive(self, name: str, args: list[Any], dead_at: float) -> None:
        self._queue.append((name, args, dead_at))
        self._drain()

    def _drain(self) -> None:
        for _ in range(len(self._queue)):
            free = [
                process
                for key in self._workers
                if (process := self.processes.get(key)) and process.alive and len(process.strands) < 2 * _THREADS
            ]
            if not free:
                return
            name, args, dead_at = self._queue.popleft()
            if dead_at < self.scheduler.now:
                continue
            strand = self.scheduler.spawn(self.rng.choice(free), name, partial(app.tasks[name].run, *args))
            strand.ended.tell(self._drain)

    # The clock of the sweeps

    def stir(self) -> None:
        """Something happens: sweeps come at their usual pace again."""
        if self._pause > _SWEEP_S and not self.patient:
            self._pause = _SWEEP_S
            self._epoch += 1
            self.scheduler.at(_SWEEP_S, self._beat, self._epoch)

    def _beat(self, epoch: int = 0) -> None:
        if epoch != self._epoch:
            return
        if self.processes["beat"].alive and self.processes["beat"].frozen_until <= self.scheduler.now:
            self._sweep()
        self.scheduler.at(self._pause, self._beat, self._epoch)

    def _sweep(self) -> None:
        """Sweep where there is something to find, and every now and then where there is not; look again later and later."""
        routine = self.scheduler.now - self._swept >= self.longest_pause
        tasks = _SWEEPS if routine else sorted(self._due())
        if not tasks:
            self._pause = min(max(self._pause, _LOOK_S), self.longest_pause)
            return
        if routine:
            self._swept = self.scheduler.now
        for task in tasks:
            try:
                self.send_task(task, [], retry=False, expires=2.0, ignore_result=True)
            except ConnectionError:
                self.note("beat cannot reach the queue")
        self._pause = min(_STRETCH * self._pause, self.longest_pause)

    # The bus

    def send(self, message: dict[str, Any]) -> None:
        """What the sender of ``hardware.bus`` does."""
        self.said.append(json.dumps(message))
        if message["topic"] == "charger":
            self.stir()
        order = self.orders.strike("bus", message["topic"])
        if order and order.kind == "news_lost":
            return
        late = order.seconds if order else 0.0
        self.scheduler.at(self.rng.uniform(0.001, 0.02) + late, self._hand_on, message["topic"], message["key"])

    @contextmanager
    def listen(self, topic: str, key: object, listener: Listener) -> Iterator[None]:
        """What ``hardware.bus.listen`` does."""
        process = RUNNING.get()
        assert process is not None
        listeners, entry = self._listeners.setdefault((topic, str(key)), []), (process, listener)
        listeners.append(entry)
        try:
            yield
        finally:
            if entry in listeners:
                listeners.remove(entry)

    def _hand_on(self, topic: str, key: str) -> None:
        for process, listener in list(self._listeners.get((topic, key), ())):
            context = copy_context()
            context.run(RUNNING.set, process)
            self.scheduler.loop.create_task(listener(key), context=context)  # type: ignore[arg-type]

    # The database threads of sockets

    def in_database(self, function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
        """What ``hardware.charger.ocpp16.database.in_database`` does: one after the other."""

        async def call(*args: Any, **kwargs: Any) -> Any:
            process = RUNNING.get()
            assert process is not None
            future = self.scheduler.loop.create_future()
            jobs = self._databases.setdefault(process, deque())
            jobs.append((partial(function, *args, **kwargs), future))
            if len(jobs) == 1:
                self._next_job(process)
            return await future

        return call

    def _next_job(self, process: Process) -> None:
        jobs = self._databases.get(process)
        if jobs and process.alive:
            work, _ = jobs[0]
            strand = self.scheduler.spawn(process, "ocpp", partial(_outcome, work))
            strand.ended.tell(lambda: self._job_done(process, strand.ended.value))

    def _job_done(self, process: Process, outcome: object) -> None:
        jobs = self._databases.get(process)
        if not jobs or isinstance(outcome, Killed):
            return
        _, future = jobs.popleft()
        assert isinstance(outcome, _Outcome)
        if not future.done():
            if outcome.error is not None:
                future.set_exception(outcome.error)
            else:
                future.set_result(outcome.value)
        self._next_job(process)


class _Outcome:
    """What a job came to; its exceptions are its caller's."""

    def __init__(self, value: Any = None, error: Exception | None = None) -> None:
        self.value, self.error = value, error


def _outcome(work: Callable[[], Any]) -> _Outcome:
    try:
        return _Outcome(work())
    except Exception as error:
        return _Outcome(error=error)
