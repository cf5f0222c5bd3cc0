"""A plugin for pytest that, instead of running the tests once, runs those that matter for each mutant, in a fork of its own."""

from __future__ import annotations

import gc
import os
import random
import shutil
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
from django.db import connection, connections
from hypothesis import Phase, settings
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

from tools.mutants import (
    DURATIONS,
    ENOUGH,
    KILLED,
    PLAN,
    RESULTS,
    SLOWEST,
    SURVIVED,
    TIMED_OUT,
    UNTESTED,
    module_of,
    read,
    tables,
    write,
)

#: Results are written down after so many mutants; breaking off loses no more.
_WRITE_EVERY = 20
#: How a child says it.
_SURVIVED, _UNTESTED = 8, 9

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
    plan = _with_tables()
    todo = [
        mutant
        for name, each in plan.items()
        if not wanted or name in wanted
        for mutant in each
        if mutant not in results
    ]
    random.Random(0).shuffle(todo)  # noqa: S311  whoever breaks off has a fair sample
    _try_all(todo, known, by_id, results)
    return True


def _try_all(
    todo: list[str], known: dict[str, dict[str, float]], by_id: dict[str, pytest.Item], results: dict[str, str]
) -> None:
    """As many at once as there are processors; the results are written down as they come."""
    waiting, running, done = todo[::-1], dict[str, _Child](), 0
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            mutant = waiting.pop()
            asked = _asked_about(mutant, known)
            items = [by_id[each] for each in asked if each in by_id]
            running[mutant] = _fork(partial(_lives_through, items, mutant), 10 + 3 * sum(asked.values()))
        time.sleep(0.005)
        for mutant, child in list(running.items()):
            if (end := child.end()) is not None:
                results[mutant], done = end, done + 1
                del running[mutant]
                if done % _WRITE_EVERY == 0 or done == len(todo):
                    write(RESULTS, results)
                    print(f"{done}/{len(todo)} {mutant}", file=_out)


def _with_tables() -> dict[str, list[str]]:
    """The mutants of each file, with those of its table of states."""
    plan = read(PLAN)
    for name in tables.TABLES:
        of_functions = [mutant for mutant in plan["mutants"].get(name, []) if not tables.is_one(mutant)]
        plan["mutants"][name] = of_functions + list(tables.mutants_of(module_of(name)))
    write(PLAN, plan)
    mutants: dict[str, list[str]] = plan["mutants"]
    return mutants


def _asked_about(mutant: str, known: dict[str, dict[str, float]]) -> dict[str, float]:
    """The tests that are asked and how long they take, those of the file's own name first, then the quickest."""
    if tables.is_one(mutant):
        own = tables.tests_of(mutant)
        return {test: known[""][test] for test in sorted(known[""], key=known[""].__getitem__) if test.startswith(own)}
    function = mutant.rpartition("__mutmut_")[0]
    *packages, file, _ = function.split(".")
    names = {file[:5], *packages[1:]}  # enough of ``verifying`` to find test_journal_verified
    tests, asked = known.get(function, {}), dict[str, float]()
    for test in sorted(tests, key=lambda each: (not any(name in each for name in names), tests[each])):
        if sum(asked.values()) + tests[test] > ENOUGH and asked:
            break
        asked[test] = tests[test]
    return asked


def _survey(items: list[pytest.Item]) -> dict[str, dict[str, float]]:
    """{function: {test that comes by it: seconds}}, and all tests under ""; one that fails as the code is, is not asked."""
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
        found = {name: {test: seconds[test] for test in tests} for name, tests in functions.items()} | {"": seconds}
        write(DURATIONS, found)
        print(
            f"{len(seconds)} tests, {len(functions)} functions; {len(failed)} are not asked because they fail: {failed[:3]}",
            file=_out,
        )

    child = _fork(survey, 3600)
    while child.end() is None:
        time.sleep(0.1)
    return read(DURATIONS)


def _lives_through(items: list[pytest.Item], mutant: str) -> int:
    if tables.is_one(mutant):
        tables.apply(mutant)
    else:
        set_mutant_under_test(mutant)
    if not items:
        return _UNTESTED
    return _SURVIVED if all(_passes(item) for item in items) else 0


@dataclass(frozen=True)
class _Child:
    """A fork at work."""

    pid: int
    deadline: float

    def end(self) -> str | None:
        """What became of its mutant; None: nobody knows yet. An exception is a kill."""
        ended, status = os.waitpid(self.pid, os.WNOHANG)
        late = time.monotonic() > self.deadline
        if not ended and not late:
            return None
        if not ended:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        for file in _copies(self.pid):
            file.unlink(missing_ok=True)
        if not ended:
            return TIMED_OUT
        return {_SURVIVED: SURVIVED, _UNTESTED: UNTESTED}.get(os.waitstatus_to_exitcode(status), KILLED)


def _fork(work: Callable[[], int | None], patience: float) -> _Child:
    """Do ``work`` in a child, which ends with what it returns."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            _copy_of_the_database()
            code = work() or 0
        finally:
            connections.close_all()
            os._exit(code)
    return _Child(pid, time.monotonic() + patience)


def _passes(item: pytest.Item) -> bool:
    """Run one test. What the session has set up stays, anything else is torn down: ``nextitem`` is what comes next."""
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=item.session))  # type: ignore[arg-type]


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
