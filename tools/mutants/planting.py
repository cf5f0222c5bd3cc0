"""Makes the copy of the repository in which every mutant sleeps until it is called by name."""

from __future__ import annotations

import shutil
from hashlib import sha256

import libcst
from mutmut.mutation.file_mutation import Mutation, combine_mutations_to_source, create_mutations

from tools.mutants import COPY, DURATIONS, KILLED, PLAN, RESULTS, ROOT, TARGETS, TIMED_OUT, module_of, read, write

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")
_CODE = ["evsite", "faults", "hardware", "kiosk", "payments", "tests", "tools", "templates", "static", "locale"]
_FILES = ["pyproject.toml", "manage.py", "CHANGELOG.md"]


def plant() -> dict[str, list[str]]:
    """Copy everything, mutate TARGETS, and write down which mutants a file has. Results of files that changed are void."""
    COPY.mkdir(exist_ok=True)
    for name in _CODE:
        shutil.rmtree(COPY / name, ignore_errors=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, COPY / name, ignore=_LEFT_OUT)
    for name in _FILES:
        shutil.copy(ROOT / name, COPY / name)
    plan, digests = {}, {}
    for path in sorted(path for pattern in TARGETS for path in ROOT.glob(pattern)):
        name, code = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        module, mutations, *ignored = create_mutations(name, code)
        mutated = combine_mutations_to_source(module, [each for each in mutations if not _other_case(each)], *ignored)
        (COPY / name).write_text(mutated.code, encoding="utf-8")
        if mutants := [f"{module_of(name)}.{mutant}" for mutant in mutated.mutant_names]:
            plan[name], digests[name] = mutants, sha256(code.encode()).hexdigest()
    tests = sha256(b"".join(path.read_bytes() for path in sorted((ROOT / "tests").rglob("*.py")))).hexdigest()
    _forget_what_changed(digests, tests)
    write(PLAN, {"mutants": plan, "digests": digests, "tests": tests})
    return plan


def _other_case(mutation: Mutation) -> bool:
    """A text in capitals is as wrong as any other text, and one wrong text is enough."""
    was, now = mutation.original_node, mutation.mutated_node
    if isinstance(was, libcst.SimpleString) and isinstance(now, libcst.SimpleString):
        return was.value.lower() == now.value.lower()
    return False


def _forget_what_changed(digests: dict[str, str], tests: str) -> None:
    """Results of code that changed are void, and so are survivors once there are other tests."""
    before, results = read(PLAN), read(RESULTS)
    same = {
        mutant
        for name, mutants in before.get("mutants", {}).items()
        if before["digests"][name] == digests.get(name)
        for mutant in mutants
    }
    dead = (KILLED, TIMED_OUT)
    same_tests = before.get("tests") == tests
    if not same_tests:
        DURATIONS.unlink(missing_ok=True)
    kept = {mutant: end for mutant, end in results.items() if mutant in same and (same_tests or end in dead)}
    write(RESULTS, kept)
