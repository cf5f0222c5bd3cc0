"""The far end of a pseudo-terminal: speaks the serial rules, or writes what it is told to."""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from hardware.terminal.zvt.serial_link import Received, SerialLink, Timing

#: What goes back for a piece of the line that arrived: raw bytes.
Raw = Callable[[bytes], bytes]

#: Short, for what never comes; on a busy machine a thread gets its turn well within it.
TIMING = Timing(t1=0.5, t2=0.5)


class FarEnd:
    """``apdus`` are those that arrived; each is answered with the next of ``answers``, if there is one."""

    def __init__(self, answers: tuple[bytes, ...] = (), raw: Raw | None = None) -> None:
        self.master, self._slave = os.openpty()
        self.path = os.ttyname(self._slave)
        self.apdus: list[bytes] = []
        self._answers = deque(answers)
        self._raw = raw
        self._link = SerialLink(TIMING)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def pull(self) -> None:
        """Pull the cable."""
        self._stopped.set()
        self._thread.join()
        for each in (self.master, self._slave):
            if each >= 0:
                os.close(each)
        self.master = self._slave = -1

    def say(self, raw: bytes) -> None:
        """Write to the line at once."""
        os.write(self.master, raw)

    def _run(self) -> None:
        while not self._stopped.is_set():
            ready, _, _ = select.select([self.master], [], [], 0.02)
            data = os.read(self.master, 4096) if ready else b""
            out = (self._raw(data) if data else b"") if self._raw else self._turn(data)
            if out:
                os.write(self.master, out)

    def _turn(self, data: bytes) -> bytes:
        now = monotonic()
        events = self._link.receive(data, now) if data else []
        events += self._link.tick(now)
        self.apdus += [each.apdu for each in events if isinstance(each, Received)]
        if any(isinstance(each, Received) for each in events) and self._answers and not self._link.is_sending:
            self._link.send(self._answers.popleft(), now)
        return self._link.output()


@contextmanager
def far_end(*answers: bytes, raw: Raw | None = None) -> Iterator[FarEnd]:
    """One for the time of a test."""
    end = FarEnd(answers, raw)
    try:
        yield end
    finally:
        end.pull()
