"""The disk under the database: it may be busy, full or read-only, and a process may die at every commit."""

from __future__ import annotations

from django.db import OperationalError

from faults.box import Box
from faults.scheduler import RUNNING, Killed, Process


class Disk:
    """The hooks of the database: interleaving, crashes around commits, and a disk that refuses."""

    def __init__(self, box: Box, interleaving: float) -> None:
        self._box, self._interleaving = box, interleaving
        self.read_only_until = self.full_until = self.busy_until = 0.0
        self.commits = 0

    def before_begin(self) -> None:
        """Another strand may come first; the database may be busy."""
        process = self._alive()
        if process is None:
            return
        box = self._box
        if box.scheduler.in_a_strand() and box.rng.random() < self._interleaving:
            box.scheduler.sleep(box.rng.choice((0.0, 0.002, 0.05, 0.4)))
        if order := box.orders.strike("begin", process.name):
            self.busy_until = max(self.busy_until, box.scheduler.now + order.seconds)
            raise OperationalError("database is locked")
        if box.scheduler.now < self.busy_until:
            raise OperationalError("database is locked")

    def before_statement(self, writes: bool) -> None:
        """A disk that takes nothing refuses what writes."""
        process = self._alive()
        if process is None or not writes:
            return
        now, orders = self._box.scheduler.now, self._box.orders
        if order := orders.strike("write", process.name):
            until = now + order.seconds
            if order.kind == "database_full":
                self.full_until = max(until, self.full_until)
                raise OperationalError("database or disk is full")
            self.read_only_until = max(until, self.read_only_until)
            raise OperationalError("attempt to write a readonly database")
        if now < self.full_until:
            raise OperationalError("database or disk is full")
        if now < self.read_only_until:
            raise OperationalError("attempt to write a readonly database")

    def before_commit(self) -> None:
        """The process may die, or the disk be full, just before it is kept."""
        process = self._alive()
        if process is None:
            return
        self.commits += 1
        if order := self._box.orders.strike("commit", process.name):
            if order.kind == "commit_refused":
                raise OperationalError("database or disk is full")
            self._box.die(process)
            raise Killed

    def after_commit(self) -> None:
        """The process may die just after it was kept, before anybody was told."""
        process = self._alive()
        if process is not None and self._box.orders.strike("kept", process.name):
            self._box.die(process)
            raise Killed

    def _alive(self) -> Process | None:
        process = RUNNING.get()
        if process is None or process.exempt:
            return None
        if not process.alive:
            raise Killed
        return process

    def calm(self) -> None:
        """No more of it."""
        self.read_only_until = self.full_until = self.busy_until = 0.0
        self._interleaving = 0.0
