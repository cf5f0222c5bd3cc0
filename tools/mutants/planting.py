"""Makes the copy of the repository in which every mutant sleeps until it is called by name."""

from __future__ import annotations

import shutil
from hashlib import sha256

import libcst
from mutmut.mutation.file_mutation import Mutation, combine_mutations_to_source, create_mutations

from tools.mutants import (
    COPY,
    DURATIONS,
    KILLED,
    NOT_MUTATED,
    PLAN,
    RESULTS,
    ROOT,
    TARGETS,
    TIMED_OUT,
    module_of,
    read,
    write,
)

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")
_CODE = ["evsite", "faults", "hardware", "kiosk", "payments", "tests", "tools", "templates", "static", "locale"]
_FILES = ["pyproject.toml", "manage.py", "CHANGELOG.md"]


def plant() -> dict[str, list[str]]:
    """Copy everything, mutate TARGETS, and write down which mutants a file has. Results of files that changed are void."""
    COPY.mkdir(exist_ok=True)
    found = [str(path.relative_to(ROOT)) for pattern in TARGETS for path in sorted(ROOT.glob(pattern))]
    names = [name for name in found if name not in NOT_MUTATED]
    digests = {name: sha256((ROOT / name).read_bytes()).hexdigest() for name in names}
    tests = sha256(b"".join(path.read_bytes() for path in sorted((ROOT / "tests").rglob("*.py")))).hexdigest()
    mutated = _forget_what_changed(digests, tests)
    _copy()
    for name in names:
        if name not in mutated:
            mutated[name] = _mutate(name)
        (COPY / name).write_text(mutated[name][0], encoding="utf-8")
    plan = {name: mutated[name][1] for name in names if mutated[name][1]}
    write(PLAN, {"mutants": plan, "digests": digests, "tests": tests})
    return plan


def _copy() -> None:
    for name in _CODE:
        shutil.rmtree(COPY / name, ignore_errors=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, COPY / name, ignore=_LEFT_OUT)
    for name in _FILES:
        shutil.copy(ROOT / name, COPY / name)


def _mutate(name: str) -> tuple[str, list[str]]:
    """The code with all its mutants in it, and their names."""
    module, mutations, *ignored = create_mutations(name, (ROOT / name).read_text(encoding="utf-8"))
    mutated = combine_mutations_to_source(module, [each for each in mutations if not _other_case(each)], *ignored)
    return mutated.code, [f"{module_of(name)}.{mutant}" for mutant in mutated.mutant_names]


def _other_case(mutation: Mutation) -> bool:
    """A text in capitals is as wrong as any other text, and one wrong text is enough."""
    was, now = mutation.original_node, mutation.mutated_node
    if isinstance(was, libcst.SimpleString) and isinstance(now, libcst.SimpleString):
        return was.value.lower() == now.value.lower()
    return False


def _forget_what_changed(digests: dict[str, str], tests: str) -> dict[str, tuple[str, list[str]]]:
    """Results of code that changed are void, and so are survivors once there are other tests. Gives what did not change."""
    before, results = read(PLAN), read(RESULTS)
    same = {
        name: ((COPY / name).read_text(encoding="utf-8"), mutants)
        for name, mutants in before.get("mutants", {}).items()
        if name in digests and before["digests"].get(name) == digests[name]
    }
    mutants_left = {mutant for _, mutants in same.values() for mutant in mutants}
    same_tests = before.get("tests") == tests
    if not same_tests:
        DURATIONS.unlink(missing_ok=True)
    write(
        RESULTS,
        {
            mutant: end
            for mutant, end in results.items()
            if mutant in mutants_left and (same_tests or end in (KILLED, TIMED_OUT))
        },
    )
    return same
