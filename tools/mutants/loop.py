"""A plugin for pytest that, instead of running the tests once, runs those that matter for each mutant, in a fork of its own."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
from django.db import connection, connections
from hypothesis import Phase, settings
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

from tools.mutants import DURATIONS, KILLED, PLAN, RESULTS, SLOWEST, SURVIVED, TIMED_OUT, UNTESTED, read, write

#: Results are written down after so many mutants; breaking off loses no more.
_WRITE_EVERY = 20

_out = os.fdopen(os.dup(2), "w", buffering=1)  # before pytest takes it away
settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], database=None)
settings.load_profile("mutants")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Warm up, find out which test comes by which function, then try the mutants that have no result yet."""
    if session.testsfailed:
        raise pytest.UsageError("the tests could not be collected")
    by_id = {item.nodeid: item for item in session.items}
    warm = next(item for item in session.items if item.nodeid.endswith("test_a_card_is_known_the_second_time"))
    if not _passes(warm):
        raise pytest.UsageError("the first test fails")
    connections.close_all()  # a fork must not share it
    gc.freeze()  # nor copy what nobody changes
    known: dict[str, dict[str, float]] = read(DURATIONS) or _survey(session.items)
    wanted = [name for name in os.environ.get("ONLY", "").split(",") if name]
    results = read(RESULTS)
    plan: dict[str, list[str]] = read(PLAN)["mutants"]
    todo = [
        mutant
        for name, each in plan.items()
        if not wanted or name in wanted
        for mutant in each
        if mutant not in results
    ]
    for done, mutant in enumerate(todo, 1):
        of_function = known.get(mutant.rpartition("__mutmut_")[0], {})
        items = [by_id[each] for each in sorted(of_function, key=lambda each: of_function[each]) if each in by_id]
        results[mutant] = _try(mutant, items, 10 + 5 * sum(of_function.values())) if items else UNTESTED
        if done % _WRITE_EVERY == 0 or done == len(todo):
            write(RESULTS, results)
            print(f"{done}/{len(todo)} {mutant}", file=_out)
    return True


def _survey(items: list[pytest.Item]) -> dict[str, dict[str, float]]:
    """{function: {test that comes by it: seconds}}; every test must pass as the code is."""
    seconds, functions = dict[str, float](), defaultdict[str, list[str]](list)
    failed: list[str] = []

    def survey() -> None:
        set_mutant_under_test("stats")
        for item in items:
            state()._stats.clear()
            began = time.monotonic()
            if not _passes(item):
                failed.append(item.nodeid)
                continue
            if (took := time.monotonic() - began) < SLOWEST:
                seconds[item.nodeid] = took
                for name in state()._stats:
                    functions[name].append(item.nodeid)
        found = {name: {test: seconds[test] for test in tests} for name, tests in functions.items()}
        write(DURATIONS, found)
        print(f"{len(seconds)} tests, {len(functions)} functions; not asked because they fail: {failed}", file=_out)

    _in_a_fork(survey, 1800)
    return read(DURATIONS)


def _try(mutant: str, items: list[pytest.Item], patience: float) -> str:
    def run() -> int:
        set_mutant_under_test(mutant)
        return int(all(_passes(item) for item in items))

    code = _in_a_fork(run, min(patience, 120.0))
    return TIMED_OUT if code is None else SURVIVED if code == 1 else KILLED


def _in_a_fork(work: Callable[[], int | None], patience: float) -> int | None:
    """The child's exit code (what ``work`` returns, 7 for an exception), or None when it took longer than ``patience``."""
    pid = os.fork()
    if pid == 0:
        code = 7
        try:
            _copy_of_the_database()
            code = work() or 0
        finally:
            connections.close_all()
            os._exit(code)
    deadline = time.monotonic() + patience
    try:
        while time.monotonic() < deadline:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.005)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return None
    finally:
        for file in _copies(pid):
            file.unlink(missing_ok=True)


def _passes(item: pytest.Item) -> bool:
    """Run one test; what the session has set up stays."""
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=_elsewhere(item)))


def _elsewhere(item: pytest.Item) -> pytest.Item:
    """A test of another module, so that everything but the session is torn down after ``item``."""
    return next(other for other in item.session.items if other.parent is not item.parent)


def _copy_of_the_database() -> None:
    database = Path(connection.settings_dict["NAME"])
    mine = database.with_name(f"{os.getpid()}-{database.name}")
    shutil.copy(database, mine)
    connection.settings_dict["NAME"] = str(mine)


def _copies(pid: int) -> Iterable[Path]:
    database = Path(connection.settings_dict["NAME"])
    return database.parent.glob(f"{pid}-{database.name}*")


def pytest_unconfigure() -> None:
    """Nothing that this process printed is lost."""
    sys.stdout.flush()
    _out.flush()
