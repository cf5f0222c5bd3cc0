"""The score by file, and what each survivor changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import unified_diff
from functools import cache
from pathlib import Path

import libcst
from mutmut.mutation.diff_apply import read_mutant_function, read_original_function

from tools.mutants import COPY, KILLED, PLAN, RESULTS, SURVIVED, TIMED_OUT, UNTESTED, read, tables


def table() -> str:
    """The score by file as Markdown; a mutant that no test comes by counts as survived."""
    plan: dict[str, list[str]] = read(PLAN)["mutants"]
    results = read(RESULTS)
    lines = ["| file | mutants | killed | survived | score |", "|---|---:|---:|---:|---:|"]
    everything: Counter[str] = Counter()
    for name, mutants in plan.items():
        found = Counter(results[mutant] for mutant in mutants if mutant in results)
        everything += found
        if found:
            lines.append(_line(f"`{name}`", found))
    return "\n".join([*lines, _line("**all**", everything)])


def survivors() -> Iterator[str]:
    """What every survivor changes, as a difference."""
    plan: dict[str, list[str]] = read(PLAN)["mutants"]
    results = read(RESULTS)
    for name, mutants in plan.items():
        for mutant in mutants:
            if results.get(mutant) in (SURVIVED, UNTESTED):
                yield f"{mutant} {results[mutant]}\n{_difference(name, mutant)}\n"


def _line(what: str, found: Counter[str]) -> str:
    dead, alive = found[KILLED] + found[TIMED_OUT], found[SURVIVED] + found[UNTESTED]
    return f"| {what} | {dead + alive} | {dead} | {alive} | {100 * dead / max(dead + alive, 1):.1f} % |"


def _difference(name: str, mutant: str) -> str:
    if tables.is_one(mutant):
        return ""
    module = _module(COPY / name)
    was, now = (
        libcst.Module([function]).code.splitlines()
        for function in (read_original_function(module, mutant), read_mutant_function(module, mutant))
    )
    return "\n".join(line for line in unified_diff(was, now, lineterm="", n=0) if line[:3] not in ("---", "+++"))


@cache
def _module(path: Path) -> libcst.Module:
    return libcst.parse_module(path.read_text(encoding="utf-8"))
