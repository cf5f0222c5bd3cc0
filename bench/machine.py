"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from time import perf_counter

from bench.figures import Times


def line(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Cores, processor, system, Python, SQLite."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        model = processor(cpuinfo.read_text(encoding="utf-8").splitlines())
    except OSError:
        model = platform.processor() or platform.machine()
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return f"{cores} cores, {model}, {system}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"


def processor(lines: Iterable[str]) -> str:
    """The model in ``/proc/cpuinfo``."""
    names = (text.split(":", 1)[1].strip() for text in lines if text.startswith("model name"))
    return next(names, "processor unknown")


def commits(folder: Path, count: int = 300) -> Times:
    """What one durable commit costs on this disk: SQLite as the product opens it (WAL, synchronous FULL), bare."""
    seconds = []
    with closing(sqlite3.connect(folder / "commits.sqlite3", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, state TEXT)")
        for number in range(count):
            started = perf_counter()
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO things (state) VALUES (?)", (f"state {number}",))
            database.execute("COMMIT")
            seconds.append(perf_counter() - started)
    return Times(seconds)
