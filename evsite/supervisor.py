"""honcho's Manager with three habits of ours: threads instead of forks, Valkey stopped last, a word about who died."""

from __future__ import annotations

import queue
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Message, Printer

from evsite.processes import ROOT, Program

#: What a dead process said last, in lines.
LAST_LINES = 15


class Supervisor(Manager):
    """Starts programs (one of them may be called ``valkey``) in an environment and ends them together."""

    def __init__(self, programs: Mapping[str, Program], environment: Mapping[str, str]) -> None:
        super().__init__(_Printer())
        self.events: queue.Queue[Message] = queue.Queue()
        self.asked_to_stop = False
        self._programs = programs
        self._ready: set[str] = set()
        self._died: str | None = None
        self._reason: str | None = None
        self._told_valkey = False
        for program in programs.values():
            self.add_process(program.name, program.tethered("$PPID"), env=dict(environment), cwd=str(ROOT))

    @property
    def stopping(self) -> bool:
        """Whether the end has begun."""
        return bool(self._terminating)

    def not_ready(self) -> list[str]:
        """The names of the programs that have not been seen ready yet."""
        for name, program in self._programs.items():
            pid = self._processes[name].get("pid")
            if name not in self._ready and pid is not None and program.ready(pid):
                self._ready.add(name)
        return [name for name in self._programs if name not in self._ready]

    def give_up(self, reason: str) -> None:
        """End everything because of ``reason``."""
        self._reason = reason
        self.terminate()

    def obituary(self) -> str:
        """Who ended first, how, and its last lines."""
        if self._died is None:
            return f"TapCharge stopped: {self._reason}"
        lines = self._printer.last_lines[self._died]
        code = self._processes[self._died]["returncode"]
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return "\n".join([f"TapCharge stopped because {self._died} {how}. Its last lines:", *lines])

    def terminate(self) -> None:
        """End everything; called by a signal, by the first death, or by ``give_up``."""
        if not self._terminating:
            self._died = next((name for name, each in self._processes.items() if "returncode" in each), None)
            self.asked_to_stop = self._died is None and self._reason is None
        super().terminate()

    def _start(self) -> None:
        # A thread to read each process's lines. honcho forks itself for that, which costs 10 MB a process.
        for each in self._processes.values():
            threading.Thread(target=each["obj"].run, args=(self.events, False), daemon=True).start()

    def _killall(self, force: bool = False) -> None:
        running = [(name, each["pid"]) for name, each in self._processes.items() if _runs(each)]
        for name, pid in running:
            if force:
                self._procmgr.kill(pid)
            elif name != "valkey" or len(running) == 1:
                self._procmgr.terminate(pid)

    def _all_stopped(self) -> bool:
        running = [name for name, each in self._processes.items() if _runs(each)]
        if self._terminating and not self._told_valkey and running == ["valkey"]:
            self._told_valkey = True
            self._killall()
        return bool(super()._all_stopped())


class _Printer(Printer):
    """Prefixes each line with the name of its process, and remembers the last ones."""

    def __init__(self) -> None:
        super().__init__(sys.stdout, time_format="%H:%M:%S")
        self.last_lines: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=LAST_LINES))

    def write(self, message: Message) -> None:
        if message.name == SYSTEM_PRINTER_NAME:  # started, sending SIGTERM...: the table and the obituary say it
            return
        text = message.data.decode("utf-8", "replace") if isinstance(message.data, bytes) else message.data
        self.last_lines[message.name].extend(text.splitlines())
        if message.name != "valkey":  # it only talks about itself; heard when it dies
            super().write(message)


def _runs(process: dict[str, Any]) -> bool:
    return "pid" in process and "returncode" not in process
